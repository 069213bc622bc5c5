"""Draw the picture of ``start/reading_a_verdict.md``: intervals beside a bound and a margin."""

from pathlib import Path

import matplotlib.pyplot as plt

#: Score, lower and upper end of the interval, and what is judged from it.
AGAINST_A_BOUND = (
    (0.95, 0.92, 0.97, "supported"),
    (0.91, 0.86, 0.95, "undecided"),
    (0.82, 0.78, 0.87, "refuted"),
)
AGAINST_A_MARGIN = (
    (0.010, -0.015, 0.032, "equivalent"),
    (0.030, -0.010, 0.075, "undecided"),
    (0.085, 0.062, 0.108, "different"),
)
BOUND, MARGIN = 0.9, 0.05
COLOURS = {
    "supported": "#009E73",
    "equivalent": "#009E73",
    "undecided": "#666666",
    "refuted": "#D55E00",
    "different": "#D55E00",
}


def draw_intervals(axes: plt.Axes, rows: tuple[tuple[float, float, float, str], ...]) -> None:
    """Draw one interval per row, with its verdict above it."""
    for y, (score, low, high, verdict) in enumerate(reversed(rows)):
        axes.plot([low, high], [y, y], color=COLOURS[verdict], linewidth=3)
        axes.plot(score, y, "o", color=COLOURS[verdict], markersize=8)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(score, y + 0.2, verdict, ha="center", color=COLOURS[verdict], bbox=box)
    axes.set(yticks=[], ylim=(-0.6, 2.7))
    axes.spines[["left", "top", "right"]].set_visible(False)


def main() -> None:
    """Write the picture beside the page that shows it."""
    plt.rcParams |= {"font.size": 11, "svg.fonttype": "path", "svg.hashsalt": "bioann"}
    # One above the other, so that the words can be read on a telephone.
    figure, (bound, margin) = plt.subplots(2, 1, figsize=(5, 4.6), layout="constrained")
    draw_intervals(bound, AGAINST_A_BOUND)
    bound.axvline(BOUND, color="black", linestyle="--", linewidth=1)
    bound.set(xlabel="score [share of 1]", title="bound: at least 0.9", xlim=(0.75, 1.0))
    draw_intervals(margin, AGAINST_A_MARGIN)
    margin.axvspan(-MARGIN, MARGIN, color="#56B4E9", alpha=0.25, linewidth=0)
    margin.set(
        xlabel="difference of the models [activation]",
        title="margin: 0.05 of activation",
        xlim=(-0.08, 0.13),
        xticks=[-MARGIN, 0, MARGIN, 2 * MARGIN],
    )
    path = Path(__file__).parent.parent / "start" / "verdict_outcomes.svg"
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
