"""The plan of a run: which models run, under which names and with which options.

A plan is a description: `bioann.runs.execute.execute_plan` runs it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann import model
from bioann.base.randomness import make_rng
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence
from bioann.parameters.variation import ParameterGrid, Variation
from bioann.runs.description import PairDescription
from bioann.runs.options import RunOptions

#: Number of sign patterns that the chance level is averaged over.
SHUFFLES = 20


@dataclasses.dataclass(frozen=True)
class ModelStep:
    """The run of one model of a pair.

    Parameters
    ----------
    name : str
        Node of the recording: ``bio``, ``ann``, ``ceiling``, ``audit`` or the name of a control.
    model : Model
        The model, which is given the stimulus of the plan.
    title : str
        Name of the model in errors.
    options : mapping of str to object
        Keyword arguments of the model's ``run``.
    """

    name: str
    model: Any
    title: str
    options: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class ChanceStep:
    """The runs of the rate model with shuffled signs, which give the chance level.

    Parameters
    ----------
    models : tuple of Model
        The rate model with one sign pattern each, at least one.
    title : str
        Name of the models in errors.
    options : mapping of str to object
        Keyword arguments of the models' ``run``.
    """

    models: tuple[Any, ...]
    title: str
    options: Mapping[str, Any]

    name = "chance"


@dataclasses.dataclass(frozen=True)
class EffectiveWeightsStep:
    """The measurement of effective weights, at operating points of the recorded spiking model.

    Parameters
    ----------
    network : SpikingNetwork
        Spiking model whose connections are measured.
    ann : Model
        The rate model, whose unit gains are added if it is a `RateNetwork`.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    seed : int
        Seed of the measurement, that of the run.
    engine : str
        What executes the network.
    """

    network: SpikingNetwork
    ann: Any
    window: tuple[float, float]
    seed: int
    engine: str

    name = "effective_weights"


@dataclasses.dataclass(frozen=True)
class GridStep:
    """The runs of both models at each value of the parameter that the pair varies.

    Parameters
    ----------
    label : str
        The parameter in words, for reports.
    parameters : tuple of ParameterGrid
        The parameter with its values, and those that change with it.
    models : tuple of ModelStep
        Both models at each value: spiking model and rate model at the first value, then at the
        second, and so on.
    correspondence : Correspondence
        The matches whose responses are recorded.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    """

    label: str
    parameters: tuple[ParameterGrid, ...]
    models: tuple[ModelStep, ...]
    correspondence: Correspondence
    window: tuple[float, float]

    name = "parameter_grid"


@dataclasses.dataclass(frozen=True)
class RunPlan:
    """All steps of a run of a pair.

    Parameters
    ----------
    pair : PairDescription
        Pair whose models are run.
    stimulus : xarray.DataArray
        Dimensions ``(condition, time, channel)``, checked for the channels of all models.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    options : RunOptions
        Options of the run, for its provenance.
    models : tuple of ModelStep or ChanceStep
        Steps that depend on nothing else and run in parallel: spiking model, rate model, ceiling,
        chance level, controls.
    audit : ModelStep, optional
        The spiking model at half its time step; runs after `models`.
    effective_weights : EffectiveWeightsStep, optional
        Runs last, since it reads the recording of the spiking model.
    grid : GridStep, optional
        Runs in parallel with `models`.
    """

    pair: PairDescription
    stimulus: xr.DataArray
    window: tuple[float, float]
    options: RunOptions
    models: tuple[ModelStep | ChanceStep, ...]
    audit: ModelStep | None = None
    effective_weights: EffectiveWeightsStep | None = None
    grid: GridStep | None = None


def plan_run(
    pair: PairDescription,
    stimulus: xr.DataArray,
    window: tuple[float, float],
    options: RunOptions,
    *,
    controls: bool,
    audit: bool,
    effective_weights: bool,
    vary: bool,
) -> RunPlan:
    """Return the plan of a run.

    Parameters
    ----------
    pair : PairDescription
        Pair whose models are run.
    stimulus : xarray.DataArray
        Dimensions ``(condition, time, channel)``, checked.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    options : RunOptions
        Trials, seed, bin width, engine and time step of all models.
    controls : bool
        Whether ceiling, chance level and the controls of the pair are run as well.
    audit : bool
        Whether the spiking model is also run with half its time step.
    effective_weights : bool
        Whether the effective weights are measured, if the spiking model is a `SpikingNetwork`.
    vary : bool
        Whether both models are run at each value of the parameter that the pair varies.

    Returns
    -------
    RunPlan
        The plan; nothing has been run.
    """
    title, spiking_options = pair.title(), options.for_spiking_model(pair.bio)
    spiking_model = ModelStep("bio", pair.bio, f"{title}, bio model", spiking_options)
    rate_options = options.for_rate_model(pair.ann)
    rate_model = ModelStep("ann", pair.ann, f"{title}, ann model", rate_options)
    steps: list[ModelStep | ChanceStep] = [spiking_model, rate_model]
    if controls:
        steps += plan_controls(pair, spiking_model, options)
    audit_step = ModelStep("audit", pair.bio, f"{title}, bio, audit", spiking_options)
    weights_step = None
    if effective_weights and isinstance(pair.bio, SpikingNetwork):
        weights_step = EffectiveWeightsStep(
            pair.bio, pair.ann, window, options.seed, options.engine
        )
    return RunPlan(
        pair,
        stimulus,
        window,
        options,
        tuple(steps),
        audit_step if audit else None,
        weights_step,
        plan_grid(pair, pair.vary, window, options) if vary and pair.vary is not None else None,
    )


def plan_controls(
    pair: PairDescription, spiking_model: ModelStep, options: RunOptions
) -> list[ModelStep | ChanceStep]:
    """Return the runs of the noise ceiling, the chance level and the controls of a pair.

    Parameters
    ----------
    pair : PairDescription
        Pair whose models are run.
    spiking_model : ModelStep
        The run of its spiking model.
    options : RunOptions
        Options of the run.
    """
    title = pair.title()
    steps: list[ModelStep | ChanceStep] = [plan_ceiling(pair, spiking_model, options)]
    shuffles = model.shuffle_signs(pair.ann, SHUFFLES, seed=options.seed)
    chance_title = f"{title}, ann model with shuffled signs"
    ann_options = options.for_any_model(pair.ann)
    steps += [ChanceStep(shuffles, chance_title, ann_options)] if shuffles else []
    steps += [
        ModelStep(name, control, f"{title}, {name} model", options.for_control(control, name))
        for name, control in pair.controls.items()
    ]
    return steps


def plan_ceiling(pair: PairDescription, spiking_model: ModelStep, options: RunOptions) -> ModelStep:
    """Return the run of the noise ceiling: another seed, or the other trials of recorded data."""
    if model.is_recorded(pair.bio):  # the same seed, which says what the two halves are
        return dataclasses.replace(spiking_model, name="ceiling", model=pair.bio.second_half())
    seed = int(make_rng(options.seed_of(pair.bio), "again").integers(2**62))
    ceiling_options = {**spiking_model.options, "seed": seed}
    return dataclasses.replace(spiking_model, name="ceiling", options=ceiling_options)


def plan_grid(
    pair: PairDescription, variation: Variation, window: tuple[float, float], options: RunOptions
) -> GridStep:
    """Return the runs of both models at each value of a parameter.

    Parameters
    ----------
    pair : PairDescription
        Pair whose models are run.
    variation : Variation
        The parameter, its values, and the trials at each.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    options : RunOptions
        Options of the run. All values have its seed and so the same input spikes.
    """
    trials = min(options.trials, variation.trials)
    options = dataclasses.replace(
        options, trials=trials, wirings=min(options.wirings, trials), weights={}
    )
    models = {"bio": pair.bio, "ann": pair.ann}
    steps = []
    for point in range(len(variation.values)):
        varied = variation.replace_in(models, point)
        title = f"{pair.title()}, vary, value {point + 1}"
        for side, make_options in (
            ("bio", options.for_spiking_model),
            ("ann", options.for_rate_model),
        ):
            side_model = varied[side]
            name, side_title = f"{side} {point}", f"{title}, {side} model"
            steps.append(ModelStep(name, side_model, side_title, make_options(side_model)))
    return GridStep(
        variation.label,
        variation.tabulate_values(models),
        tuple(steps),
        pair.correspondence,
        window,
    )
