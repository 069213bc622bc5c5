"""Does a recurrent rate network of mixed signs keep its function when its weights become synapses?

Draws networks of 20 units with random weights of both signs, spectral radius 0.9 and a time
constant of 20 ms, for several activations and seeds; translates each to a spiking network
(`bioann.to_bio`), and compares the steady activations of all units for stimuli that were not used
for calibration. Usage::

    python analyses/recurrent.py --seeds 5
"""

from __future__ import annotations

import json

import click
import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.ann.activations.activation import LeakyRelu
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses

N_UNITS, CHANNELS, N_CONDITIONS = 20, ("p", "q", "r"), 20
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "leaky": LeakyRelu(0.2)}
#: Time step of calibration and run, within which spikes are timed.
TIME_STEP = 1 * ms


def draw_recurrent_network(activation: str, seed: int) -> ba.RateNetwork:
    """Draw a network; sigmoid units have a bias that keeps them off without input."""
    rng = make_rng(seed, "recurrent", "weights")
    W = rng.normal(size=(N_UNITS, N_UNITS))
    return ba.RateNetwork(
        units=tuple(f"u{k}" for k in range(N_UNITS)),
        W=W * 0.9 / np.abs(np.linalg.eigvals(W)).max(),
        W_in=rng.normal(size=(N_UNITS, 3)) / np.sqrt(3),
        bias=rng.normal(0, 0.1, N_UNITS) - 2.0 * (activation == "sigmoid"),
        tau=20 * ms,
        activation=ACTIVATIONS[activation],
        channels=CHANNELS,
    )


def draw_steady_inputs(seed: int) -> xr.DataArray:
    """Draw constant inputs of both signs."""
    inputs = make_rng(seed, "recurrent", "stimulus").uniform(-1, 1, (len(CHANNELS), N_CONDITIONS))
    levels = dict(zip(CHANNELS, inputs, strict=True))
    return ba.steps(levels, duration=500 * ms, coords={"k": np.arange(float(N_CONDITIONS))})


def compare_translation(activation: str, seed: int) -> dict[str, object]:
    """Translate one network, and compute the correlation and gain of both models' responses."""
    ann, stimulus = draw_recurrent_network(activation, seed), draw_steady_inputs(seed)
    translation = ba.to_bio(ann, inputs="current", seed=seed, dt=TIME_STEP)
    run = translation.network.run(stimulus, trials=1, seed=seed)
    window = slice(0.2, None)
    responses = read_responses(run, translation.correspondence, "bio").sel(time=window)
    steady = responses.mean(["time", "trial"]).values
    activations = ann.run(stimulus, trials=1, seed=seed).activation.sel(time=window)
    exact = activations.mean(["time", "trial"]).values
    return {
        "activation": activation,
        "seed": seed,
        "correlation": float(np.corrcoef(steady.ravel(), exact.ravel())[0, 1]),
        "gain": float(np.polyfit(exact.ravel(), steady.ravel(), 1)[0]),
        "flags": len(translation.flags),
    }


@click.command(help=__doc__)
@click.option(
    "--seeds", type=click.IntRange(1), default=5, show_default=True, help="Networks to draw."
)
@click.option(
    "--activations",
    default=",".join(ACTIVATIONS),
    show_default=True,
    help="Activations of the units, separated by commas.",
)
def main(seeds: int, activations: str) -> None:
    """Print one JSON object per network, then mean and range for each activation."""
    for activation in activations.split(","):
        comparisons = []
        for seed in range(seeds):
            comparisons.append(compare_translation(activation, seed))
            click.echo(json.dumps(comparisons[-1]))
        correlation, gain = (
            np.array([comparison[name] for comparison in comparisons])
            for name in ("correlation", "gain")
        )
        click.echo(
            f"{activation}: correlation {correlation.mean():.4f} (lowest {correlation.min():.4f}), "
            f"gain {gain.mean():.3f} ({gain.min():.3f} to {gain.max():.3f})"
        )


if __name__ == "__main__":
    main()
