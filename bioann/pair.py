"""A pair: two models, what corresponds to what, the stimuli, and what is believed about them."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.base.errors import CorrespondenceError, DescriptionError, unknown_name_error
from bioann.base.units import SI, Description, quantity
from bioann.claims.claim import Claim
from bioann.claims.rules.score import Score
from bioann.correspondence import Correspondence
from bioann.metrics.metric import Metric
from bioann.metrics.spiking import SpikeMetric
from bioann.recordings.recording import assemble_run, check_trials
from bioann.runs.options import RunOptions
from bioann.runs.provenance import describe_provenance
from bioann.runs.run import measure_connections, rerun_for_audit, run_models
from bioann.stimuli.stimulus import RESERVED_NAMES, check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Pair(Description):
    """Two descriptions of one circuit, side by side.

    Parameters
    ----------
    name : str
        Short name, as on the command line.
    bio, ann : Model
        The biological and the rate model.
    correspondence : Correspondence
        What is read as what.
    question : str
        What the pair asks, one sentence.
    source : str
        Where the circuit or the claim comes from.
    stimulus : xarray.DataArray, optional
        The stimuli that are run unless others are given.
    claims : tuple of Claim, optional
        What is believed, with the rules of the verdicts. The metrics that the rules name are
        computed.
    settle : quantity, optional
        Steady values are read from here to the end of the stimulus.
    readout : tuple of str, optional
        Matches that compete: the largest is the choice.
    metrics : tuple of Metric or Score, optional
        Metrics that no claim names, besides the common ones.
    controls : mapping of str to Model, optional
        Variants of the spiking model that are run beside it; metrics name them as models.
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
        """Check the models, the correspondence and the default stimulus."""
        for field in ("claims", "readout", "metrics", "figures"):
            values = getattr(self, field)
            self.set_field(field, tuple(values) if isinstance(values, (tuple, list)) else (values,))
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
        self._check_complete(self.bio)
        for name, control in self.controls.items():
            if name in RESERVED_NAMES:
                raise DescriptionError(
                    f"{self.title()}, controls",
                    "names that recordings do not use themselves",
                    repr(name),
                    "Call the control otherwise.",
                )
            model.check_model(control, f"{self.title()}, control {name!r}")
            self._check_complete(control)
        for name in self.readout:
            if name not in self.match_names:
                raise unknown_name_error(
                    f"{self.title()}, readout", "match", name, self.match_names
                )
        self._check_claims()
        if self.stimulus is not None:
            self.set_field("stimulus", self._checked_stimulus(self.stimulus))
            self.window()  # raises if nothing is left after settling

    @property
    def match_names(self) -> tuple[str, ...]:
        """Names of the matches, in order."""
        return tuple(match.name for match in self.correspondence.matches)

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """The metrics of the claims, then the others, each once."""
        scores = [score for claim in self.claims for score in claim.rule.scores]
        metrics = [score.metric for score in scores]
        metrics += [m.metric if isinstance(m, Score) else m for m in self.metrics]
        return tuple(dict.fromkeys(m for m in metrics if isinstance(m, Metric)))

    def _check_claims(self) -> None:
        """Raise an error for a claim or metric that names what the pair does not have."""
        for claim in self.claims:
            if not isinstance(claim, Claim):
                raise DescriptionError(
                    f"{self.title()}, claims",
                    "claims",
                    repr(claim),
                    'Write Claim("A1", "sentence", "source", score >= 0.9).',
                )
            for score in claim.rule.scores:
                self._check_score(score, f"{self.title()}, claim {claim.id!r}, {score.text!r}")
        models, names = ("bio", "ann", *self.controls), set()
        for metric in self.all_metrics:
            obj = f"{self.title()}, metric {metric.name!r}"
            for name in metric.models:
                if name not in models:
                    raise unknown_name_error(obj, "model", name, models)
            if metric.name in names:
                raise DescriptionError(
                    obj,
                    "one metric of that name",
                    "two that differ",
                    'Name one otherwise: measure(...).of(..., name="...").',
                )
            names.add(metric.name)

    def _check_score(self, score: Score, obj: str) -> None:
        metric = score.metric
        if score.match and score.match not in self.match_names:
            raise unknown_name_error(obj, "match", score.match, self.match_names)
        if isinstance(metric, SpikeMetric):
            return
        if metric.per == "channel" and score.detail and score.detail not in self.bio.channels:
            raise unknown_name_error(obj, "channel", score.detail, self.bio.channels)
        if metric.per != "pair" and not score.match and len(self.match_names) > 1:
            raise DescriptionError(
                obj,
                "the match that is judged",
                f"none of {list(self.match_names)}",
                'Name it: measure(...).of("bio", match="...").',
            )

    def _check_complete(self, spiking: Any) -> None:
        sizes = getattr(spiking, "sizes", None)
        self.correspondence.check_complete(spiking.units, self.ann.units, sizes)

    def _checked_stimulus(self, stimulus: xr.DataArray | None) -> xr.DataArray:
        """Return a stimulus, or the pair's own, after a check of its channels and values."""
        chosen = self.stimulus if stimulus is None else stimulus
        if chosen is None:
            raise DescriptionError(
                self.title(), "a stimulus", "none", "Pass one to run(), or give the pair its own."
            )
        needed = dict.fromkeys([*self.bio.channels, *self.ann.channels])
        return check_stimulus(chosen, list(needed))

    def window(self, stimulus: xr.DataArray | None = None) -> tuple[float, float]:
        """Give start and stop in seconds of the window in which steady values are read."""
        chosen = self.stimulus if stimulus is None else stimulus
        assert chosen is not None
        stop = float(chosen.sizes["time"] * chosen.attrs["dt"])
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
        """Run both models, and the controls, on the same stimuli.

        Parameters
        ----------
        stimulus : xarray.DataArray, optional
            The pair's own unless given.
        trials : int
            Trials of each condition.
        seed : int
            Decides everything random.
        engine : str, optional
            What executes the spiking model.
        dt : quantity, optional
            Time step of the spiking model.
        controls : bool, optional
            Also run the spiking model with another seed (``/ceiling``, the ceiling), the
            rate model with random signs (``/chance``, the chance level), and the pair's
            controls (by their names).
        audit : bool, optional
            Also run the spiking model with half its time step and the same input (``/audit``);
            `compare` then says how far each score moves.
        effective_weights : bool, optional
            Also measure what every connection of a spiking network does (``/effective_weights``,
            see `bioann.translate.effective_weights.measure`): one run more, of short lanes. A
            report has it in any case.
        weights : xarray.DataTree, optional
            An earlier recording of this pair: the spiking model starts from the weights that it
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
            From the models.
        """
        checked = self._checked_stimulus(stimulus)
        window = self.window(checked)
        learned = None if weights is None else weights["bio"].to_dataset()
        width = self.bin_width_quantity
        options = RunOptions(check_trials(trials), seed, width, engine, dt, learned)
        recordings = run_models(self, checked, options, controls=controls)
        if audit:
            recordings["audit"] = rerun_for_audit(self, checked, options)
        if effective_weights:
            effects = measure_connections(self, recordings["bio"], checked, window, options)
            recordings |= {} if effects is None else {"effective_weights": effects}
        provenance = describe_provenance(self, recordings["bio"], window, options)
        return assemble_run(checked, recordings, **provenance)

    @property
    def bin_width_quantity(self) -> Any:
        """The bin width as the quantity that models take."""
        return float(self.bin_width) * 1e3 * ms
