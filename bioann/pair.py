"""A pair: two models of a circuit, their correspondence, a stimulus and claims about them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.matched_units import expose_matched_units
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import CorrespondenceError, DescriptionError, unknown_name_error
from bioann.base.text import check_identifier
from bioann.base.units import SI, quantity
from bioann.base.views import render_for_notebook
from bioann.claims.claim import Claim
from bioann.claims.margin import Margin
from bioann.claims.pair_metrics import (
    PairNames,
    check_claims,
    check_figures,
    check_margin,
    collect_metrics,
    find_answering_claim,
)
from bioann.claims.sources import describe_sources
from bioann.correspondence import Correspondence
from bioann.metrics.metric import Metric
from bioann.parameters.variation import Variation, check_variation
from bioann.recordings.learned_synapses import collect_learned
from bioann.recordings.recording import check_trials
from bioann.runs.control_names import check_control_name
from bioann.runs.execute import execute_plan
from bioann.runs.options import RunOptions
from bioann.runs.plan import plan_run
from bioann.runs.run import Run
from bioann.runs.steady_window import find_steady_window
from bioann.runs.wirings import check_pair_wirings, choose_wirings
from bioann.stimuli.stimulus import RESERVED_NAMES, check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Pair(Description):
    """Two descriptions of one circuit, side by side.

    Parameters
    ----------
    name : str
        Short name, as on the command line: letters, digits, ``_`` and ``-``, a letter first.
    bio, ann : Model
        The spiking model and the rate model. A layered network whose hidden units are matched
        becomes its rate network (`LayeredNetwork.to_rate_network`).
    correspondence : Correspondence
        Which populations correspond to which units.
    question : str
        Question about the circuit that the comparison answers, one sentence.
    source : str, optional
        Publication that the circuit or the question comes from; by default the sources of the
        claims, with the titles of `bioann.claims.sources`.
    stimulus : xarray.DataArray, optional
        Default stimulus, dimensions ``(condition, time, channel)``, with the channels of both
        models and of the controls.
    claims : tuple of Claim, optional
        What is believed, with the rules of the verdicts. The metrics that the rules name are
        computed. The claim with answers (``supported=...``), or else the first, answers the
        question.
    settle : quantity, optional
        Start of the window of steady responses, which ends with the stimulus; a time.
    readout : tuple of str, optional
        Names of matches that compete: the one with the largest response is the choice.
    metrics : tuple of Metric or Score, optional
        Metrics that no claim names, besides the common ones.
    controls : mapping of str to Model, optional
        Variants of the spiking model, by name, which metrics name as models.
    figures : tuple of callable, optional
        Pictures of this pair alone, from `bioann.figures`, or any ``figure(comparison) ->
        Drawing``. The first opens the report, because it shows the answer; without any, both
        responses do.
    margin : Margin, optional
        The largest difference between the models that counts as none, with its reason.
    trials : int, optional
        Trials of each condition in a run by the command line without ``--trials``.
    wirings : int, optional
        Number of wirings in a run, at most its trials: independent draws of the connections of a
        spiking model or control that draws them. 10 if one does, otherwise 1, unless given.
    bin_width : quantity, optional
        Width of the response bins, a time.
    vary : Variation, optional
        Parameter of the models that a run also varies, from `bioann.vary`.
    derive : callable, optional
        ``derive(bio)`` returns this pair for another spiking model, if its rate model or its rules
        follow from the spiking model. `bioann.check_robustness` derives them again from each
        changed spiking model; without it both stay as they are. It may undo changes of what the
        pair measures along, such as reversal potentials that are conditions.

    Raises
    ------
    DescriptionError
        If a name cannot be used, a model lacks a member, nothing is left after `settle`, or there
        are more wirings than trials or than the models can have.
    CorrespondenceError
        If a population or unit is neither matched nor declared to have no counterpart.
    StimulusError
        If the stimulus is not finite or lacks a channel.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> pair = ba.Pair("identity", bio, ann, correspondence, stimulus=stimulus)
    >>> pair.run(trials=5, seed=1).recording.attrs["trials"]
    5
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
    controls: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    figures: tuple[Callable[..., Any], ...] = ()
    margin: Margin | None = None
    trials: int = 10
    wirings: int | None = None
    bin_width: SI = quantity("ms", 10, above=0)
    vary: Variation | None = None
    derive: Callable[[Any], Any] | None = None

    def check(self) -> None:
        """Check the models, the correspondence and the default stimulus."""
        for field in ("claims", "readout", "metrics", "figures"):  # a single one needs no tuple
            values = getattr(self, field)
            self.set_field(field, tuple(values) if isinstance(values, (tuple, list)) else (values,))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(self.name)):
            raise DescriptionError(
                "Pair, name",
                "letters, digits, _ and -, a letter first: files are named by it",
                repr(self.name),
                "Write it like 'my_pair'.",
            )
        check_trials(self.trials)
        for side, its_model in (("bio", self.bio), ("ann", self.ann)):
            model.check_model(its_model, f"{self.title()}, {side}")
        if not isinstance(self.correspondence, Correspondence):
            raise CorrespondenceError(
                f"{self.title()}, correspondence",
                "a Correspondence",
                type(self.correspondence).__name__,
                "Write Correspondence((Match('population', 'unit'),)).",
            )
        self.set_field("ann", expose_matched_units(self.correspondence, self.ann))
        self._check_complete(self.bio)
        for name, control in self.controls.items():
            check_identifier(name, f"{self.title()}, name of a control")
            check_control_name(self.title(), name, RESERVED_NAMES)
            model.check_model(control, f"{self.title()}, control {name!r}")
            self._check_complete(control)
        for name in self.readout:
            if name not in self.match_names:
                raise unknown_name_error(
                    f"{self.title()}, readout", "match", name, self.match_names
                )
        names = PairNames(
            self.title(), self.match_names, ("bio", "ann", *self.controls), self.bio.channels
        )
        check_claims(self.claims, self.metrics, names)
        self.set_field("source", self.source or describe_sources(self.claims))
        check_figures(self.figures, self.title())
        find_answering_claim(self.claims, self.title())
        check_margin(self.margin, self.claims, self.correspondence.scales_in_hertz(), self.title())
        check_pair_wirings(self)
        check_variation(self.vary, {"bio": self.bio, "ann": self.ann}, self.title())
        if self.stimulus is not None:
            self.set_field("stimulus", self._check_channels(self.stimulus, controls=True))
            self.window()  # raises an error if nothing is left after settling

    def _repr_html_(self) -> str:
        return render_for_notebook("pair", self)

    @property
    def match_names(self) -> tuple[str, ...]:
        """Names of the matches, in order."""
        return tuple(match.name for match in self.correspondence.matches)

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether the spiking model or a control draws connections or parameters from the seed."""
        return any(map(model.has_drawn_wiring, (self.bio, *self.controls.values())))

    @property
    def all_metrics(self) -> tuple[Metric, ...]:
        """The metrics of the claims, then the others, each once."""
        return collect_metrics(self.claims, self.metrics)

    @property
    def answering_claim(self) -> Claim | None:
        """The claim that answers the question: the one with answers, or else the first."""
        return find_answering_claim(self.claims, self.title())

    def replace_spiking_models(self, bio: Any, controls: Mapping[str, Any]) -> Pair:
        """Return this pair with another spiking model and other controls.

        Parameters
        ----------
        bio : Model
            The spiking model.
        controls : mapping of str to Model
            The controls, by name.

        Returns
        -------
        Pair
            The copy. What the pair checks of its models depends on their interfaces
            (`bioann.model.describe_interface`), and is checked again where one differs.
        """
        models = {"bio": bio, **{f"control {name}": m for name, m in controls.items()}}
        before = {"bio": self.bio, **{f"control {n}": m for n, m in self.controls.items()}}
        interfaces = [
            {name: model.describe_interface(m) for name, m in group.items()}
            for group in (models, before)
        ]
        if interfaces[0] != interfaces[1]:
            return dataclasses.replace(self, bio=bio, controls=controls)
        pair = object.__new__(type(self))
        for field in dataclasses.fields(self):
            pair.set_field(field.name, getattr(self, field.name))
        pair.set_field("bio", bio)
        pair.set_field("controls", controls)
        return pair

    def _check_complete(self, spiking: Any) -> None:
        sizes = model.sizes_of(spiking)
        self.correspondence.check_complete(spiking.units, self.ann.units, sizes)

    def window(self, stimulus: xr.DataArray | None = None) -> tuple[float, float]:
        """Return start and end in seconds of the window of steady responses to a stimulus."""
        chosen = self.stimulus if stimulus is None else stimulus
        assert chosen is not None
        stop = float(chosen.sizes["time"] * chosen.attrs["dt"])
        return find_steady_window(self.title(), stop, self.settle, self.bin_width)

    @name_argument_errors
    def run(
        self,
        stimulus: xr.DataArray | None = None,
        *,
        trials: int,
        seed: int,
        wirings: int | None = None,
        engine: str = "auto",
        dt: SI | None = None,
        controls: bool = True,
        audit: bool = False,
        effective_weights: bool = False,
        vary: bool | None = None,
        weights: Run[Any] | xr.DataTree | None = None,
    ) -> Run[Pair]:
        """Run both models, and what they are compared with, on the same stimuli.

        Parameters
        ----------
        stimulus : xarray.DataArray, optional
            Activation of each channel, dimensions ``(condition, time, channel)``; that of the pair
            unless given.
        trials : int
            Repetitions of each condition, each with its own input spikes; at least 1.
        seed : int
            Seed of all random numbers of the run, 0 or larger.
        wirings : int, optional
            Number of independent draws of the connections of each spiking model that draws them, at
            most `trials`: trial ``k`` has wiring ``k % wirings``. That of the pair unless given.
        engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
            What executes spiking models; `bioann.bio.engines` describes how ``'auto'`` chooses.
        dt : quantity, optional
            Time step of spiking models, a time; their own unless given.
        controls : bool, optional
            Whether to run the references as well: the spiking model with another seed
            (``ceiling``), the rate model with shuffled signs (``chance``, the chance level) and the
            controls of the pair (under their names).
        audit : bool, optional
            Whether to rerun the spiking model with half its time step and the same input
            (``audit``); `compare` then reports by how much each score changes.
        effective_weights : bool, optional
            Whether to measure the effective weight of every connection of a spiking network
            (``effective_weights``, see `bioann.translate.effective_weights.measure`), which takes
            one more run of short lanes. `bioann.report` measures it if the run did not.
        vary : bool, optional
            Whether to run both models at each value of the parameter that the pair varies, if it
            varies one (``parameter_grid``), with the few trials that its `vary` states; as
            `controls` unless given.
        weights : Run or xarray.DataTree, optional
            Earlier run of this pair, or its recording: the spiking model, and every other model
            that learned, starts from the weights that it had there.

        Returns
        -------
        Run
            This pair and its recording, with the nodes ``stimulus``, ``bio``, ``ann`` and those
            named above.

        Raises
        ------
        DescriptionError
            If there is no stimulus.
        StimulusError, SimulationError
            If a model cannot run on the stimulus, or with these options.
        """
        checked = self._choose_stimulus(stimulus, controls)
        learned = {} if weights is None else collect_learned(weights)
        width, n_trials = self.bin_width_quantity, check_trials(trials)
        n_wirings = choose_wirings(self, wirings, n_trials, learned.get("bio"))
        plan = plan_run(
            self,
            checked,
            self.window(checked),
            RunOptions(n_trials, seed, width, engine, dt, learned, n_wirings),
            controls=controls,
            audit=audit,
            effective_weights=effective_weights,
            vary=controls if vary is None else vary,
        )
        return Run(self, execute_plan(plan), is_new=True)

    def _choose_stimulus(self, stimulus: xr.DataArray | None, controls: bool) -> xr.DataArray:
        """Return the stimulus of a run, checked: the pair's own was when it was described."""
        if stimulus is not None:
            return self._check_channels(stimulus, controls)
        if self.stimulus is None:
            raise DescriptionError(
                self.title(), "a stimulus", "none", "Pass one to run(), or give the pair its own."
            )
        return self.stimulus

    def _check_channels(self, stimulus: xr.DataArray, controls: bool) -> xr.DataArray:
        models = (self.bio, self.ann, *(self.controls.values() if controls else ()))
        checked = check_stimulus(stimulus, [channel for m in models for channel in m.channels])
        for name in self.controls if controls else ():
            check_control_name(self.title(), name, checked.coords)
        return checked

    @property
    def bin_width_quantity(self) -> Any:
        """The bin width as a Brian2 quantity, as models take it."""
        return float(self.bin_width) * 1e3 * ms
