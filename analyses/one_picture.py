"""Do three circuits answer alike in both descriptions, and only if the signs are right?

Runs the pairs that ship with bioann and draws one panel each: biology against the ANN, and against
ANNs whose weights keep their size and get random signs. Usage::

    python analyses/one_picture.py --out reports/one_picture.png
"""

from __future__ import annotations

from pathlib import Path

import click
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bioann as ba
from bioann.reporting.style import ANN, FLOOR, INK, axes, house_style

PAIRS = ("inverter", "weighted_sum", "decision")


def panel_of(panel: Axes, comparison: ba.Comparison) -> None:
    """Draw every condition and match of one comparison."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    bio = steady["bio"].mean("trial").transpose("condition", "match")
    for one in steady["shuffled"].transpose("shuffle", "condition", "match"):
        panel.scatter(one, bio, s=5, color=FLOOR, marker="x", lw=0.5, rasterized=True)
    panel.scatter(steady["ann"].transpose("condition", "match"), bio, s=12, color=ANN, zorder=3)
    top = float(max(bio.max(), steady["ann"].max())) * 1.08
    panel.plot((0, top), (0, top), color=INK, lw=0.8)
    panel.set(xlim=(-0.03 * top, top), ylim=(-0.03 * top, top), aspect="equal")
    panel.set(xlabel="ANN [activation]", title=comparison.pair.name)


def picture(seed: int, trials: int | None) -> Figure:
    """Run all pairs and draw them."""
    with house_style():
        figure, panels = axes(1, len(PAIRS), height=2.9)
        for name, panel in zip(PAIRS, panels, strict=True):
            pair = ba.load(name)
            run = pair.run(trials=trials or pair.trials, seed=seed)
            panel_of(panel, ba.compare(run))
        panels[0].set(ylabel="biology [activation]")
        marks = [
            panels[0].scatter([], [], s=12, color=ANN, label="ANN: one dot a condition"),
            panels[0].scatter([], [], s=12, color=FLOOR, marker="x", label="signs at random"),
        ]
        figure.legend(handles=marks, loc="outside lower center", ncols=2)
    return figure


@click.command(help="Draw biology against the ANN for the pairs that ship with bioann.")
@click.option("--out", type=Path, default=Path("reports/one_picture.png"), show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--trials", type=int, help="Trials per condition; each pair's own unless given.")
def main(out: Path, seed: int, trials: int | None) -> None:
    """Write the picture."""
    figure = picture(seed, trials)
    out.parent.mkdir(parents=True, exist_ok=True)
    with house_style():
        figure.savefig(out, dpi=160, metadata={"Software": None})
    click.echo(f"wrote {out}")


if __name__ == "__main__":
    main()
