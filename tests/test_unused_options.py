"""A wrong option is an error also where the call would not have used it, or never have ended."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, mV, nS

import bioann as ba
from bioann.base.errors import BioannError

STIMULUS = ba.steps({"x": [0.0, 1.0]}, duration=20 * ms)
LAYERED = ba.LayeredNetwork((ba.layers.Dense([[1.0]]),), channels=("x",))
FUNCTION = ba.FunctionModel(lambda s, rng: s.values, "y", "x")
CELL = ba.Population("cell", 2, "glutamate")
FIBRES = ba.Afferent("x", "cell", 2 * nS)
SPIKING = ba.SpikingNetwork((CELL,), (FIBRES,))


def run(model, **options):
    """Run a model on the stimulus."""
    return model.run(STIMULUS, trials=1, seed=1, **options)


def measure_rate(**options):
    """Compute the rate of the cell without a simulation."""
    return ba.translate.measure_transfer(CELL, [FIBRES], {"x": [0.0, 1.0]}, "noise-free", **options)


#: What is called, and the begin of the error.
CALLS = {
    "step of a layered network": (lambda: run(LAYERED, dt=5 * mV), "LayeredNetwork.run, dt: "),
    "step of a function": (lambda: run(FUNCTION, dt="5 ms"), "FunctionModel.run, dt: wanted a "),
    "first trial of a function": (lambda: run(FUNCTION, first_trial=-1), "first_trial: wanted a "),
    "first trial of a spiking network": (
        lambda: run(SPIKING, first_trial=-1),
        "first_trial: wanted a whole number >= 0, got -1.",
    ),
    "engine of a theory": (lambda: ba.to_ann(SPIKING, engine="nump"), "engine: wanted the name"),
    "engine of a transfer curve": (lambda: measure_rate(engine="nump"), "engine: wanted the name"),
    "trials of a transfer curve": (lambda: measure_rate(trials=0), "trials: wanted a whole "),
    "duration of a transfer curve": (lambda: measure_rate(duration=300), "transfer, duration: "),
    "rounds of a calibration": (
        lambda: ba.to_bio(LAYERED, rounds=10**400),
        "to_bio, rounds: wanted at most 1000 runs, got 1000000000",
    ),
    "points of a grid": (
        lambda: ba.vary("a", [0, 1], points=2**63),
        "Variation of 'a', points: wanted 2 to 25 values, got 9223372036854775808.",
    ),
    "trials beyond all memory": (lambda: FUNCTION.run(STIMULUS, trials=10**400, seed=1), "trials"),
    "stimulus without a condition": (
        lambda: FUNCTION.run(STIMULUS[:0], trials=1, seed=1),
        "stimulus: wanted a condition, a time step and a channel, got 0 condition(s), 20 time(s)",
    ),
    "step that is text": (
        lambda: FUNCTION.run(STIMULUS.assign_attrs(dt="x"), trials=1, seed=1),
        "stimulus time: wanted evenly spaced steps in seconds",
    ),
    "calibration of other channels": (
        lambda: ba.to_bio(LAYERED, calibration=STIMULUS.assign_coords(channel=["y"])),
        "stimulus: wanted the name of a channel, got 'x'.",
    ),
    "time constant of zero": (
        lambda: ba.to_bio(LAYERED, calibration=STIMULUS, synapse_tau=0 * ms),
        "to_bio, synapse_tau: wanted a time above 0",
    ),
    "keys in rows": (
        lambda: run(SPIKING, noise_keys=np.ones((2, 2))),
        "SpikingNetwork.run, noise_keys: wanted a sequence of text or None",
    ),
    "labels that are numbers": (
        lambda: ba.translate.fit_activations([0], [0], families=xr.DataArray([1.0])),
        "fit_activations, families: wanted a sequence of text",
    ),
    "address of a parameter": (
        lambda: ba.parameters.get_parameter(SPIKING, [1]),
        "get_parameter, address: wanted text, got [1].",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_wrong_option_is_an_error(case):
    call, message = CALLS[case]
    with pytest.raises(BioannError) as caught:
        call()
    assert str(caught.value).startswith(message)
