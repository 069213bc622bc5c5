"""Feedforward inhibition: are interneurons that subtract or divide the same as signed weights?

Networks with separate excitatory and inhibitory units have no negative weights from their inputs:
interneurons with the same inputs subtract from the excitatory units, and divide (Cornford et al.
2021). Spiking model: excitatory cells driven by fibres x, and interneurons driven by fibres y and a
background, which keeps them firing. They inhibit `subtracted` through GABA_A receptors that pull to
-80 mV, and `shunted` through receptors that pull to rest. Rate model: a unit for each population;
the interneurons subtract from one unit and divide the other. Its numbers were chosen by hand on
other samples of the noise (seed 7).

Linear interneurons that subtract are signed weights: W_EE x - W_EI W_IE x = W x. Units that are
divided respond equally on lines x - c y = const of different slopes c, so that no signed sum
orders their responses.
"""

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann import metrics
from bioann.base.randomness import make_rng
from bioann.claims.sources import OURS, Source

SCALE_HZ = 50
LEVELS = {"x": np.linspace(0, 1.2, 25), "y": np.array([0.0, 0.5, 1.0])}
#: Weight and reversal potential of the synapses from the interneurons.
CELLS = {"subtracted": (0.5 * nS, -80 * mV), "shunted": (1.0 * nS, -65 * mV)}
#: From this gain on inhibition subtracts and below it divides, as in `inhibition_modes`.
LEAST_GAIN_OF_SUBTRACTION = 0.85
#: In activation: 2.5 Hz.
NO_CHANGE = 0.05
#: Candidate weights of y relative to x, of which the best is taken.
RATIOS = np.linspace(-1, 0, 101)


def draw_layer(
    n_interneurons: int, *, shunting: bool
) -> tuple[ba.layers.ExcitatoryInhibitory, np.ndarray]:
    """Draw a layer of 6 units and the inputs of 50 samples, all magnitudes."""
    rng = make_rng(1, "feedforward inhibition", n_interneurons)
    shapes = ((6, 8), (n_interneurons, 8), (6, n_interneurons))
    W_EE, W_IE, W_EI = (rng.exponential(0.3, shape) for shape in shapes)
    layer = ba.layers.ExcitatoryInhibitory(W_EE, W_IE, W_EI, activation="linear", shunting=shunting)
    return layer, rng.uniform(0, 1, (50, 8))


def run_layer(layer: ba.layers.Layer, inputs: np.ndarray) -> np.ndarray:
    return np.asarray(ba.LayeredNetwork((layer,)).predict(inputs))


def compare_with_signed(layer: ba.layers.Layer, W: np.ndarray, inputs: np.ndarray) -> float:
    """Return the largest difference between a layer and one with the signed weights W."""
    signed = ba.layers.Dense(W, activation="linear")
    return float(abs(run_layer(layer, inputs) - run_layer(signed, inputs)).max())


def compute_signed_error() -> float:
    layer, inputs = draw_layer(3, shunting=False)
    return compare_with_signed(layer, layer.W_EE - layer.W_EI @ layer.W_IE, inputs)


def compute_error_of_any_weights() -> float:
    """Return the difference between signed weights and an interneuron for each input."""
    W = make_rng(2, "feedforward inhibition").normal(size=(6, 8))
    magnitudes = np.maximum(W, 0), np.eye(8), np.maximum(-W, 0)
    layer = ba.layers.ExcitatoryInhibitory(*magnitudes, activation="linear", shunting=False)
    return compare_with_signed(layer, W, draw_layer(8, shunting=False)[1])


def compute_scale_dependence() -> float:
    """Return the largest change of a divided layer's outputs when all inputs double."""
    layer, inputs = draw_layer(3, shunting=True)
    return float(abs(run_layer(layer, 2 * inputs) - run_layer(layer, inputs)).max())


def compute_best_error(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the RMSE of the best non-decreasing function of x + k y, at the best ratio k."""
    x, y = (stimulus.sel(channel=name).drop_vars("channel") for name in "xy")
    explained = [ba.metrics.monotone_r2(response, x + k * y, stimulus) for k in RATIOS]
    unexplained = 1 - xr.concat(explained, dim="ratio").max("ratio")
    return (unexplained.clip(0) * response.var("condition")) ** 0.5


SIGNED_ERROR, ERROR_OF_ANY_WEIGHTS, SCALE_DEPENDENCE = (
    ba.measure(function, name, best=0.0).of()
    for function, name in (
        (compute_signed_error, "largest difference of interneurons and W_EE - W_EI W_IE"),
        (compute_error_of_any_weights, "largest difference of signed weights and interneurons"),
        (compute_scale_dependence, "largest change of a divided layer when all inputs double"),
    )
)
DROP = ba.measure(
    metrics.Contrast({"x": 1.0, "y": 0.0}, {"x": 1.0, "y": 1.0}, match="subtracted"),
    "drop of the rate by the interneurons, subtracted",
)
CURVES = {(cell, y): metrics.ResponseCurve(cell, {"y": y}) for cell in CELLS for y in (0.0, 1.0)}
GAINS = {
    cell: ba.measure(
        metrics.CurveShift(CURVES[cell, 1.0], CURVES[cell, 0.0], "x", 0.2, 2.0),
        f"gain of x under inhibition, {cell}",
    )
    for cell in CELLS
}
ERRORS = {
    cell: ba.measure(
        metrics.OfMatch(compute_best_error, cell), f"RMSE of the best signed sum, {cell}", best=0
    )
    for cell in CELLS
}
DOUBLED = ba.measure(
    metrics.Contrast({"x": 1.2, "y": 1.0}, {"x": 0.6, "y": 0.5}, match="shunted"),
    "change of the rate when both inputs double, shunted",
)
FOLLOWING = Source("ours", detail="after Cornford et al. 2021")
CLAIMS = (
    Source("Cornford et al. 2021").claim(
        "B2n",
        "Interneurons that subtract are signed weights, W_EE - W_EI W_IE, and with an interneuron "
        "for each input they are any signed weights.",
        SIGNED_ERROR <= 1e-12,
        ERROR_OF_ANY_WEIGHTS <= 1e-12,
    ),
    FOLLOWING.claim(
        "B2o",
        "Interneurons that pull the cell below rest subtract: they shift its response and keep "
        "its gain.",
        DROP.of_each() >= 2 * NO_CHANGE,
        GAINS["subtracted"].of_each() >= LEAST_GAIN_OF_SUBTRACTION,
    ),
    FOLLOWING.claim(
        "B2p",
        "Interneurons that divide are no signed weights: those shift the response to another "
        "input, and these lower its gain.",
        GAINS["subtracted"].of("ann").within(0.01, of=1.0),
        ERRORS["subtracted"].of("ann") <= NO_CHANGE,
        GAINS["shunted"].of("ann") <= LEAST_GAIN_OF_SUBTRACTION,
        ERRORS["shunted"].of("ann") >= NO_CHANGE,
    ),
    FOLLOWING.claim(
        "B2q",
        "Interneurons that shunt a spiking cell divide: the gain of its rate falls below 0.85.",
        GAINS["shunted"].of("bio") <= LEAST_GAIN_OF_SUBTRACTION,
        supported="Not in spiking cells: a shunt by interneurons divides their rate, as no signed "
        "weight does",
        refuted="In spiking cells, yes: even a shunt by interneurons shifts the response, as a "
        "negative weight does",
    ),
    OURS.claim(
        "B2r",
        "Signed weights describe a spiking cell with interneurons to 2.5 Hz, whether these pull it "
        "below rest or shunt it.",
        *(ERRORS[cell].of("bio") <= NO_CHANGE for cell in CELLS),
    ),
    FOLLOWING.claim(
        "B2s",
        "Interneurons that divide make the response independent of the scale of all inputs: that "
        "of a layer does not change, and that of a spiking cell by less than 2.5 Hz.",
        SCALE_DEPENDENCE <= 1e-6,  # the divisor of the layer has 1e-8 added
        DOUBLED.of("bio").between(-NO_CHANGE, NO_CHANGE),
    ),
)
FIGURE = ba.figures.ResponseCurves(
    "x",
    curves={f"{cell}, y = {y:g}": curve for (cell, y), curve in CURVES.items()},
    has_model_panels=True,
    xlabel="input x of the excitatory cells [activation]",
    ylabel="rate [Hz]",
    y_scale=SCALE_HZ,
    message="In spiking cells the interneurons shift the response to x, also where they shunt; a "
    "unit that they divide responds with a lower gain.",
)


def build_circuit() -> ba.SpikingNetwork:
    fibres = {"fibres": 100, "rate": 50 * Hz}
    return ba.SpikingNetwork.of_members(
        *(ba.Population(name, 20, "glutamate") for name in CELLS),
        # Above threshold at y = 0: interneurons that are silent there have no weight.
        ba.Population("interneurons", 20, "GABA", background=3.6 * nS),
        *(ba.Afferent("x", name, 0.4 * nS, **fibres) for name in CELLS),
        ba.Afferent("y", "interneurons", 0.1 * nS, **fibres),
        *(
            ba.Projection(
                "interneurons", name, weight, ba.receptors.GABA_A(reversal=E), delay=1 * ms
            )
            for name, (weight, E) in CELLS.items()
        ),
    )


def pair() -> ba.Pair:
    ann = ba.RateNetwork(
        units=(*CELLS, "interneurons"),
        channels=("x", "y"),
        W={"subtracted": {"interneurons": -1.05}},
        divisive=[[0, 0, 0], [0, 0, 0.8], [0, 0, 0]],
        W_in={"subtracted": {"x": 4.0}, "shunted": {"x": 6.8}, "interneurons": {"y": 1.1}},
        bias={"subtracted": -0.95, "shunted": -2.7, "interneurons": 0.7},
        tau=10 * ms,
        activation={name: ba.activations.Softplus(0.05) for name in CELLS},
    )
    return ba.Pair(
        "feedforward_inhibition",
        build_circuit(),
        ann,
        ba.Correspondence.of_names(*CELLS, "interneurons", scale=SCALE_HZ * Hz),
        question="Are interneurons that subtract or divide the same as signed weights?",
        source="Cornford et al. 2021 (Learning to live with Dale's principle)",
        stimulus=ba.steps(ba.stimuli.cross_levels(LEVELS), duration=600 * ms),
        settle=100 * ms,
        margin=ba.Margin(NO_CHANGE, "2.5 Hz, a twentieth of the rate at activation 1"),
        figures=(FIGURE,),
        claims=CLAIMS,
    )
