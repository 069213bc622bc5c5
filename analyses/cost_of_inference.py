r"""Cost of inference: what does a decision cost as multiply-adds, and as spikes on the same CPU?

Trains ReLU classifiers (64-48-10) of scikit-learn's digits, translates each to a conductance-based
network, and shows both models the held-out images, as `translated_digits` does. The rate model
takes one multiply-add for each weight; that many inputs are zero is not used. The clock-driven
simulation takes one update of each neuron in each time step, and one addition for each synaptic
event, the arrival of a spike at a synapse. Decisions follow from the mean rates after 40 % of the
presentation, for presentations of different durations. The cost at the same accuracy is that of the
shortest presentation that loses at most one percentage point.

Counts are exact, and the same in every run; claims rest on them alone. The processor time that
both models took is shown beside them: it depends on the machine and on what else it does. All
costs are those of this classifier: synaptic events grow with neurons, rates and synapses per
neuron. Needs the extras ``train`` and ``data``.
"""

import dataclasses
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import (
    N_HELD_OUT,
    load_digit_sets,
    make_digit_stimulus,
    train_classifiers,
)
from bioann.analyses.digits_translation import translate_network
from bioann.correspondence import read_responses
from bioann.models.digits import TIME_STEP
from bioann.translate.explain.decisions_over_time import choose_over_time

MODELS = ("spiking model", "rate model")
#: Largest loss of accuracy in percentage points that counts as the same accuracy.
SAME_ACCURACY = 1.0
#: A core has more than 1e9 clock cycles per second; this leaves 100 for each operation.
OPERATIONS_OF_A_CORE = 1e7
#: From this ratio of costs on, an order of magnitude, a system is called expensive.
EXPENSIVE = 10.0
#: Energy in pJ of a multiplication and of an addition of 32-bit floating point numbers, 45 nm: M.
#: Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014.
MULTIPLICATION, ADDITION = 3.7, 0.9
#: Synaptic events for each multiply-add at which both take the same energy.
BREAK_EVEN = (MULTIPLICATION + ADDITION) / ADDITION


@dataclasses.dataclass(frozen=True)
class Settings:
    """Durations of the presentation in seconds; repetitions by which the rate model is timed."""

    durations: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
    repetitions: int = 1000


SETTINGS = Settings()
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "rate_correct": ("image",),
    "spiking_correct": ("duration", "image"),
    "synaptic_events": ("duration",),
    "updates": ("duration",),
    "multiply_adds": (),
    "processor_time": ("model",),
}
COORDINATES: dict[str, tuple[Any, ...]] = {
    "duration": SETTINGS.durations,
    "model": MODELS,
    "image": tuple(range(N_HELD_OUT)),
}


def count_multiply_adds(network: ba.LayeredNetwork) -> int:
    """Return the number of weights of a network of dense layers."""
    return sum(layer["W"].size for layer in network.parameters if "W" in layer)


def count_targets(network: ba.SpikingNetwork, seed: int) -> dict[str, np.ndarray]:
    """Count the synapses that each neuron has on others, by population, each of shape (neuron,)."""
    counts = {name: np.zeros(size, dtype=int) for name, size in network.sizes.items()}
    for projection in network.projections:
        _, pre, _ = network.draw_synapses(projection, seed)
        counts[projection.source] += np.bincount(pre, minlength=len(counts[projection.source]))
    return counts


def count_synaptic_events(
    network: ba.SpikingNetwork, recording: xr.Dataset, durations: tuple[float, ...], seed: int
) -> np.ndarray:
    """Return the synaptic events per image until each duration in seconds, shape (duration,)."""
    counts = count_targets(network, seed)
    names = recording.unit.values[recording.spike_unit.values]
    neurons, times = recording.spike_neuron.values, recording.spike_time.values
    targets = np.zeros(len(names), dtype=int)
    for name, count in counts.items():
        targets[names == name] = count[neurons[names == name]]
    events = [targets[times < duration].sum() for duration in durations]
    return np.array(events) / recording.sizes["condition"]


def measure_processor_time(function: Callable[[], object]) -> float:
    """Return the processor time in seconds of a call, that of the programs it starts included."""
    start = os.times()
    function()
    return sum(os.times()[:4]) - sum(start[:4])


def compare_costs(seed: int, settings: Settings) -> xr.Dataset:
    """Train and translate a classifier, and count what the decisions of both models take."""
    training, held_out = load_digit_sets()
    (classifier,) = train_classifiers("dense", (seed,))
    rate_network = classifier.to_rate_network()
    translation = translate_network(rate_network, training, seed, "auto")
    network, images, labels = translation.network, held_out.input.values, held_out.target.values
    stimulus, recordings = make_digit_stimulus(held_out), []
    spiking_time = measure_processor_time(
        lambda: recordings.append(network.run(stimulus, trials=1, seed=seed))
    )
    rate_time = measure_processor_time(
        lambda: [classifier.predict(images) for _ in range(settings.repetitions)]
    )
    matches = translation.correspondence.keep_matches(*rate_network.units[-10:])
    responses = read_responses(recordings[0], matches, "bio").isel(trial=0)
    times, choices = choose_over_time(responses)
    bins = [int(np.argmin(np.abs(times - duration))) for duration in settings.durations]
    steps = np.round(np.array(settings.durations) / float(TIME_STEP))
    values = {
        "rate_correct": classifier.predict(images).argmax(axis=1) == labels,
        "spiking_correct": choices[bins] == labels,
        "synaptic_events": count_synaptic_events(network, recordings[0], settings.durations, seed),
        "updates": sum(network.sizes.values()) * steps,
        "multiply_adds": count_multiply_adds(classifier),
        "processor_time": np.array([spiking_time, rate_time / settings.repetitions]) / N_HELD_OUT,
    }
    return xr.Dataset(
        {name: (DIMENSIONS[name], array) for name, array in values.items()},
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


def compute_loss(data: xr.Dataset) -> xr.DataArray:
    """Return the accuracy of the rate model minus that of the spiking model, in points."""
    return 100 * (data.rate_correct - data.spiking_correct)


def find_duration(data: xr.Dataset) -> xr.DataArray:
    """Return the duration from which on the spiking models have the accuracy of the rate models.

    The mean loss over all seeds decides: that of a single one is uncertain by its 360 images.
    """
    loss = compute_loss(data).mean(["seed", "image"])
    return ba.metrics.find_first_below(loss, "duration", SAME_ACCURACY)


def compute_ratio(counts: xr.DataArray, data: xr.Dataset) -> xr.DataArray:
    """Return counts for each multiply-add at the same accuracy, linear between durations."""
    by_duration = counts.mean("seed") / data.multiply_adds.mean("seed")
    return by_duration.interp(duration=find_duration(data)).drop_vars("duration")


def compute_event_ratio(data: xr.Dataset) -> xr.DataArray:
    """Return the synaptic events for each multiply-add at the same accuracy."""
    return compute_ratio(data.synaptic_events, data)


def compute_operation_ratio(data: xr.Dataset) -> xr.DataArray:
    """Return the events and updates for each multiply-add at the same accuracy."""
    return compute_ratio(data.synaptic_events + data.updates, data)


def compute_load(data: xr.Dataset) -> xr.DataArray:
    """Return the events and updates in each second that is simulated."""
    return (data.synaptic_events + data.updates) / data.duration


LOSS = ba.measure(
    compute_loss, "accuracy lost by the spiking model", unit="percentage points", best=0.0
)
DURATION = ba.measure(find_duration, "shortest presentation with the same accuracy", unit="s")
EVENT_RATIO = ba.measure(
    compute_event_ratio, "synaptic events for each multiply-add at the same accuracy"
)
OPERATION_RATIO = ba.measure(
    compute_operation_ratio,
    "synaptic events and neuron updates for each multiply-add at the same accuracy",
)
LOAD = ba.measure(compute_load, "operations in each second of simulated time", unit="per s")
TIME = ba.measure(lambda data: 1e3 * data.processor_time, "processor time of a decision", unit="ms")
LONGEST = SETTINGS.durations[-1]
FORUM = "AI Stack Exchange 2018"
CLAIMS = (
    ba.Claim(
        "E9a",
        "Spike-based systems need special hardware: a core of a CPU is not enough to simulate a "
        "classifier in real time.",
        FORUM,
        LOAD.at(duration=LONGEST) >= OPERATIONS_OF_A_CORE,
        supported="Yes: one core cannot simulate this classifier in real time",
        refuted="Not this one: it takes so few operations that a single core simulates it in real "
        "time",
    ),
    ba.Claim(
        "E9b",
        "Spike-based systems are expensive: on a CPU a decision with the same accuracy takes at "
        "least ten times the operations of the rate model.",
        FORUM,
        OPERATION_RATIO.at() >= EXPENSIVE,
    ),
    ba.Claim(
        "E9c",
        "Special hardware that only adds where a spike arrives saves energy: a synaptic event is "
        "one addition, which takes a fifth of the energy of a multiply-add.",
        "ours",
        EVENT_RATIO.at() <= BREAK_EVEN,
        source_detail="energies of Horowitz 2014",
    ),
    ba.Claim(
        "E9d",
        "If it sees each image for 0.5 s, the spiking classifier is as accurate as the rate model, "
        "to one percentage point.",
        "ours",
        LOSS.at(duration=LONGEST) <= SAME_ACCURACY,
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            lambda data: data.synaptic_events / data.multiply_adds,
            along="duration",
            heading="cost",
            xlabel="presentation [s]",
            ylabel="events per multiply-add [1]",
            y_lines=(BREAK_EVEN,),
        ),
        ba.figures.StudyCurves(
            compute_loss,
            along="duration",
            heading="accuracy",
            xlabel="presentation [s]",
            ylabel="accuracy lost [percentage points]",
            y_lines=(SAME_ACCURACY,),
            ylim=(-1.0, 10.0),
        ),
    ),
    "A longer presentation costs more synaptic events and loses less accuracy. Horizontal lines: "
    "5.1 events, which take the energy of a multiply-add on special hardware, and a loss of one "
    "point, up to which accuracy counts as the same.",
    scores=(EVENT_RATIO.at(), DURATION.at()),
)
TIME_FIGURE = ba.figures.StudyCurves(
    lambda data: np.log10(data.processor_time),
    along="model",
    xlabel="model",
    ylabel="processor time of a decision [log10 of seconds]",
    height=1.6,
    message="Processor time of a decision, measured when the data were computed. It depends on the "
    "machine, and no claim rests on it.",
    scores=tuple(TIME.at(model=model) for model in MODELS),
)


def study() -> ba.Study:
    return ba.Study(
        "cost_of_inference",
        compare_costs,
        DIMENSIONS,
        coordinates=COORDINATES,
        units={"duration": "s", "processor_time": "s"},
        seeds=5,
        settings=SETTINGS,
        shared=("image",),
        timings=("processor_time",),
        question="Do spike-based classifiers need special, expensive hardware?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018); images: E. Alpaydin and C. Kaynak 1998, by scikit-learn",
        claims=CLAIMS,
        measures=(DURATION, TIME),
        figures=(FIGURE, TIME_FIGURE),
    )
