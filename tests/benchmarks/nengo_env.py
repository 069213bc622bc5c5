"""The comparison with Nengo, which has an environment of its own: it is not free for all uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import bioann as ba
from tests.benchmarks import with_bioann
from tests.benchmarks.measure import time_call

#: Made when first asked for, outside the repository.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
FOLDER = CACHE / "bioann-benchmarks" / "nengo"
PYTHON = FOLDER / "bin" / "python"
VERSION = "nengo>=4,<5"
DURATION = 0.5


def describe_missing(*, install: bool) -> str:
    """Say in a sentence what is missing for the comparison; nothing if all is there."""
    if not hasattr(ba, "to_bio"):
        return "this version of bioann has no to_bio"
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError:
        return "scikit-learn is not installed (pip install 'bioann[data]')"
    if _nengo_starts():
        return ""
    if not install:
        return f"{VERSION} is not installed in {FOLDER}"
    for command in (
        [sys.executable, "-m", "venv", str(FOLDER)],
        [str(PYTHON), "-m", "pip", "install", "--quiet", VERSION],
    ):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            return f"{VERSION} could not be installed in {FOLDER}: {result.stderr[-300:].strip()}"
    return "" if _nengo_starts() else f"{VERSION} does not start in {FOLDER}"


def _nengo_starts() -> bool:
    if not PYTHON.exists():
        return False
    command = [PYTHON, "-c", "import nengo"]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def compare_classifiers(
    images: int, nengo_images: int, rounds: int
) -> tuple[tuple[float, ...], tuple[float, ...], dict[str, Any]]:
    """Give seconds per image of both sides, in turn, and how many images each got right."""
    network, x, y = _train_classifier()
    # As in Nengo's network, the weighted pixels are injected into the hidden units.
    engine = with_bioann.choose_fastest_engine()
    spiking_network, correspondence = ba.to_bio(network, inputs="current", engine=engine)
    values = np.repeat(x[:images, None], round(DURATION / 1e-3), axis=1)
    stimulus = ba.stimuli.make_stimulus(values, channels=network.channels)
    results: dict[str, Any] = {}

    def run() -> None:
        results["run"] = spiking_network.run(stimulus, trials=1, seed=1, engine=engine)

    run()
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(time_call(run) / images)
        seconds = _run_nengo(network, x[:nengo_images], y[:nengo_images], results)
        theirs.append(seconds / nengo_images)
    from bioann.correspondence import read_responses

    rates = read_responses(results["run"], correspondence, "bio")
    rates = rates.sel(time=slice(0.2, None)).mean(["trial", "time"])
    outputs = list(network.outputs)
    choices = rates.sel(match=outputs).values.argmax(axis=1)
    extra = {
        "right_ours": float((choices == y[:images]).mean()),
        "right_theirs": results["right"],
        "right_ann": float((network.predict(x).argmax(axis=1) == y).mean()),
        "images_ours": images,
        "images_theirs": nengo_images,
    }
    return tuple(ours), tuple(theirs), extra


def _train_classifier() -> tuple[ba.LayeredNetwork, np.ndarray, np.ndarray]:
    """Train 64-48-10 on digits, and keep 360 images that it has not seen."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    x, held_out, y, labels = train_test_split(x / 16, y, test_size=360, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier = MLPClassifier((48,), max_iter=200, random_state=1).fit(x, y)
    layers = tuple(
        ba.layers.Dense(w.T, b, phi)
        for w, b, phi in zip(
            classifier.coefs_, classifier.intercepts_, ("relu", "linear"), strict=True
        )
    )
    return ba.LayeredNetwork(layers), held_out, labels


def _run_nengo(
    network: ba.LayeredNetwork, x: np.ndarray, y: np.ndarray, results: dict[str, Any]
) -> float:
    """Run the same network in Nengo's environment; seconds of its simulation alone."""
    arrays = {f"W{k}": layer.W for k, layer in enumerate(network.layers)}
    arrays |= {f"b{k}": layer.bias for k, layer in enumerate(network.layers)}
    path = FOLDER / "digits.npz"
    np.savez(path, x=x, **arrays)
    script = Path(__file__).with_name("nengo_side.py")
    command = [str(PYTHON), str(script), str(path), str(DURATION)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"Nengo: {result.stderr[-2000:]}")
    output = json.loads(result.stdout.splitlines()[-1])
    results["right"] = float((np.array(output["chosen"]) == y).mean())
    return float(output["seconds"])
