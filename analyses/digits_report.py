"""How `analyses/digits.py` tells what it found: tables and figures, as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.reporting.document import (
    Badge,
    Document,
    Figure,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.style import (
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    format_count,
    house_style,
    make_subplots,
    to_figure_block,
)

#: What the atlas asks of the translation: points of accuracy lost, share of equal answers.
MOST_LOST, LEAST_AGREEMENT = 0.5, 0.99


def build_digits_report(
    results: Mapping[str, Sequence[Any]],
    summaries: Mapping[str, Mapping[str, float]],
    images: np.ndarray,
    n_seeds: int,
) -> Document:
    """Make the report.

    Parameters
    ----------
    results : mapping of str to sequence of DigitsResult
        By kind of network, one per seed.
    summaries : mapping of str to mapping of str to float
        Their summaries.
    images : numpy.ndarray, shape (image, 8, 8)
        The held-out images.
    n_seeds : int
        Trainings of each kind.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    badges = []
    for kind, numbers in summaries.items():
        is_good = numbers["loss_points"] <= MOST_LOST and numbers["agreement"] >= LEAST_AGREEMENT
        detail = (
            f"D11, {kind}: {numbers['loss_points']:.2f} points lost (at most {MOST_LOST}), "
            f"{_format_share(numbers, 'agreement')} of answers equal (at least "
            f"{LEAST_AGREEMENT:.0%})"
        )
        badges.append(
            Badge("supported" if is_good else "refuted", "good" if is_good else "bad", detail)
        )
    sentences = [
        f"The {kind} network is right on {numbers['ann_accuracy']:.1%} of images, its translation "
        f"on {numbers['bio_accuracy']:.1%}; they give the same answer to "
        f"{numbers['agreement']:.1%}."
        for kind, numbers in summaries.items()
    ]
    return Document(
        "digits: a classifier, and the same as neurons",
        "Does a classifier of digits keep its answers when its weights become synapses?",
        " ".join(sentences),
        tuple(badges),
        (
            Section(
                "How well",
                (
                    _describe_method(results, images, n_seeds),
                    _tabulate_accuracy(summaries, results),
                ),
            ),
            Section(
                "How fast",
                (
                    to_figure_block(_draw_accuracy_over_time(results), "speed"),
                    _tabulate_costs(results),
                ),
            ),
            Section("Which digits", tuple(_draw_confusions(results))),
            Section("Where they disagree", tuple(_present_disagreements(results, images))),
        ),
        footer=f"bioann, analyses/digits.py, {n_seeds} seeds",
    )


def _format_share(numbers: Mapping[str, float], name: str) -> str:
    low, high = numbers[f"{name}_low"], numbers[f"{name}_high"]
    return f"{numbers[name]:.2%} [{low:.2%}, {high:.2%}]"


def _describe_method(
    results: Mapping[str, Sequence[Any]], images: np.ndarray, n_seeds: int
) -> Paragraph:
    return Paragraph(
        f"{n_seeds} trainings of each network; {len(images)} held-out images, the same for all, "
        "0.5 s each, in one batch of lanes. Each unit is a glutamatergic neuron and, where a "
        "weight asks for it, a GABAergic twin; pixels are neurons, too. Gains and offsets are "
        "calibrated on 100 images of the training set; the held-out images are used for nothing "
        "but the final run. The answer is the output with the highest mean rate from 0.2 s on."
    )


def _tabulate_accuracy(
    summaries: Mapping[str, Mapping[str, float]], results: Mapping[str, Sequence[Any]]
) -> Table:
    rows = []
    for kind, numbers in summaries.items():
        seed_results = results[kind]
        points_lost = [
            100 * ((result.ann == result.labels).mean() - (result.bio == result.labels).mean())
            for result in seed_results
        ]
        rows.append(
            (
                kind,
                _format_share(numbers, "ann_accuracy"),
                _format_share(numbers, "bio_accuracy"),
                f"{numbers['loss_points']:.2f} ({min(points_lost):.2f} to {max(points_lost):.2f})",
                _format_share(numbers, "agreement"),
            )
        )
    return Table(
        "Accuracy of both models, and their agreement",
        ("network", "ANN", "biology", "points lost (over seeds)", "agreement"),
        tuple(rows),
        "Means over seeds; brackets are 95% intervals from resampling seeds and images.",
    )


@house_style()
def _draw_accuracy_over_time(results: Mapping[str, Sequence[Any]]) -> Drawing:
    figure, panels = make_subplots(1, len(results), height=2.6, sharey=True, squeeze=False)
    summaries = []
    for panel, (kind, seed_results) in zip(panels[0], results.items(), strict=True):
        accuracy = np.array(
            [(result.choices_over_time == result.labels).mean(axis=1) for result in seed_results]
        )
        times = seed_results[0].times * 1e3
        panel.fill_between(
            times, accuracy.min(axis=0), accuracy.max(axis=0), color=SPIKING_COLOUR, alpha=0.2
        )
        panel.plot(
            times, accuracy.mean(axis=0), color=SPIKING_COLOUR, label="biology, range of seeds"
        )
        ann = np.mean([(result.ann == result.labels).mean() for result in seed_results])
        panel.axhline(ann, color=RATE_COLOUR, ls="--", label="ANN")
        panel.axhline(0.1, color=INK, ls=":", lw=0.8, label="chance")
        panel.set(xlabel="time since the image appeared [ms]", title=kind, ylim=(0, 1.02))
        time_near = times[np.argmax(accuracy.mean(axis=0) >= ann - 0.01)]
        summaries.append(f"{kind}: within a point of the ANN after {time_near:.0f} ms")
    panels[0, 0].set(ylabel="accuracy")
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    n_seeds = len(next(iter(results.values())))
    return Drawing(
        figure,
        f"Accuracy against presentation time. {'; '.join(summaries)}.",
        f"Accuracy if the answer had to be given at that time. {'; '.join(summaries)}. "
        f"n: {format_count(n_seeds, 'seed')}.",
    )


def _tabulate_costs(results: Mapping[str, Sequence[Any]]) -> Table:
    rows = tuple(
        (
            kind,
            f"{seed_results[0].neurons}",
            f"{np.mean([result.synapses for result in seed_results]):.0f}",
            f"{np.mean([result.spikes for result in seed_results]):.0f}",
            "0.5 s",
            f"{seed_results[0].n_changed} of {len(seed_results[0].labels)}"
            if seed_results[0].n_changed is not None
            else "",
        )
        for kind, seed_results in results.items()
    )
    return Table(
        "What a decision costs",
        ("network", "neurons", "synapses", "spikes per decision", "simulated", "audit"),
        rows,
        "Audit: answers of the first seed that change with half the time step (0.25 ms).",
    )


@house_style()
def _draw_confusions(results: Mapping[str, Sequence[Any]]) -> list[Figure]:
    figures = []
    for kind, seed_results in results.items():
        figure, panels = make_subplots(1, 2, height=3.2, sharey=True)
        n_wrong = []
        for panel, model, title in zip(panels, ("ann", "bio"), ("ANN", "biology"), strict=True):
            counts = np.zeros((10, 10))
            for result in seed_results:
                np.add.at(counts, (result.labels, getattr(result, model)), 1)
            share = counts / counts.sum(axis=1, keepdims=True)
            np.fill_diagonal(counts, 0)
            n_wrong.append(int(counts.sum()))
            image = panel.imshow(share, cmap="cividis", vmin=0, vmax=1)
            for i, j in np.argwhere(counts):
                panel.text(j, i, f"{counts[i, j]:.0f}", ha="center", va="center", color="white",
                           fontsize=6)  # fmt: skip
            panel.set(title=title, xlabel="answer [digit]", xticks=range(10), yticks=range(10))
        panels[0].set(ylabel="true digit")
        figure.colorbar(image, ax=panels, label="share of answers")
        drawing = Drawing(
            figure,
            f"Confusion matrices of the {kind} network: {n_wrong[0]} wrong answers of the ANN, "
            f"{n_wrong[1]} of biology.",
            f"{kind}: both models confuse the same digits. Numbers: wrong answers, summed over "
            f"{format_count(len(seed_results), 'seed')} ({n_wrong[0]} of the ANN, {n_wrong[1]} "
            f"of biology, of {len(seed_results) * len(seed_results[0].labels)}).",
        )
        figures.append(to_figure_block(drawing, f"confusion_{kind}"))
    return figures


@house_style()
def _present_disagreements(results: Mapping[str, Sequence[Any]], images: np.ndarray) -> list[Any]:
    rows, pictures = [], []
    n_disagreements = 0
    for kind, seed_results in results.items():
        for result in seed_results:
            n_disagreements += len(result.disagreements)
            for image, diagnosis in result.disagreements[:2]:
                true, ann, bio = (
                    int(digits[image]) for digits in (result.labels, result.ann, result.bio)
                )
                rows.append(
                    (kind, f"{result.seed}", f"{image}", f"{true}", f"{ann}", f"{bio}", diagnosis)
                )
                pictures.append((image, f"{true}: {ann} / {bio}"))
    if not rows:
        return [Notice("good", "Both models gave the same answer to every image.")]
    figure, panels = make_subplots(1, min(len(pictures), 8), height=1.3, squeeze=False)
    for panel, (image, title) in zip(panels[0], pictures, strict=False):
        panel.imshow(images[image], cmap="gray_r")
        panel.set_title(title, fontsize=7)
        panel.set_axis_off()
    drawing = Drawing(
        figure,
        f"{min(len(pictures), 8)} images on which the models disagree.",
        "Images on which the models disagree; above each the true digit, and the answers of the "
        "ANN and of biology.",
    )
    table = Table(
        f"Disagreements, up to two of each seed, of {n_disagreements} in all",
        ("network", "seed", "image", "true", "ANN", "biology", "diagnosis"),
        tuple(rows),
    )
    return [to_figure_block(drawing, "disagreements"), table]
