"""The conversions that `analyses/peers.py` compares: other libraries, published recipes, bioann."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.digits_networks import make_digit_stimulus
from bioann.analyses.digits_translation import N_CALIBRATION
from bioann.analyses.integrate_and_fire import (
    RECIPES,
    balance_layers,
    list_layer_matrices,
    simulate_layers,
)
from bioann.analyses.peers_environments import (
    PeerEnvironment,
    prepare_environment,
    run_in_environment,
)
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.models.digits import TIME_STEP
from bioann.translate.explain.decisions_over_time import choose_over_time

#: Steps of 1 ms after which decisions are read; the last one is the end of a presentation.
STEPS = (10, 20, 50, 100, 200, 500)
#: Largest difference of outputs at which a library has read the network as it is.
MAX_LOGIT_ERROR = 1e-3

TORCH = (("torch>=2,<2.14",),)
ENVIRONMENTS = {
    "SpikingJelly": PeerEnvironment(
        "spikingjelly", "torch", (*TORCH, ("spikingjelly==2.0.0",)),
        "spikingjelly.activation_based.ann2snn", "peers_torch_side.py",
    ),
    "sinabs": PeerEnvironment(
        "sinabs", "torch", (*TORCH, ("sinabs==3.1.3",)), "sinabs.from_torch", "peers_torch_side.py"
    ),
    # The last release of NengoDL is older than Keras 3, which newer releases of TensorFlow have.
    "NengoDL": PeerEnvironment(
        "nengo-dl", "nengo", (("nengo-dl==3.6.0", "tensorflow==2.12.*"),), "nengo_dl",
        "peers_nengo_side.py",
    ),
}  # fmt: skip
#: Libraries that cannot take part, and why.
WITHOUT_CONVERTER = {
    "snnTorch": "snnTorch 1.0.0 trains spiking networks and exchanges them as NIR; it has no "
    "conversion of a trained network with continuous activations"
}
#: Options `inputs` of `bioann.to_bio`, by the name of the conversion.
BIOANN_INPUTS = {"bioann, pixels as spikes": "rate", "bioann, pixels as currents": "current"}
CONVERTERS = (*ENVIRONMENTS, *WITHOUT_CONVERTER, *RECIPES, *BIOANN_INPUTS)


@dataclasses.dataclass(frozen=True)
class Conversion:
    """Decisions of one converted network on every held-out image.

    Attributes
    ----------
    converter, kind : str
        What converted it, with the version of a library; kind of network.
    correct : numpy.ndarray of bool, shape (image,)
        Whether the decision at the end of the presentation is the true digit.
    lost : numpy.ndarray, shape (image,)
        1 if the trained network is right and the converted one is not, -1 the other way round.
    equal : numpy.ndarray of bool, shape (step, image)
        Whether the decision after each of `STEPS` is that of the trained network.
    hidden_spikes, spikes : float
        Spikes per image, of the hidden neurons and of all neurons.
    conversion_s : float
        Wall time of the conversion with its calibration, in seconds.
    run_s : float
        Wall time of the run per image, in seconds.
    """

    converter: str
    kind: str
    correct: np.ndarray
    lost: np.ndarray
    equal: np.ndarray
    hidden_spikes: float
    spikes: float
    conversion_s: float
    run_s: float


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A trained network, and the images for its conversions.

    Attributes
    ----------
    kind : str
        Kind of network, ``"dense"`` or ``"convolutional"``.
    seed : int
        Seed of training and conversions.
    network : LayeredNetwork
        The trained network, with one hidden layer of ReLU units and linear outputs.
    training, held_out : xarray.Dataset
        Images and digits.
    """

    kind: str
    seed: int
    network: ba.LayeredNetwork
    training: xr.Dataset
    held_out: xr.Dataset

    @property
    def calibration(self) -> xr.Dataset:
        """Training images that calibrate each conversion, a random sample."""
        order = make_rng(self.seed, "digits", "calibration").permutation(
            self.training.sizes["sample"]
        )
        return self.training.isel(sample=order[:N_CALIBRATION])

    def record(
        self, converter: str, choices: np.ndarray, hidden_spikes: float, spikes: float,
        conversion_s: float, run_s: float,
    ) -> Conversion:  # fmt: skip
        """Compare choices, shape (step, image), with the digits and the trained network."""
        labels = self.held_out.target.values.astype(int)
        ann = self.network.predict(self.held_out.input.values).argmax(axis=1)
        correct = choices[-1] == labels
        lost = (ann == labels).astype(float) - correct
        run_s = run_s / len(labels)
        return Conversion(
            converter, self.kind, correct, lost, choices == ann, hidden_spikes, spikes,
            conversion_s, run_s,
        )  # fmt: skip


def convert_with_library(library: str, classifier: Classifier) -> Conversion | str:
    """Run a library in its environment; return why it failed if it did."""
    first, output = (layer for layer in classifier.network.layers if hasattr(layer, "bias"))
    kernel = first.kernel if isinstance(first, ba.layers.Conv2d) else first.W  # type: ignore[attr-defined]
    images = classifier.held_out.input.values
    arrays = {
        "W1": kernel, "b1": first.bias, "W2": output.W, "b2": output.bias, "x": images,  # type: ignore[attr-defined]
        "calibration": classifier.calibration.input.values, "steps": np.array(STEPS),
        "logits": classifier.network.predict(images),
    }  # fmt: skip
    result, error = run_in_environment(ENVIRONMENTS[library], arrays)
    if error:
        return f"it failed on the {classifier.kind} network: {error}"
    if not result["logit_error"] <= MAX_LOGIT_ERROR:
        return (
            f"its copy of the {classifier.kind} network differs from the trained one by "
            f"{result['logit_error']:.2g} before the conversion"
        )
    choices, spikes = np.array(result["choices"]), result["spikes"]
    name = f"{library} {result['version']}"
    # Inputs and outputs of the libraries are numbers: only hidden neurons fire.
    return classifier.record(name, choices, spikes, spikes, result["conversion_s"], result["run_s"])


def convert_with_recipe(name: str, classifier: Classifier) -> Conversion:
    """Balance weights by a published recipe, and simulate the integrate-and-fire neurons."""
    recipe, start = RECIPES[name], time.perf_counter()
    layers = list_layer_matrices(classifier.network.to_rate_network(), 10)
    pixels, images = (
        data.input.values.reshape(-1, 64) for data in (classifier.training, classifier.held_out)
    )
    balanced = balance_layers(layers, pixels, recipe.percentile)
    converted = time.perf_counter()
    rng = make_rng(classifier.seed, "peers", name)
    outputs = simulate_layers(balanced, images, STEPS, recipe, rng)
    return classifier.record(
        name, outputs.choices, outputs.hidden_spikes[-1], outputs.spikes[-1], converted - start,
        time.perf_counter() - converted,
    )  # fmt: skip


def convert_with_bioann(name: str, classifier: Classifier, engine: str) -> Conversion:
    """Translate to conductance-based neurons of one transmitter each, calibrated."""
    start, seed = time.perf_counter(), classifier.seed
    rate_network = classifier.network.to_rate_network()
    translation = ba.to_bio(
        rate_network, inputs=BIOANN_INPUTS[name], seed=seed, engine=engine, dt=TIME_STEP,
        calibration=make_digit_stimulus(classifier.calibration),
    )  # fmt: skip
    converted = time.perf_counter()
    images = make_digit_stimulus(classifier.held_out)
    recording = translation.network.run(images, trials=1, seed=seed, engine=engine)
    seconds = time.perf_counter() - converted
    outputs = translation.correspondence.keep_matches(*rate_network.units[-10:])
    times, choices = choose_over_time(read_responses(recording, outputs, "bio").isel(trial=0))
    indices = [int(np.argmin(abs(times - step * 1e-3))) for step in STEPS]
    # Populations are called after the layers, and the first and the last layer are not hidden.
    units = recording.unit.values[recording.spike_unit.values]
    is_hidden = ~np.char.startswith(units.astype(str), ("input_",)) & ~np.char.startswith(
        units.astype(str), "digit_"
    )
    n_images = images.sizes["condition"]
    return classifier.record(
        name, choices[indices], is_hidden.sum() / n_images, len(units) / n_images,
        converted - start, seconds,
    )  # fmt: skip


def convert_all(
    classifiers: list[Classifier], converters: tuple[str, ...], *, install: bool, engine: str,
    report_progress: Callable[[str], None],
) -> tuple[list[Conversion], dict[str, str]]:  # fmt: skip
    """Convert all classifiers in all ways.

    Parameters
    ----------
    classifiers : list of Classifier
        Trained networks.
    converters : tuple of str
        Names from `CONVERTERS`.
    install : bool
        Whether libraries that are missing may be installed.
    engine : str
        Engine of bioann's spiking model.
    report_progress : callable
        Called with a line of text before each converter.

    Returns
    -------
    conversions : list of Conversion
        One for each converter and classifier.
    reasons : dict of str to str
        Why a converter is missing, by its name.
    """
    conversions: list[Conversion] = []
    reasons: dict[str, str] = {}
    for name in converters:
        report_progress(name)
        reason = WITHOUT_CONVERTER.get(name, "")
        if name in ENVIRONMENTS:
            reason = prepare_environment(ENVIRONMENTS[name], install=install)
        results: list[Conversion] = []
        for classifier in classifiers if not reason else ():
            result = _convert(name, classifier, engine)
            if isinstance(result, str):
                reason = result
                break
            results.append(result)
        if reason:
            reasons[name] = reason
        else:
            conversions += results
    return conversions, reasons


def _convert(name: str, classifier: Classifier, engine: str) -> Conversion | str:
    if name in ENVIRONMENTS:
        return convert_with_library(name, classifier)
    if name in RECIPES:
        return convert_with_recipe(name, classifier)
    return convert_with_bioann(name, classifier, engine)
