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


def document(
    outcomes: Mapping[str, Sequence[Any]],
    told: Mapping[str, Mapping[str, float]],
    images: np.ndarray,
    seeds: int,
) -> Document:
    """Make the report.

    Parameters
    ----------
    outcomes : mapping of str to sequence of Outcome
        By kind of network, one per seed.
    told : mapping of str to mapping of str to float
        Their summaries.
    images : numpy.ndarray, shape (image, 8, 8)
        The held-out images.
    seeds : int
        Trainings of each kind.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    badges = []
    for kind, numbers in told.items():
        good = numbers["loss_points"] <= MOST_LOST and numbers["agreement"] >= LEAST_AGREEMENT
        detail = (
            f"D11, {kind}: {numbers['loss_points']:.2f} points lost (at most {MOST_LOST}), "
            f"{_share(numbers, 'agreement')} of answers equal (at least {LEAST_AGREEMENT:.0%})"
        )
        badges.append(Badge("supported" if good else "refuted", "good" if good else "bad", detail))
    sentences = [
        f"The {kind} network is right on {numbers['ann_accuracy']:.1%} of images, its translation "
        f"on {numbers['bio_accuracy']:.1%}; they give the same answer to "
        f"{numbers['agreement']:.1%}."
        for kind, numbers in told.items()
    ]
    return Document(
        "digits: a classifier, and the same as neurons",
        "Does a classifier of digits keep its answers when its weights become synapses?",
        " ".join(sentences),
        tuple(badges),
        (
            Section("How well", (_method(outcomes, images, seeds), _scores(told, outcomes))),
            Section("How fast", (to_figure_block(_speed(outcomes), "speed"), _costs(outcomes))),
            Section("Which digits", tuple(_confusions(outcomes))),
            Section("Where they disagree", tuple(_disagreements(outcomes, images))),
        ),
        footer=f"bioann, analyses/digits.py, {seeds} seeds",
    )


def _share(numbers: Mapping[str, float], name: str) -> str:
    low, high = numbers[f"{name}_low"], numbers[f"{name}_high"]
    return f"{numbers[name]:.2%} [{low:.2%}, {high:.2%}]"


def _method(outcomes: Mapping[str, Sequence[Any]], images: np.ndarray, seeds: int) -> Paragraph:
    return Paragraph(
        f"{seeds} trainings of each network; {len(images)} held-out images, the same for all, "
        "0.5 s each, in one batch of lanes. Each unit is a glutamatergic neuron and, where a "
        "weight asks for it, a GABAergic twin; pixels are neurons, too. Gains and offsets are "
        "calibrated on 100 images of the training set; the held-out images are used for nothing "
        "but the final run. The answer is the output with the highest mean rate from 0.2 s on."
    )


def _scores(
    told: Mapping[str, Mapping[str, float]], outcomes: Mapping[str, Sequence[Any]]
) -> Table:
    rows = []
    for kind, numbers in told.items():
        each = outcomes[kind]
        lost = [100 * ((o.ann == o.labels).mean() - (o.bio == o.labels).mean()) for o in each]
        rows.append(
            (
                kind,
                _share(numbers, "ann_accuracy"),
                _share(numbers, "bio_accuracy"),
                f"{numbers['loss_points']:.2f} ({min(lost):.2f} to {max(lost):.2f})",
                _share(numbers, "agreement"),
            )
        )
    return Table(
        "Accuracy of both halves, and their agreement",
        ("network", "ANN", "biology", "points lost (over seeds)", "agreement"),
        tuple(rows),
        "Means over seeds; brackets are 95% intervals from resampling seeds and images.",
    )


@house_style()
def _speed(outcomes: Mapping[str, Sequence[Any]]) -> Drawing:
    figure, panels = make_subplots(1, len(outcomes), height=2.6, sharey=True, squeeze=False)
    words = []
    for panel, (kind, each) in zip(panels[0], outcomes.items(), strict=True):
        right = np.array([(o.course == o.labels).mean(axis=1) for o in each])
        times = each[0].times * 1e3
        panel.fill_between(
            times, right.min(axis=0), right.max(axis=0), color=SPIKING_COLOUR, alpha=0.2
        )
        panel.plot(times, right.mean(axis=0), color=SPIKING_COLOUR, label="biology, range of seeds")
        ann = np.mean([(o.ann == o.labels).mean() for o in each])
        panel.axhline(ann, color=RATE_COLOUR, ls="--", label="ANN")
        panel.axhline(0.1, color=INK, ls=":", lw=0.8, label="chance")
        panel.set(xlabel="time since the image appeared [ms]", title=kind, ylim=(0, 1.02))
        near = times[np.argmax(right.mean(axis=0) >= ann - 0.01)]
        words.append(f"{kind}: within a point of the ANN after {near:.0f} ms")
    panels[0, 0].set(ylabel="accuracy")
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    n = len(next(iter(outcomes.values())))
    return Drawing(
        figure,
        f"Accuracy against presentation time. {'; '.join(words)}.",
        f"Accuracy if the answer had to be given at that time. {'; '.join(words)}. "
        f"n: {format_count(n, 'seed')}.",
    )


def _costs(outcomes: Mapping[str, Sequence[Any]]) -> Table:
    rows = tuple(
        (
            kind,
            f"{each[0].neurons}",
            f"{np.mean([o.synapses for o in each]):.0f}",
            f"{np.mean([o.spikes for o in each]):.0f}",
            "0.5 s",
            f"{each[0].moved} of {len(each[0].labels)}" if each[0].moved is not None else "",
        )
        for kind, each in outcomes.items()
    )
    return Table(
        "What a decision costs",
        ("network", "neurons", "synapses", "spikes per decision", "simulated", "audit"),
        rows,
        "Audit: answers of the first seed that change with half the time step (0.25 ms).",
    )


@house_style()
def _confusions(outcomes: Mapping[str, Sequence[Any]]) -> list[Figure]:
    found = []
    for kind, each in outcomes.items():
        figure, panels = make_subplots(1, 2, height=3.2, sharey=True)
        wrong = []
        for panel, half, title in zip(panels, ("ann", "bio"), ("ANN", "biology"), strict=True):
            counts = np.zeros((10, 10))
            for o in each:
                np.add.at(counts, (o.labels, getattr(o, half)), 1)
            share = counts / counts.sum(axis=1, keepdims=True)
            np.fill_diagonal(counts, 0)
            wrong.append(int(counts.sum()))
            shown = panel.imshow(share, cmap="cividis", vmin=0, vmax=1)
            for i, j in np.argwhere(counts):
                panel.text(j, i, f"{counts[i, j]:.0f}", ha="center", va="center", color="white",
                           fontsize=6)  # fmt: skip
            panel.set(title=title, xlabel="answer [digit]", xticks=range(10), yticks=range(10))
        panels[0].set(ylabel="true digit")
        figure.colorbar(shown, ax=panels, label="share of answers")
        drawing = Drawing(
            figure,
            f"Confusion matrices of the {kind} network: {wrong[0]} wrong answers of the ANN, "
            f"{wrong[1]} of biology.",
            f"{kind}: both halves confuse the same digits. Numbers: wrong answers, summed over "
            f"{format_count(len(each), 'seed')} ({wrong[0]} of the ANN, {wrong[1]} of biology, of "
            f"{len(each) * len(each[0].labels)}).",
        )
        found.append(to_figure_block(drawing, f"confusion_{kind}"))
    return found


@house_style()
def _disagreements(outcomes: Mapping[str, Sequence[Any]], images: np.ndarray) -> list[Any]:
    rows, pictures = [], []
    total = 0
    for kind, each in outcomes.items():
        for o in each:
            total += len(o.misses)
            for image, why in o.misses[:2]:
                true, ann, bio = (int(x[image]) for x in (o.labels, o.ann, o.bio))
                rows.append((kind, f"{o.seed}", f"{image}", f"{true}", f"{ann}", f"{bio}", why))
                pictures.append((image, f"{true}: {ann} / {bio}"))
    if not rows:
        return [Notice("good", "Both halves gave the same answer to every image.")]
    figure, panels = make_subplots(1, min(len(pictures), 8), height=1.3, squeeze=False)
    for panel, (image, title) in zip(panels[0], pictures, strict=False):
        panel.imshow(images[image], cmap="gray_r")
        panel.set_title(title, fontsize=7)
        panel.set_axis_off()
    drawing = Drawing(
        figure,
        f"{min(len(pictures), 8)} images on which the halves disagree.",
        "Images on which the halves disagree; above each the true digit, and the answers of the "
        "ANN and of biology.",
    )
    table = Table(
        f"Disagreements, up to two of each seed, of {total} in all",
        ("network", "seed", "image", "true", "ANN", "biology", "diagnosis"),
        tuple(rows),
    )
    return [to_figure_block(drawing, "disagreements"), table]
