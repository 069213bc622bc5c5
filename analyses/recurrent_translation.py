"""Recurrent translation: does a recurrent network of mixed signs keep its function as synapses?

Rate networks of 20 units have random weights of both signs between all units, with a spectral
radius of 0.9, a time constant of 20 ms and three inputs. Each is translated to a conductance-based
network (`bioann.to_bio`), in which a positive weight is a synapse of a glutamatergic neuron and a
negative one that of its GABAergic twin. Both models are compared by the steady activations of all
units, for stimuli that the calibration did not use.

Near a spectral radius of 1, loops multiply what enters them, and with it every error of a neuron's
gain. Control: the rate network without its recurrent weights. The slope of a sigmoid is at most
1/4, so that a sigmoid network of this radius depends little on its loops and has no control.
"""

import dataclasses

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses

ACTIVATIONS = {
    "ReLU": ba.activations.Relu(),
    "leaky ReLU": ba.activations.LeakyRelu(0.2),
    "tanh": ba.activations.Tanh(),
    "sigmoid": ba.activations.Sigmoid(),
}
#: Activations whose slope reaches 1, so that loops multiply.
LOOPED = ("ReLU", "leaky ReLU", "tanh")
MODELS = ("spiking model", "without recurrence")
CHANNELS = ("p", "q", "r")
#: Time step of calibration and run, within which spikes are timed.
TIME_STEP = 1 * ms
#: Start of the steady response in seconds, ten time constants of the units.
SETTLE_S = 0.2
#: From this correlation and to this error of the gain on, the function counts as the same.
MIN_CORRELATION, MAX_GAIN_ERROR = 0.97, 0.1


@dataclasses.dataclass(frozen=True)
class Settings:
    """Size and spectral radius of the networks, and number of stimuli."""

    n_units: int = 20
    radius: float = 0.9
    n_conditions: int = 20


SETTINGS = Settings()
DIMENSIONS = {"correlation": ("model", "activation"), "gain": ("activation",)}
COORDINATES = {"model": MODELS, "activation": tuple(ACTIVATIONS)}


def draw_recurrent_network(activation: str, seed: int, settings: Settings) -> ba.RateNetwork:
    """Draw a network; sigmoid units have a bias that keeps them off without input."""
    rng, n = make_rng(seed, "recurrent", "weights"), settings.n_units
    W = rng.normal(size=(n, n))
    return ba.RateNetwork(
        units=tuple(f"u{k}" for k in range(n)),
        W=W * settings.radius / np.abs(np.linalg.eigvals(W)).max(),
        W_in=rng.normal(size=(n, len(CHANNELS))) / np.sqrt(len(CHANNELS)),
        bias=rng.normal(0, 0.1, n) - 2.0 * (activation == "sigmoid"),
        tau=20 * ms,
        activation=ACTIVATIONS[activation],
        channels=CHANNELS,
    )


def draw_steady_inputs(seed: int, settings: Settings) -> xr.DataArray:
    """Draw constant inputs of both signs."""
    rng = make_rng(seed, "recurrent", "stimulus")
    levels = rng.uniform(-1, 1, (len(CHANNELS), settings.n_conditions))
    return ba.steps(dict(zip(CHANNELS, levels, strict=True)), duration=500 * ms)


def compute_activations(ann: ba.RateNetwork, stimulus: xr.DataArray) -> np.ndarray:
    """Return the steady activations of a rate network: (condition, unit)."""
    activations = ann.run(stimulus, trials=1, seed=0).activation.sel(time=slice(SETTLE_S, None))
    return activations.mean(["time", "trial"]).transpose("condition", "unit").values


def simulate_translation(ann: ba.RateNetwork, stimulus: xr.DataArray, seed: int) -> np.ndarray:
    """Translate a network, and return the steady responses of its neurons: (condition, unit)."""
    translation = ba.to_bio(ann, inputs="current", seed=seed, dt=TIME_STEP)
    run = translation.network.run(stimulus, trials=1, seed=seed)
    responses = read_responses(run, translation.correspondence, "bio")
    steady = responses.sel(time=slice(SETTLE_S, None)).mean(["time", "trial"])
    return steady.transpose("condition", "match").values


def compare_translations(seed: int, settings: Settings) -> xr.Dataset:
    """Compare a network of each activation with its translation and with its feedforward part."""
    stimulus = draw_steady_inputs(seed, settings)
    correlations, gains = [], []
    for activation in ACTIVATIONS:
        ann = draw_recurrent_network(activation, seed, settings)
        exact = compute_activations(ann, stimulus).ravel()
        bio = simulate_translation(ann, stimulus, seed).ravel()
        unconnected = dataclasses.replace(ann, W=np.zeros_like(ann.W))
        control = compute_activations(unconnected, stimulus).ravel()
        correlations.append([np.corrcoef(exact, r)[0, 1] for r in (bio, control)])
        gains.append(np.polyfit(exact, bio, 1)[0])
    return xr.Dataset(
        {
            "correlation": (DIMENSIONS["correlation"], np.transpose(correlations)),
            "gain": (DIMENSIONS["gain"], np.array(gains)),
        },
        {name: list(labels) for name, labels in COORDINATES.items()},
    )


CORRELATION = ba.measure(
    lambda data: data.correlation,
    "correlation with the activations of the rate model",
    best=1.0,
    limits=(-1.0, 1.0),
)
GAIN = ba.measure(
    lambda data: data.gain, "slope of the spiking on the rate model's activations", best=1.0
)
CLAIMS = (
    ba.Claim(
        "B2f",
        "A recurrent network of mixed signs keeps its function when its weights become synapses.",
        "ours",
        *(
            CORRELATION.at(model="spiking model", activation=a) >= MIN_CORRELATION
            for a in ACTIVATIONS
        ),
        supported="It keeps it: the responses of all units correlate at 0.97 or more, for four "
        "activations",
        refuted="Not for every activation: for one of them the responses correlate at less than "
        "0.97",
    ),
    ba.Claim(
        "B2g",
        "Its loops leave the gain of the responses within a tenth of that of the rate model.",
        "ours",
        *(GAIN.at(activation=a).within(MAX_GAIN_ERROR, of=1.0) for a in ACTIVATIONS),
    ),
    ba.Claim(
        "B2h",
        "The recurrent weights make this function: without them the responses are others.",
        "ours",
        *(
            CORRELATION.at(model="without recurrence", activation=a) <= MIN_CORRELATION
            for a in LOOPED
        ),
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.StudyCurves(
            "correlation",
            along="activation",
            by="model",
            heading="agreement",
            xlabel="activation",
            ylabel="correlation [1]",
            y_lines=(MIN_CORRELATION,),
        ),
        ba.figures.StudyCurves(
            "gain",
            along="activation",
            heading="gain",
            xlabel="activation",
            ylabel="slope [1]",
            ylim=(1 - 1.2 * MAX_GAIN_ERROR, 1 + 1.2 * MAX_GAIN_ERROR),
            y_lines=(1 - MAX_GAIN_ERROR, 1 + MAX_GAIN_ERROR),
        ),
    ),
    "Synapses keep the function of a recurrent network of mixed signs. Left: correlation of the "
    "steady responses of all units with those of the rate network. Right: slope of the spiking on "
    "the rate model's responses. Vertical lines: limits of the claims.",
)


def study() -> ba.Study:
    return ba.Study(
        "recurrent_translation",
        compare_translations,
        DIMENSIONS,
        coordinates=COORDINATES,
        settings=SETTINGS,
        seeds=10,
        question="Does a recurrent network of mixed signs keep its function when its weights "
        "become synapses?",
        source="'How to implement inhibition / negative input in artificial networks?' (AI Stack "
        "Exchange, 2018)",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
