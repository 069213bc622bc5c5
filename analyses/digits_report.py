"""The report of `analyses/digits.py`: tables and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bioann.analyses.digits_translation import N_CALIBRATION, N_DIAGNOSED, DigitsResult
from bioann.base.text import format_count
from bioann.reporting.document import (
    Badge,
    Document,
    Figure,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
)

#: Bounds of the claim D11: loss of accuracy in percentage points, share of equal decisions.
MOST_LOST, LEAST_AGREEMENT = 0.5, 0.99

#: Results by kind of network, one per seed; and their summaries.
Results = Mapping[str, Sequence[DigitsResult]]
Summaries = Mapping[str, Mapping[str, float]]


def build_digits_report(
    results: Results, summaries: Summaries, images: np.ndarray, n_seeds: int
) -> Document:
    """Build the report.

    Parameters
    ----------
    results : mapping of str to sequence of DigitsResult
        Results by kind of network, one per seed.
    summaries : mapping of str to mapping of str to float
        Summaries by kind of network, from `analyses.digits.summarise_results`.
    images : numpy.ndarray, shape (image, 8, 8)
        The held-out images, with values from 0 to 1.
    n_seeds : int
        Number of trained networks of each kind.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    accuracy = (_describe_method(images, n_seeds), _tabulate_accuracy(summaries, results))
    time_figure = to_figure_block(_draw_accuracy_over_time(results), "speed")
    return Document(
        "digits: a classifier and its translation to a spiking network",
        "Does a classifier of digits keep its decisions when its weights become synapses?",
        " ".join(
            f"The {kind} network classifies {numbers['ann_accuracy']:.1%} of the images correctly, "
            f"its translation {numbers['bio_accuracy']:.1%}; their decisions are the same for "
            f"{numbers['agreement']:.1%}."
            for kind, numbers in summaries.items()
        ),
        tuple(_judge_translation(kind, numbers) for kind, numbers in summaries.items()),
        (
            Section("Accuracy", accuracy),
            Section("Time and cost of a decision", (time_figure, _tabulate_costs(results))),
            Section("Confusion matrices", tuple(_draw_confusions(results))),
            Section("Disagreements", tuple(_present_disagreements(results, images))),
        ),
        footer=f"bioann, analyses/digits.py, {n_seeds} seeds",
    )


def _judge_translation(kind: str, numbers: Mapping[str, float]) -> Badge:
    is_good = numbers["loss_points"] <= MOST_LOST and numbers["agreement"] >= LEAST_AGREEMENT
    detail = (
        f"D11, {kind}: accuracy lost {numbers['loss_points']:.2f} percentage points (at most "
        f"{MOST_LOST}), agreement {_format_share(numbers, 'agreement')} (at least "
        f"{LEAST_AGREEMENT:.0%})"
    )
    return Badge("supported" if is_good else "refuted", "good" if is_good else "bad", detail)


def _format_share(numbers: Mapping[str, float], name: str) -> str:
    low, high = numbers[f"{name}_low"], numbers[f"{name}_high"]
    return f"{numbers[name]:.2%} [{low:.2%}, {high:.2%}]"


def _describe_method(images: np.ndarray, n_seeds: int) -> Paragraph:
    return Paragraph(
        f"{n_seeds} trained networks of each kind; {len(images)} held-out images, the same for all "
        "networks, shown for 0.5 s each. Each unit and each pixel becomes a glutamatergic neuron "
        "and, if it has negative weights, a GABAergic twin. Gains and offsets are calibrated on "
        f"{N_CALIBRATION} training images; the held-out images are used only for the final run. "
        "The decision is the output with the highest mean rate from 0.2 s on."
    )


def _tabulate_accuracy(summaries: Summaries, results: Results) -> Table:
    rows = []
    for kind, numbers in summaries.items():
        points_lost = [
            100 * ((result.ann == result.labels).mean() - (result.bio == result.labels).mean())
            for result in results[kind]
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
        ("network", "rate model", "spiking model", "percentage points lost (range over seeds)",
         "agreement"),
        tuple(rows),
        "Means over seeds; brackets are 95 % intervals from resampling seeds and images.",
    )  # fmt: skip


@house_style()
def _draw_accuracy_over_time(results: Results) -> Drawing:
    figure, panels = make_subplots(1, len(results), height=2.6, sharey=True, squeeze=False)
    summaries = []
    for panel, (kind, seed_results) in zip(panels[0], results.items(), strict=True):
        accuracy = np.array(
            [(result.choices_over_time == result.labels).mean(axis=1) for result in seed_results]
        )
        mean_accuracy, times = accuracy.mean(axis=0), seed_results[0].times * 1e3
        panel.fill_between(
            times, accuracy.min(axis=0), accuracy.max(axis=0), color=SPIKING_COLOUR, alpha=0.2
        )
        panel.plot(
            times, mean_accuracy, color=SPIKING_COLOUR, label="spiking model, range of seeds"
        )
        ann = np.mean([(result.ann == result.labels).mean() for result in seed_results])
        panel.axhline(ann, color=RATE_COLOUR, ls="--", label="rate model")
        panel.axhline(0.1, color=INK, ls=":", lw=0.8, label="chance")
        panel.set(xlabel="time since image onset [ms]", title=kind, ylim=(0, 1.02))
        time_near = times[np.argmax(mean_accuracy >= ann - 0.01)]
        summaries.append(
            f"{kind}: within one percentage point of the rate model after {time_near:.0f} ms"
        )
    panels[0, 0].set(ylabel="accuracy")
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    n_seeds = len(next(iter(results.values())))
    return Drawing(
        figure,
        f"Accuracy against presentation time. {'; '.join(summaries)}.",
        f"Accuracy of decisions at each time after image onset. {'; '.join(summaries)}. "
        f"n: {format_count(n_seeds, 'seed')}.",
    )


def _tabulate_costs(results: Results) -> Table:
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
        "Cost of a decision",
        ("network", "neurons", "synapses", "spikes per decision", "simulated time", "audit"),
        rows,
        "Audit: decisions of the first seed that change with half the time step.",
    )


@house_style()
def _draw_confusions(results: Results) -> list[Figure]:
    figures = []
    for kind, seed_results in results.items():
        choices = {
            "rate model": [result.ann for result in seed_results],
            "spiking model": [result.bio for result in seed_results],
        }
        figure, panels = make_subplots(1, 2, height=3.2, sharey=True)
        n_wrong = {}
        for panel, (title, model_choices) in zip(panels, choices.items(), strict=True):
            counts = np.zeros((10, 10))
            for result, digits in zip(seed_results, model_choices, strict=True):
                np.add.at(counts, (result.labels, digits), 1)
            share = counts / counts.sum(axis=1, keepdims=True)
            np.fill_diagonal(counts, 0)
            n_wrong[title] = f"{counts.sum():.0f} by the {title}"
            image = panel.imshow(share, cmap="cividis", vmin=0, vmax=1)
            for i, j in np.argwhere(counts):
                panel.text(j, i, f"{counts[i, j]:.0f}", ha="center", va="center", color="white",
                           fontsize=6)  # fmt: skip
            panel.set(title=title, xlabel="chosen digit", xticks=range(10), yticks=range(10))
        panels[0].set(ylabel="true digit")
        figure.colorbar(image, ax=panels, label="share of decisions")
        errors = " and ".join(n_wrong.values())
        drawing = Drawing(
            figure,
            f"Confusion matrices of the {kind} network. Errors: {errors}.",
            f"Confusion matrices of the {kind} network. Numbers: errors, summed over "
            f"{format_count(len(seed_results), 'seed')} ({errors}, of "
            f"{len(seed_results) * len(seed_results[0].labels)} decisions).",
        )
        figures.append(to_figure_block(drawing, f"confusion_{kind}"))
    return figures


def _present_disagreements(
    results: Results, images: np.ndarray
) -> tuple[Figure | Table | Notice, ...]:
    rows: list[tuple[str, ...]] = []
    pictures = []
    all_results = [result for seed_results in results.values() for result in seed_results]
    for result in all_results:
        for image, diagnosis in result.disagreements[:N_DIAGNOSED]:
            digits = [f"{choices[image]}" for choices in (result.labels, result.ann, result.bio)]
            rows.append((result.kind, f"{result.seed}", f"{image}", *digits, diagnosis))
            pictures.append((images[image], "{}: {} / {}".format(*digits)))
    if not rows:
        return (Notice("good", "Both models made the same decision on every image."),)
    n_disagreements = sum(len(result.disagreements) for result in all_results)
    table = Table(
        f"Disagreements: the first {N_DIAGNOSED} of each seed, of {n_disagreements} in total",
        ("network", "seed", "image", "true", "rate model", "spiking model", "diagnosis"),
        tuple(rows),
    )
    return to_figure_block(_draw_pictures(pictures[:8]), "disagreements"), table


@house_style()
def _draw_pictures(pictures: Sequence[tuple[np.ndarray, str]]) -> Drawing:
    figure, panels = make_subplots(1, len(pictures), height=1.3, squeeze=False)
    for panel, (image, title) in zip(panels[0], pictures, strict=True):
        panel.imshow(image, cmap="gray_r")
        panel.set_title(title, fontsize=7)
        panel.set_axis_off()
    return Drawing(
        figure,
        f"{len(pictures)} images on which the models disagree.",
        "Images on which the models disagree. Titles: true digit, then the decisions of the rate "
        "model and of the spiking model.",
    )
