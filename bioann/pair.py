"""A pair: two halves, what corresponds to what, the stimuli, and what is believed about them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.base.errors import CorrespondenceError, DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, Description, hash_description, quantity
from bioann.bio.engines.parallel import Programs, allowed, each
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence
from bioann.recordings.recording import check_half, check_trials, tree
from bioann.stimuli.stimulus import RESERVED, check_stimulus
from bioann.translate.effective_weights.measure import measured, operating_points

#: Sign patterns that the chance level is averaged over.
SHUFFLES = 20

#: What a run's numbers depend on besides the description and the seed.
VERSIONED = ("bioann", "brian2", "numpy", "scipy", "xarray", "matplotlib", "typst")

Asked = dict[str, Any]
#: Finishes a run, and gives its name in the recording and what was recorded.
Begun = Callable[[Programs], tuple[str, xr.Dataset]]


class PairName(str):
    """A pair's name that remembers the pair while the run is in memory; text in a file."""

    pair: Pair | None = None


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Pair(Description):
    """Two descriptions of one circuit, side by side.

    Parameters
    ----------
    name : str
        Short name, as on the command line.
    bio, ann : Half
        The biological and the artificial half.
    correspondence : Correspondence
        What is read as what.
    question : str
        What the pair asks, one sentence.
    source : str
        Where the circuit or the claim comes from.
    stimulus : xarray.DataArray, optional
        The stimuli that are run unless others are given.
    claims : tuple of Claim, optional
        What is believed, with the rules of the verdicts.
    settle : quantity, optional
        Steady values are read from here to the end of the stimulus.
    readout : tuple of str, optional
        Matches that compete: the largest is the choice.
    metrics : tuple of Metric, optional
        Scores of this pair alone, besides the common ones.
    controls : mapping of str to Half, optional
        Variants of the biological half that are run beside it, for metrics ``against`` them.
    figures : tuple of callable, optional
        Pictures of this pair alone: ``figure(comparison) -> Drawing``.
    trials : int, optional
        Trials that the command line runs unless told otherwise.
    bin_width : quantity, optional
        Width of the response bins.

    Raises
    ------
    CorrespondenceError
        If a population or unit is neither matched nor declared to be alone.
    """

    name: str
    bio: Any
    ann: Any
    correspondence: Correspondence
    question: str = ""
    source: str = ""
    stimulus: xr.DataArray | None = None
    claims: tuple[Any, ...] = ()
    settle: SI = quantity("ms", 200, at_least=0)
    readout: tuple[str, ...] = ()
    metrics: tuple[Any, ...] = ()
    controls: Any = dataclasses.field(default_factory=dict)
    figures: tuple[Any, ...] = ()
    trials: int = 10
    bin_width: SI = quantity("ms", 10, above=0)

    def check(self) -> None:
        """Check the halves, the correspondence and the default stimulus."""
        for field in ("claims", "readout", "metrics", "figures"):
            given = getattr(self, field)
            self.set_field(field, tuple(given) if isinstance(given, (tuple, list)) else (given,))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(self.name)):
            raise DescriptionError(
                "Pair, name",
                "letters, digits, _ and -, a letter first: files are named by it",
                repr(self.name),
                "Write it like 'my_pair'.",
            )
        for side in ("bio", "ann"):
            model.check_model(getattr(self, side), f"{self.title()}, {side}")
        if not isinstance(self.correspondence, Correspondence):
            raise CorrespondenceError(
                f"{self.title()}, correspondence",
                "a Correspondence",
                type(self.correspondence).__name__,
                "Write Correspondence((Match('population', 'unit'),)).",
            )
        self._complete(self.bio)
        for name, control in self.controls.items():
            if name in RESERVED:
                raise DescriptionError(
                    f"{self.title()}, controls",
                    "names that recordings do not use themselves",
                    repr(name),
                    "Call the control otherwise.",
                )
            model.check_model(control, f"{self.title()}, control {name!r}")
            self._complete(control)
        names = [m.name for m in self.correspondence.matches]
        for name in self.readout:
            if name not in names:
                raise DescriptionError(
                    f"{self.title()}, readout", f"names of matches: {names}", repr(name), "Fix it."
                )
        if self.stimulus is not None:
            self.set_field("stimulus", self._checked(self.stimulus))
            self.window()  # raises if nothing is left after settling

    def _complete(self, bio: Any) -> None:
        sizes = getattr(bio, "sizes", None)
        self.correspondence.complete(bio.units, self.ann.units, sizes)

    def _checked(self, stimulus: xr.DataArray) -> xr.DataArray:
        needed = dict.fromkeys([*self.bio.channels, *self.ann.channels])
        return check_stimulus(stimulus, list(needed))

    def window(self, stimulus: xr.DataArray | None = None) -> tuple[float, float]:
        """Give start and stop in seconds of the window in which steady values are read."""
        shown = self.stimulus if stimulus is None else stimulus
        assert shown is not None
        stop = float(shown.sizes["time"] * shown.attrs["dt"])
        last = (np.floor(stop / self.bin_width + 1e-9) - 0.5) * self.bin_width  # a bin centre
        if self.settle >= stop or self.settle - 1e-9 > last > 0:
            bins = f" by half a bin of {self.bin_width * 1e3:g} ms" if self.settle < stop else ""
            raise DescriptionError(
                f"{self.title()}, settle",
                f"less than the stimulus, {stop * 1e3:g} ms{bins}",
                f"{self.settle * 1e3:g} ms",
                "Lengthen the stimulus, or give a shorter settle.",
            )
        return float(self.settle), stop

    def run(
        self,
        stimulus: xr.DataArray | None = None,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        controls: bool = True,
        audit: bool = False,
        effective_weights: bool = False,
        weights: xr.DataTree | None = None,
    ) -> xr.DataTree:
        """Run both halves, and the controls, on the same stimuli.

        Parameters
        ----------
        stimulus : xarray.DataArray, optional
            The pair's own unless given.
        trials : int
            Trials of each condition.
        seed : int
            Decides everything random.
        engine : str, optional
            What executes the biological half.
        dt : quantity, optional
            Time step of the biological half.
        controls : bool, optional
            Also run the biological half with another seed (``/ceiling``, the ceiling), the
            artificial half with random signs (``/chance``, the chance level), and the pair's
            controls (by their names).
        audit : bool, optional
            Also run the biological half with half its time step and the same input (``/audit``);
            `compare` then says how far each score moves.
        effective_weights : bool, optional
            Also measure what every connection of a spiking network does (``/effective_weights``,
            see `bioann.translate.effective_weights.measure`): one run more, of short lanes. A
            report has it in any case.
        weights : xarray.DataTree, optional
            An earlier recording of this pair: the biological half starts from the weights that it
            had learnt there.

        Returns
        -------
        xarray.DataTree
            ``/stimulus``, ``/bio``, ``/ann``, the controls, audit and effective weights; provenance
            in its attributes.

        Raises
        ------
        DescriptionError
            If there is no stimulus.
        StimulusError, SimulationError
            From the halves.
        """
        chosen = self.stimulus if stimulus is None else stimulus
        if chosen is None:
            raise DescriptionError(
                self.title(), "a stimulus", "none", "Pass one to run(), or give the pair its own."
            )
        shown = self._checked(chosen)
        window = self.window(shown)
        asked = {"trials": check_trials(trials), "seed": seed, "bin_width": self.bin_width_quantity}
        simulated = {"engine": engine, "dt": dt}
        if weights is not None:
            simulated["weights"] = weights["bio"].to_dataset()
        with shared_draws():
            parts = dict(each(self._begun(shown, asked, simulated, controls), allowed()))
        if audit:
            where = f"{self.title()}, bio, audit"
            fine = model.rerun_at_half_step(self.bio, where, shown, **simulated, **asked)
            parts["audit"] = check_half(fine, where, self.bio.units, shown)
        if effective_weights and isinstance(self.bio, SpikingNetwork):
            points = operating_points(parts["bio"], shown, window)
            parts["effective_weights"] = measured(
                self.bio, self.ann, points, seed=seed, engine=engine
            )
        attrs = self._provenance(parts["bio"], trials, seed, window)
        return tree(shown, parts, **attrs)

    @property
    def bin_width_quantity(self) -> Any:
        """The bin width as the quantity that halves take."""
        return float(self.bin_width) * 1e3 * ms

    def _begun(
        self, shown: xr.DataArray, asked: Asked, simulated: Asked, controls: bool
    ) -> Iterator[Begun]:
        """Begin one run after the other; what finishes one may go on beside the next."""
        yield self._half(self.bio, "bio", shown, **simulated, **asked)
        yield self._half(self.ann, "ann", shown, **asked)
        if not controls:
            return
        other = int(make_rng(asked["seed"], "again").integers(2**62))
        yield self._half(self.bio, "ceiling", shown, **simulated, **asked | {"seed": other})
        turned = model.shuffle_signs(self.ann, SHUFFLES, seed=asked["seed"])
        if turned:
            runs = [one.run(shown, **asked) for one in turned]
            yield lambda programs: ("chance", xr.concat(runs, dim="shuffle"))
        plain = {name: simulated[name] for name in ("engine", "dt")}
        for name, control in self.controls.items():
            yield self._half(control, name, shown, **plain, **asked)

    def _half(self, chosen: Any, name: str, stimulus: xr.DataArray, **asked: Any) -> Begun:
        finish = model.start_run(chosen, stimulus, **asked)

        def checked(programs: Programs) -> tuple[str, xr.Dataset]:
            where = f"{self.title()}, {'bio' if name == 'again' else name} half"
            return name, check_half(finish(programs), where, chosen.units, stimulus)

        return checked

    def _provenance(
        self, bio: xr.Dataset, trials: int, seed: int, window: tuple[float, float]
    ) -> dict[str, Any]:
        name = PairName(self.name)
        name.pair = self
        versions = {package: metadata.version(package) for package in VERSIONED}
        return {
            "pair": name,
            "pair_hash": hash_description(self),
            "seed": int(seed),
            "trials": int(trials),
            "engine": bio.attrs.get("engine", ""),
            "dt": bio.attrs.get("dt", np.nan),
            "window": list(window),
            "versions": json.dumps(versions),
        }
