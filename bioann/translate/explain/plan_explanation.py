"""Check what is asked of an explanation, and choose its samples, before anything is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import ms

from bioann.ann.interop.read_network import read_network
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.softmax import LogSoftmax, Softmax
from bioann.base.arguments import check_whole_number
from bioann.base.errors import DescriptionError
from bioann.base.memory import check_memory
from bioann.base.units import SI, to_si
from bioann.translate.explain.explanation_plan import ExplanationPlan
from bioann.translate.explain.labelled_samples import check_labelled_samples, divide_samples

#: Samples that are simulated at most, unless another number is passed.
DEFAULT_SAMPLES = 200
#: Numbers of neurons per unit, unless others are passed or they take longer than this in seconds.
DEFAULT_COPIES, MAX_SECONDS_PER_COPIES = (1, 2, 4), 60.0
#: Shortest presentation in seconds.
MIN_PRESENTATION = 0.05


def plan_explanation(
    model: Any,
    X: Any,
    y: Any,
    *,
    seed: int,
    samples: int = DEFAULT_SAMPLES,
    neurons_per_unit: Sequence[int] | None = None,
    presentation: SI = 500 * ms,
    engine: str = "auto",
    output: str | None = None,
    activation: Any = None,
) -> ExplanationPlan:
    """Check everything that an explanation needs before it is run; parameters as of `explain`.

    Returns
    -------
    ExplanationPlan
        With an estimate of the time that it takes.
    """
    check_whole_number(samples, "explain, samples")
    copies = _check_copies(DEFAULT_COPIES if neurons_per_unit is None else neurons_per_unit)
    duration = _check_presentation(presentation)
    full_network = read_network(model, output=output, activation=activation)
    network, notes = leave_out_softmax(full_network)
    _check_network(network)
    data = check_labelled_samples(network, X, y)
    calibration, simulated = divide_samples(len(data), samples, seed)
    plan = ExplanationPlan(
        "", network, network.to_rate_network(), data, calibration, simulated, copies, duration,
        seed, engine, (*_describe_assumptions(model, activation, calibration), *notes),
    )  # fmt: skip
    is_file = isinstance(model, (str, Path))
    name = Path(model).stem if is_file else f"{'-'.join(map(str, plan.sizes))} network"
    plan = dataclasses.replace(plan, name=name)
    return plan.limit_copies(MAX_SECONDS_PER_COPIES) if neurons_per_unit is None else plan


def _check_copies(numbers: Sequence[int]) -> tuple[int, ...]:
    obj = "explain, neurons_per_unit"
    copies = tuple(dict.fromkeys(check_whole_number(n, obj) for n in numbers))
    if not copies:
        raise DescriptionError(obj, "at least one number", "none", "Leave it out.")
    return copies


def _check_presentation(presentation: SI) -> float:
    """Return the duration of a sample in seconds."""
    duration = to_si(presentation, "ms", "explain, presentation")
    if not duration >= MIN_PRESENTATION - 1e-9:
        expected, got = (f"{x * 1e3:g} ms" for x in (MIN_PRESENTATION, duration))
        raise DescriptionError(
            "explain, presentation", f"at least {expected}", got, "Leave it out."
        )
    return duration


def _check_network(network: LayeredNetwork) -> None:
    if network.is_temporal:
        raise DescriptionError(
            "explain, model",
            "a classifier whose output depends on the present input alone",
            "a network with recurrent layers or time constants",
            "Compare it on its own stimuli: bioann.to_bio(model) and bioann.Pair.",
        )
    n_units = sum(int(np.prod(shape)) for shape in network.shapes)
    check_memory(
        DescriptionError,
        "explain, model",
        f"weights between {n_units} units and channels",
        24 * n_units**2,
        "Use a smaller network: its translation has a neuron or more for each unit.",
    )


def leave_out_softmax(network: LayeredNetwork) -> tuple[LayeredNetwork, tuple[str, ...]]:
    """Return a network without a softmax at its end, which does not change the largest output."""
    if len(network.layers) < 2 or not isinstance(network.layers[-1], (Softmax, LogSoftmax)):
        return network, ()
    shortened = dataclasses.replace(
        network, layers=network.layers[:-1], names=network.names[:-1], outputs=network.outputs
    )
    return shortened, ("The softmax at the end is left out; it does not change the decision.",)


def _describe_assumptions(model: Any, activation: Any, calibration: np.ndarray) -> tuple[str, ...]:
    notes = []
    if isinstance(model, (str, Path)) and Path(model).suffix.lower() != ".onnx":
        chosen = "ReLU, which is assumed" if activation is None else f"{activation}, as stated"
        notes.append(
            f"The file holds weights only: activation of the hidden layers is {chosen}; the last "
            "layer is linear."
        )
    if not len(calibration):
        notes.append(
            "There are too few samples to spare any for the calibration: it uses inputs drawn "
            "uniformly from the range of each channel."
        )
    return tuple(notes)
