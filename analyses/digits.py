"""Does a classifier of digits keep its answers when its weights become synapses?

Trains ReLU classifiers of scikit-learn's digits (64-48-10, and a small convolutional one) for
several seeds, writes each as a conductance network with a glutamatergic and a GABAergic neuron a
unit, and shows both the same held-out images for 0.5 s. Gains are calibrated on images of the
training set. Needs the extras ``train`` and ``data``. Usage::

    python analyses/digits.py --out reports --seeds 5 --json
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import click
import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.analyses.command import Listed, analysis, finish
from bioann.analyses.digits_report import document
from bioann.ann.init import He
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.training.options import TrainingOptions
from bioann.base.files import write_atomically
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.models.digits import PIXELS, SHOWN, STEP, classifier
from bioann.translate.to_bio.to_bio import transfers_of

#: Images that no training and no calibration sees; images of the training set that calibrate.
KINDS = ("dense", "convolutional")
HELD_OUT, CALIBRATION = 360, 100
#: Decisions are read from the mean rate over the last part of the presentation.
SETTLE = 0.2


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One network, one seed: what both halves said of every held-out image.

    Attributes
    ----------
    kind : str
        ``"dense"`` or ``"convolutional"``.
    seed : int
        Of the training.
    labels, ann, bio : numpy.ndarray, shape (image,)
        True class, and both halves' choices.
    course : numpy.ndarray, shape (time, image)
        The choice that biology would make if it had to at the end of each bin.
    times : numpy.ndarray, shape (time,)
        Ends of the bins in seconds.
    spikes : float
        Spikes of all neurons per image.
    neurons, synapses : int
        Of the biological half.
    moved : int or None
        Choices that change with half the time step; None where it was not rerun.
    misses : tuple of (int, str)
        Image and diagnosis of each disagreement.
    seconds : float
        Wall time of translation and run.
    """

    kind: str
    seed: int
    labels: np.ndarray
    ann: np.ndarray
    bio: np.ndarray
    course: np.ndarray
    times: np.ndarray
    spikes: float
    neurons: int
    synapses: int
    moved: int | None
    misses: tuple[tuple[int, str], ...]
    seconds: float


def networks(kind: str) -> ba.LayeredNetwork:
    """Make an untrained network: ``"dense"`` is 64-48-10."""
    layers: tuple[Layer, ...]
    if kind == "dense":
        layers = (Flatten(), Dense.of_size(64, 48), Dense.of_size(48, 10, "linear"))
        names = ("flat", "hidden", "digit")
    else:
        convolution = Conv2d.of_size(1, 8, 3, stride=2, padding=1)
        layers = (convolution, Flatten(), Dense.of_size(128, 10, "linear"))
        names = ("conv", "flat", "digit")
    return ba.LayeredNetwork(layers, shape=(1, 8, 8), names=names, channels=PIXELS)


def data() -> tuple[xr.Dataset, xr.Dataset]:
    """Give the images for training and the held-out ones, the same for all seeds."""
    whole = ba.tasks.digits()
    order = make_rng(0, "digits", "held out").permutation(whole.sizes["sample"])
    return whole.isel(sample=order[HELD_OUT:]), whole.isel(sample=order[:HELD_OUT])


def stimulus(part: xr.Dataset) -> xr.DataArray:
    """Show each image of a set for `SHOWN`."""
    return ba.stimuli.images(part.input.values.reshape(-1, 8, 8), duration=SHOWN)


def outcome(
    kind: str,
    seed: int,
    layered: ba.LayeredNetwork,
    training: xr.Dataset,
    held_out: xr.Dataset,
    *,
    engine: str,
    audit: bool,
) -> Outcome:
    """Translate one trained network, and show both halves the held-out images."""
    began = time.perf_counter()
    ann = layered.to_rate_network()
    some = make_rng(seed, "digits", "calibration").permutation(training.sizes["sample"])
    shown = stimulus(training.isel(sample=some[:CALIBRATION]))
    made = ba.to_bio(ann, inputs="rate", calibration=shown, seed=seed, engine=engine, dt=STEP)
    same = made.correspondence.keep_matches(*ann.units[-10:])
    images = stimulus(held_out)
    asked = {"trials": 1, "seed": seed, "engine": engine}
    recorded = made.network.run(images, **asked)
    fine = made.network.rerun_at_half_step(images, **asked) if audit else None
    rates = read_responses(recorded, same, "bio").isel(trial=0)
    bio = rates.sel(time=slice(SETTLE, None)).mean("time").values.argmax(axis=1)
    exact = layered.predict(held_out.input.values).argmax(axis=1)
    moved = None
    if fine is not None:
        late = (
            read_responses(fine, same, "bio").sel(time=slice(SETTLE, None)).mean(["time", "trial"])
        )
        moved = int((late.values.argmax(axis=1) != bio).sum())
    wrong = np.flatnonzero(bio != exact)
    logits = layered.predict(held_out.input.values)
    mean = rates.sel(time=slice(SETTLE, None)).mean("time").values
    told = {}
    for i in map(int, wrong[:2]):
        table = ba.diagnose(
            made, ann, recorded, images, settle=SETTLE * 1e3 * ms, conditions=[i], audit=fine
        )
        told[i] = said(table, logits[i], mean[i])
    # The last 60% of what has been seen so far, as for the whole presentation.
    width = float(rates.time[0]) * 2
    until = np.arange(5, rates.sizes["time"] + 1)
    course = [rates.values[:, int(0.4 * k) : k].mean(axis=1).argmax(axis=1) for k in until]
    value = {d.what: d.value for d in made.decisions}
    return Outcome(
        kind=kind,
        seed=seed,
        labels=held_out.target.values.astype(int),
        ann=exact,
        bio=bio,
        course=np.array(course),
        times=until * width,
        spikes=recorded.sizes["spike"] / images.sizes["condition"],
        neurons=int(float(value["neurons"])),
        synapses=int(float(value["synapses"])),
        moved=moved,
        misses=tuple((int(i), told.get(int(i), "")) for i in wrong),
        seconds=time.perf_counter() - began,
    )


def said(table: pd.DataFrame, ann: np.ndarray, bio: np.ndarray) -> str:
    """Put a diagnosis into words, and how near the two answers were in either half."""
    one, other = int(ann.argmax()), int(bio.argmax())
    margin = (
        f"{one} over {other} by {ann[one] - ann[other]:.2g} in the ANN (outputs span "
        f"{np.ptp(ann):.2g}), {other} over {one} by {bio[other] - bio[one]:.2g} in biology"
    )
    causes = [f"{row.layer}: {row.cause} ({row.evidence})" for row in table.itertuples()]
    return "; ".join([margin, *(causes or ["every unit within 5% of what it should answer"])])


def interval(values: np.ndarray, seed: int = 0, draws: int = 2000) -> tuple[float, float, float]:
    """Give a mean over seeds and images, and its 95% interval by resampling both.

    Parameters
    ----------
    values : numpy.ndarray, shape (seed, image)
        Zeros and ones.
    seed, draws : int, optional
        Of the resampling.

    Returns
    -------
    mean, low, high : float
    """
    rng = make_rng(seed, "digits", "interval")
    seeds, images = values.shape
    found = [
        values[np.ix_(rng.integers(0, seeds, seeds), rng.integers(0, images, images))].mean()
        for _ in range(draws)
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """Put one kind of network into numbers: means over seeds with 95% intervals."""
    labels = outcomes[0].labels
    ann, bio = (np.array([getattr(o, half) for o in outcomes]) for half in ("ann", "bio"))
    found: dict[str, float] = {}
    for name, right in (
        ("ann_accuracy", ann == labels),
        ("bio_accuracy", bio == labels),
        ("agreement", bio == ann),
    ):
        mean, low, high = interval(right.astype(float))
        found |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    found["loss_points"] = 100 * (found["ann_accuracy"] - found["bio_accuracy"])
    found["spikes_per_image"] = float(np.mean([o.spikes for o in outcomes]))
    return found


def trained(kind: str, seeds: int) -> tuple[ba.LayeredNetwork, ...]:
    """Train a network for each seed, the same images for all."""
    recipe = TrainingOptions(epochs=60, batch=32, rate=2e-3, decay=1e-2, initialisation=He())
    found = ba.train(networks(kind), data()[0], recipe, seeds=range(seeds), progress=False)
    return found.networks


def ship(path: Path, layered: ba.LayeredNetwork, engine: str) -> None:
    """Write what the pair `digits` is made from: weights, images and the calibration."""
    training, held_out = data()
    dense = [layer for layer in layered.layers if isinstance(layer, Dense)]
    told: dict[str, object] = {"command": "python analyses/digits.py --seeds 1 --ship " + str(path)}
    for k, layer in enumerate(dense, start=1):
        told |= {f"W{k}": layer.W.round(4).tolist(), f"b{k}": layer.bias.round(4).tolist()}
    one_of_each = [int(np.flatnonzero(held_out.target.values == c)[0]) for c in range(10)]
    some = make_rng(0, "digits", "shipped").permutation(training.sizes["sample"])[:64]
    for name, part in (("calibration", training.isel(sample=some)),
                       ("shown", held_out.isel(sample=one_of_each))):  # fmt: skip
        told[name] = (part.input.values[:, 0] * 16).round().astype(int).tolist()
    told["labels"] = list(range(10))
    network = classifier(told)
    shown = stimulus(training.isel(sample=some))
    made = ba.to_bio(network, inputs="rate", calibration=shown, engine=engine, dt=STEP)
    told["transfers"] = {
        name: [round(v, 4) for v in pair] for name, pair in transfers_of(made).items()
    }
    with write_atomically(path) as (temporary,):
        temporary.write_text(json.dumps(told) + "\n", encoding="utf-8")


def run(seeds: int, engine: str, kinds: tuple[str, ...]) -> dict[str, list[Outcome]]:
    """Train, translate and show, for each kind of network and seed."""
    training, held_out = data()
    found = {}
    for kind in kinds:
        found[kind] = [
            outcome(kind, seed, network, training, held_out, engine=engine, audit=seed == 0)
            for seed, network in enumerate(trained(kind, seeds))
        ]
    return found


@analysis(__doc__, "python analyses/digits.py --seeds 2")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--kinds", type=Listed(click.Choice(KINDS)), default=KINDS, help="Networks.")
@click.option("--ship", "to", type=Path, help="Write what the pair is made from, and stop.")
def main(
    out: Path, seeds: int, engine: str, kinds: tuple[str, ...], to: Path | None, as_json: bool
) -> None:
    """Run, write the report, and say what came out."""
    if to is not None:
        ship(to, trained("dense", 1)[0], engine)
        return
    outcomes = run(seeds, engine, kinds)
    told = {kind: summary(each) for kind, each in outcomes.items()}
    _, held_out = data()
    report = document(outcomes, told, held_out.input.values[:, 0], seeds)
    first = next(iter(told.values()))
    result = {**first, "images": HELD_OUT, "seeds": seeds, "networks": told}
    said = tuple(
        f"{kind}: ANN {numbers['ann_accuracy']:.1%}, biology {numbers['bio_accuracy']:.1%}, "
        f"agreement {numbers['agreement']:.1%}"
        for kind, numbers in told.items()
    )
    finish(report, out, "digits_translation", result, as_json=as_json, said=said)


if __name__ == "__main__":
    main()
