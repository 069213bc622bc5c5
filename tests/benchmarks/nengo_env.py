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
from tests.benchmarks.measure import seconds

#: Made when first asked for, outside the repository.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
FOLDER = CACHE / "bioann-benchmarks" / "nengo"
PYTHON = FOLDER / "bin" / "python"
VERSION = "nengo>=4,<5"
DURATION = 0.5


def missing(*, install: bool) -> str:
    """Say in a sentence what is missing for the comparison; nothing if all is there."""
    if not hasattr(ba, "to_bio"):
        return "this version of bioann has no to_bio"
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError:
        return "scikit-learn is not installed (pip install 'bioann[data]')"
    if _works():
        return ""
    if not install:
        return f"{VERSION} is not installed in {FOLDER}"
    for command in (
        [sys.executable, "-m", "venv", str(FOLDER)],
        [str(PYTHON), "-m", "pip", "install", "--quiet", VERSION],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{VERSION} could not be installed in {FOLDER}: {done.stderr[-300:].strip()}"
    return "" if _works() else f"{VERSION} does not start in {FOLDER}"


def _works() -> bool:
    if not PYTHON.exists():
        return False
    command = [PYTHON, "-c", "import nengo"]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def compare(
    images: int, nengo_images: int, rounds: int
) -> tuple[tuple[float, ...], tuple[float, ...], dict[str, Any]]:
    """Give seconds per image of both sides, in turn, and how many images each got right."""
    network, x, y = _trained()
    # As in Nengo's network, the weighted pixels are injected into the hidden units.
    half, same = ba.to_bio(network, inputs="current", engine=with_bioann.fastest())
    values = np.repeat(x[:images, None], round(DURATION / 1e-3), axis=1)
    stimulus = ba.stimuli.make_stimulus(values, channels=network.channels)
    found: dict[str, Any] = {}

    def run() -> None:
        found["run"] = half.run(stimulus, trials=1, seed=1, engine=with_bioann.fastest())

    run()
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(run) / images)
        theirs.append(_nengo(network, x[:nengo_images], y[:nengo_images], found) / nengo_images)
    from bioann.correspondence import read_responses

    late = (
        read_responses(found["run"], same, "bio").sel(time=slice(0.2, None)).mean(["trial", "time"])
    )
    outputs = list(network.outputs)
    chosen = late.sel(match=outputs).values.argmax(axis=1)
    extra = {
        "right_ours": float((chosen == y[:images]).mean()),
        "right_theirs": found["right"],
        "right_ann": float((network.predict(x).argmax(axis=1) == y).mean()),
        "images_ours": images,
        "images_theirs": nengo_images,
    }
    return tuple(ours), tuple(theirs), extra


def _trained() -> tuple[ba.LayeredNetwork, np.ndarray, np.ndarray]:
    """Train 64-48-10 on digits, and keep 360 images that it has not seen."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    x, unseen, y, answers = train_test_split(x / 16, y, test_size=360, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((48,), max_iter=200, random_state=1).fit(x, y)
    layers = tuple(
        ba.layers.Dense(w.T, b, phi)
        for w, b, phi in zip(model.coefs_, model.intercepts_, ("relu", "linear"), strict=True)
    )
    return ba.LayeredNetwork(layers), unseen, answers


def _nengo(
    network: ba.LayeredNetwork, x: np.ndarray, y: np.ndarray, found: dict[str, Any]
) -> float:
    """Run the same network in Nengo's environment; seconds of its simulation alone."""
    arrays = {f"W{k}": layer.W for k, layer in enumerate(network.layers)}
    arrays |= {f"b{k}": layer.bias for k, layer in enumerate(network.layers)}
    path = FOLDER / "digits.npz"
    np.savez(path, x=x, **arrays)
    script = Path(__file__).with_name("nengo_side.py")
    command = [str(PYTHON), str(script), str(path), str(DURATION)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Nengo: {done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    found["right"] = float((np.array(said["chosen"]) == y).mean())
    return float(said["seconds"])
