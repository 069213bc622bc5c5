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
from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.analyses.digits_report import build_digits_report
from bioann.ann.init import He
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.training.options import TrainingOptions
from bioann.base.files import write_atomically
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.models.digits import IMAGE_DURATION, PIXELS, TIME_STEP, build_classifier
from bioann.translate.to_bio.to_bio import transfers_of

#: Images that no training and no calibration sees; images of the training set that calibrate.
KINDS = ("dense", "convolutional")
N_HELD_OUT, N_CALIBRATION = 360, 100
#: Decisions are read from the mean rate over the last part of the presentation.
SETTLE_S = 0.2


@dataclasses.dataclass(frozen=True)
class DigitsResult:
    """One network, one seed: what both models said of every held-out image.

    Attributes
    ----------
    kind : str
        ``"dense"`` or ``"convolutional"``.
    seed : int
        Of the training.
    labels, ann, bio : numpy.ndarray, shape (image,)
        True class, and both models' choices.
    choices_over_time : numpy.ndarray, shape (time, image)
        The choice that biology would make if it had to at the end of each bin.
    times : numpy.ndarray, shape (time,)
        Ends of the bins in seconds.
    spikes : float
        Spikes of all neurons per image.
    neurons, synapses : int
        Of the spiking model.
    n_changed : int or None
        Choices that change with half the time step; None where it was not rerun.
    disagreements : tuple of (int, str)
        Image and diagnosis of each disagreement.
    seconds : float
        Wall time of translation and run.
    """

    kind: str
    seed: int
    labels: np.ndarray
    ann: np.ndarray
    bio: np.ndarray
    choices_over_time: np.ndarray
    times: np.ndarray
    spikes: float
    neurons: int
    synapses: int
    n_changed: int | None
    disagreements: tuple[tuple[int, str], ...]
    seconds: float


def build_untrained_network(kind: str) -> ba.LayeredNetwork:
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


def load_digit_sets() -> tuple[xr.Dataset, xr.Dataset]:
    """Give the images for training and the held-out ones, the same for all seeds."""
    digits = ba.tasks.digits()
    order = make_rng(0, "digits", "held out").permutation(digits.sizes["sample"])
    return digits.isel(sample=order[N_HELD_OUT:]), digits.isel(sample=order[:N_HELD_OUT])


def make_digit_stimulus(digits: xr.Dataset) -> xr.DataArray:
    """Show each image of a set for `IMAGE_DURATION`."""
    return ba.stimuli.images(digits.input.values.reshape(-1, 8, 8), duration=IMAGE_DURATION)


def evaluate_translation(
    kind: str,
    seed: int,
    network: ba.LayeredNetwork,
    training: xr.Dataset,
    held_out: xr.Dataset,
    *,
    engine: str,
    audit: bool,
) -> DigitsResult:
    """Translate one trained network, and show both models the held-out images."""
    start = time.perf_counter()
    rate_network = network.to_rate_network()
    order = make_rng(seed, "digits", "calibration").permutation(training.sizes["sample"])
    calibration = make_digit_stimulus(training.isel(sample=order[:N_CALIBRATION]))
    translation = ba.to_bio(
        rate_network, inputs="rate", calibration=calibration, seed=seed, engine=engine, dt=TIME_STEP
    )
    correspondence = translation.correspondence.keep_matches(*rate_network.units[-10:])
    images = make_digit_stimulus(held_out)
    options = {"trials": 1, "seed": seed, "engine": engine}
    recording = translation.network.run(images, **options)
    fine_recording = translation.network.rerun_at_half_step(images, **options) if audit else None
    rates = read_responses(recording, correspondence, "bio").isel(trial=0)
    bio = rates.sel(time=slice(SETTLE_S, None)).mean("time").values.argmax(axis=1)
    ann = network.predict(held_out.input.values).argmax(axis=1)
    n_changed = None
    if fine_recording is not None:
        fine_rates = read_responses(fine_recording, correspondence, "bio")
        late_rates = fine_rates.sel(time=slice(SETTLE_S, None)).mean(["time", "trial"])
        n_changed = int((late_rates.values.argmax(axis=1) != bio).sum())
    disagreeing = np.flatnonzero(bio != ann)
    logits = network.predict(held_out.input.values)
    mean = rates.sel(time=slice(SETTLE_S, None)).mean("time").values
    descriptions = {}
    for image in map(int, disagreeing[:2]):
        diagnosis = ba.diagnose(
            translation,
            rate_network,
            recording,
            images,
            settle=SETTLE_S * 1e3 * ms,
            conditions=[image],
            audit=fine_recording,
        )
        descriptions[image] = describe_disagreement(diagnosis, logits[image], mean[image])
    # The last 60% of what has been seen so far, as for the whole presentation.
    width = float(rates.time[0]) * 2
    n_bins = np.arange(5, rates.sizes["time"] + 1)
    choices = [rates.values[:, int(0.4 * n) : n].mean(axis=1).argmax(axis=1) for n in n_bins]
    decisions = {decision.what: decision.value for decision in translation.decisions}
    return DigitsResult(
        kind=kind,
        seed=seed,
        labels=held_out.target.values.astype(int),
        ann=ann,
        bio=bio,
        choices_over_time=np.array(choices),
        times=n_bins * width,
        spikes=recording.sizes["spike"] / images.sizes["condition"],
        neurons=int(float(decisions["neurons"])),
        synapses=int(float(decisions["synapses"])),
        n_changed=n_changed,
        disagreements=tuple(
            (int(image), descriptions.get(int(image), "")) for image in disagreeing
        ),
        seconds=time.perf_counter() - start,
    )


def describe_disagreement(diagnosis: pd.DataFrame, ann: np.ndarray, bio: np.ndarray) -> str:
    """Put a diagnosis into words, and how near the two answers were in either model."""
    ann_digit, bio_digit = int(ann.argmax()), int(bio.argmax())
    ann_margin, bio_margin = ann[ann_digit] - ann[bio_digit], bio[bio_digit] - bio[ann_digit]
    margin = (
        f"{ann_digit} over {bio_digit} by {ann_margin:.2g} in the ANN (outputs span "
        f"{np.ptp(ann):.2g}), {bio_digit} over {ann_digit} by {bio_margin:.2g} in biology"
    )
    causes = [f"{row.layer}: {row.cause} ({row.evidence})" for row in diagnosis.itertuples()]
    return "; ".join([margin, *(causes or ["every unit within 5% of what it should answer"])])


def estimate_interval(
    values: np.ndarray, seed: int = 0, draws: int = 2000
) -> tuple[float, float, float]:
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
    n_seeds, n_images = values.shape
    means = [
        values[
            np.ix_(rng.integers(0, n_seeds, n_seeds), rng.integers(0, n_images, n_images))
        ].mean()
        for _ in range(draws)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def summarise_results(results: list[DigitsResult]) -> dict[str, float]:
    """Put one kind of network into numbers: means over seeds with 95% intervals."""
    labels = results[0].labels
    ann, bio = (
        np.array([getattr(result, model) for result in results]) for model in ("ann", "bio")
    )
    numbers: dict[str, float] = {}
    for name, correct in (
        ("ann_accuracy", ann == labels),
        ("bio_accuracy", bio == labels),
        ("agreement", bio == ann),
    ):
        mean, low, high = estimate_interval(correct.astype(float))
        numbers |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    numbers["loss_points"] = 100 * (numbers["ann_accuracy"] - numbers["bio_accuracy"])
    numbers["spikes_per_image"] = float(np.mean([result.spikes for result in results]))
    return numbers


def train_classifiers(kind: str, seeds: int) -> tuple[ba.LayeredNetwork, ...]:
    """Train a network for each seed, the same images for all."""
    options = TrainingOptions(epochs=60, batch=32, rate=2e-3, decay=1e-2, initialisation=He())
    network, training = build_untrained_network(kind), load_digit_sets()[0]
    return ba.train(network, training, options, seeds=range(seeds), progress=False).networks


def write_pair_data(path: Path, network: ba.LayeredNetwork, engine: str) -> None:
    """Write what the pair `digits` is made from: weights, images and the calibration."""
    training, held_out = load_digit_sets()
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    command = f"python analyses/digits.py --seeds 1 --ship {path}"
    contents: dict[str, object] = {"command": command}
    for k, layer in enumerate(dense, start=1):
        contents |= {f"W{k}": layer.W.round(4).tolist(), f"b{k}": layer.bias.round(4).tolist()}
    one_of_each = [int(np.flatnonzero(held_out.target.values == c)[0]) for c in range(10)]
    order = make_rng(0, "digits", "shipped").permutation(training.sizes["sample"])[:64]
    image_sets = {
        "calibration": training.isel(sample=order),
        "shown": held_out.isel(sample=one_of_each),
    }
    for name, images in image_sets.items():
        contents[name] = (images.input.values[:, 0] * 16).round().astype(int).tolist()
    contents["labels"] = list(range(10))
    classifier = build_classifier(contents)
    calibration = make_digit_stimulus(training.isel(sample=order))
    translation = ba.to_bio(
        classifier, inputs="rate", calibration=calibration, engine=engine, dt=TIME_STEP
    )
    contents["transfers"] = {
        name: [round(v, 4) for v in pair] for name, pair in transfers_of(translation).items()
    }
    with write_atomically(path) as (temporary,):
        temporary.write_text(json.dumps(contents) + "\n", encoding="utf-8")


def evaluate_kinds(
    seeds: int, engine: str, kinds: tuple[str, ...]
) -> dict[str, list[DigitsResult]]:
    """Train, translate and show, for each kind of network and seed."""
    training, held_out = load_digit_sets()
    results = {}
    for kind in kinds:
        results[kind] = [
            evaluate_translation(
                kind, seed, network, training, held_out, engine=engine, audit=seed == 0
            )
            for seed, network in enumerate(train_classifiers(kind, seeds))
        ]
    return results


@analysis_command(__doc__, "python analyses/digits.py --seeds 2")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--kinds", type=CommaSeparated(click.Choice(KINDS)), default=KINDS, help="Networks.")
@click.option("--ship", "ship_path", type=Path, help="Write what the pair is made from, and stop.")
def main(
    out: Path,
    seeds: int,
    engine: str,
    kinds: tuple[str, ...],
    ship_path: Path | None,
    as_json: bool,
) -> None:
    """Run, write the report, and say what came out."""
    if ship_path is not None:
        write_pair_data(ship_path, train_classifiers("dense", 1)[0], engine)
        return
    results = evaluate_kinds(seeds, engine, kinds)
    summaries = {kind: summarise_results(seed_results) for kind, seed_results in results.items()}
    _, held_out = load_digit_sets()
    report = build_digits_report(results, summaries, held_out.input.values[:, 0], seeds)
    first_summary = next(iter(summaries.values()))
    result = {**first_summary, "images": N_HELD_OUT, "seeds": seeds, "networks": summaries}
    lines = tuple(
        f"{kind}: ANN {numbers['ann_accuracy']:.1%}, biology {numbers['bio_accuracy']:.1%}, "
        f"agreement {numbers['agreement']:.1%}"
        for kind, numbers in summaries.items()
    )
    report_results(report, out, "digits_translation", result, as_json=as_json, lines=lines)


if __name__ == "__main__":
    main()
