"""Does a classifier of digits keep its decisions when its weights become synapses?

Trains ReLU classifiers of scikit-learn's digits (64-48-10, and a small convolutional network) for
several seeds, translates each to a conductance-based network with a glutamatergic and a GABAergic
neuron per unit, and shows both models the same held-out images for 0.5 s. Gains are calibrated on
images of the training set. Needs the extras ``train`` and ``data``. Usage::

    python analyses/digits.py --out reports --seeds 5 --json
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.analyses.digits_networks import (
    KINDS,
    N_HELD_OUT,
    load_digit_sets,
    train_classifiers,
    write_pair_data,
)
from bioann.analyses.digits_report import build_digits_report
from bioann.analyses.digits_translation import DigitsResult, evaluate_translation
from bioann.base.randomness import make_rng


def estimate_interval(
    values: np.ndarray, seed: int = 0, draws: int = 2000
) -> tuple[float, float, float]:
    """Estimate a mean over seeds and images, and its 95 % interval by resampling both.

    Parameters
    ----------
    values : numpy.ndarray, shape (seed, image)
        Values whose mean is estimated, 1 for a correct decision and 0 otherwise.
    seed : int, optional
        Seed of the resampling.
    draws : int, optional
        Number of resamples of seeds and images.

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
    """Compute accuracies and agreement of one kind of network, with 95 % intervals."""
    labels = results[0].labels
    ann, bio = np.array([r.ann for r in results]), np.array([r.bio for r in results])
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


def evaluate_kinds(
    seeds: int, engine: str, kinds: tuple[str, ...]
) -> dict[str, list[DigitsResult]]:
    """Train and translate networks of each kind, one per seed, and evaluate both models."""
    training, held_out = load_digit_sets()
    results = {}
    for kind in kinds:
        results[kind] = [
            evaluate_translation(
                kind, seed, network, training, held_out, engine=engine, audit=seed == 0
            )
            for seed, network in enumerate(train_classifiers(kind, range(seeds)))
        ]
    return results


@analysis_command(__doc__, "python analyses/digits.py --seeds 2")
@click.option(
    "--seeds", type=click.IntRange(1), default=5, show_default=True, help="Networks of each kind."
)
@click.option(
    "--kinds", type=CommaSeparated(click.Choice(KINDS)), default=KINDS, help="Kinds of network."
)
@click.option(
    "--ship", "ship_path", type=Path, help="Write the data of the pair to this file, and stop."
)
def main(
    out: Path,
    seeds: int,
    engine: str,
    kinds: tuple[str, ...],
    ship_path: Path | None,
    as_json: bool,
) -> None:
    """Evaluate all networks, write the report, and print the accuracies."""
    if ship_path is not None:
        write_pair_data(ship_path, train_classifiers("dense", range(1))[0], engine)
        return
    results = evaluate_kinds(seeds, engine, kinds)
    summaries = {kind: summarise_results(seed_results) for kind, seed_results in results.items()}
    _, held_out = load_digit_sets()
    report = build_digits_report(results, summaries, held_out.input.values[:, 0], seeds)
    first_summary = next(iter(summaries.values()))
    result = {**first_summary, "images": N_HELD_OUT, "seeds": seeds, "networks": summaries}
    lines = tuple(
        f"{kind}: accuracy of the rate model {numbers['ann_accuracy']:.1%}, of the spiking model "
        f"{numbers['bio_accuracy']:.1%}, agreement {numbers['agreement']:.1%}"
        for kind, numbers in summaries.items()
    )
    report_results(report, out, "digits_translation", result, as_json=as_json, lines=lines)


if __name__ == "__main__":
    main()
