"""What does Dale cost? Neurons, synapses, delay and error of writing mixed signs as two neurons.

Draws stable random ReLU networks of several sizes, in which a share of the units has outgoing
weights of both signs and the others positive ones only. Each is rewritten with twins and with
interneurons (see ``models/dale.py``), calibrated, and run on stimuli that calibration has not
seen. Delay is what one synapse more adds to inhibition, as the translation records it
(``models/dale.py`` measures it); error is the root mean square difference from the rate network in
percent of its root mean square response. Usage::

    python analyses/dale_cost.py --out reports --seeds 3 --json
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.analyses.command import Listed, analysis, finish
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    INHIBITORY_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block as block,
)
from bioann.translate.to_bio.to_bio import DALE

SIZES, SHARES = (4, 8, 16, 32), (0.25, 0.5, 1.0)
CHANNELS = ("a", "b", "c")
#: Integration step; spikes are timed within it (as in `analyses/digits.py`).
DT, SETTLE, CONDITIONS = 0.5 * ms, 0.25, 24
COLOURS = {"twins": SPIKING_COLOUR, "interneurons": INHIBITORY_COLOUR}
COSTS = {
    "neurons": "neurons more per unit",
    "synapses": "synapses per weight",
    "delay": "delay of inhibition [ms]",
    "error": "error [% of response]",
}


def network(units: int, share: float, seed: int) -> ba.RateNetwork:
    """Draw a rate network whose first units have outgoing weights of both signs."""
    rng = make_rng(seed, "dale cost", units)
    w = rng.normal(size=(units, units))
    np.fill_diagonal(w, 0.0)
    mixed = round(share * units)
    w[:, mixed:] = np.abs(w[:, mixed:])
    w *= 0.4 / np.abs(np.linalg.eigvals(w)).max()
    return ba.RateNetwork(
        units=tuple(f"unit[{i}]" for i in range(units)),
        channels=CHANNELS,
        W=w,
        W_in=rng.normal(0, 0.3, (units, len(CHANNELS))),
        bias=0.3,
        tau=40 * ms,
    )


def stimulus(seed: int, conditions: int) -> xr.DataArray:
    """Draw stimuli: others for each seed, and others than calibration's."""
    drawn = make_rng(seed, "dale cost", "stimulus").uniform(-1, 1, (conditions, len(CHANNELS)))
    return ba.steps(dict(zip(CHANNELS, drawn.T, strict=True)), duration=600 * ms)


def rewrite(ann: ba.RateNetwork, dale: str, seed: int, *, engine: str, conditions: int) -> dict:
    """Rewrite one network, run it, and give what it costs."""
    asked = {"seed": seed, "engine": engine, "dt": DT}
    made = ba.to_bio(ann, dale=dale, inputs="current", **asked)
    shown = stimulus(seed, conditions)
    recorded = made.network.run(shown, trials=1, **asked)
    rates = read_responses(recorded, made.correspondence, "bio").isel(trial=0)
    bio = rates.sel(time=slice(SETTLE, None)).mean("time").transpose("condition", "match").values
    want = ann.run(shown, trials=1, seed=seed).activation.values[:, 0, -1]
    told = {d.what: d.value for d in made.decisions}
    weights = int((ann.W != 0).sum())
    return {
        "dale": dale,
        "neurons": float(told["neurons for Dale's law"]) / len(ann.units),
        "synapses": float(told["synapses"]) / weights,
        "delay": float(told["delay added by Dale's law"]),
        "error": 100 * float(np.sqrt(((bio - want) ** 2).mean() / (want**2).mean())),
    }


def sweep(
    sizes: tuple[int, ...], shares: tuple[float, ...], seeds: int, *, engine: str = "numpy",
    conditions: int = CONDITIONS,
) -> pd.DataFrame:  # fmt: skip
    """Measure the costs of every size, share of mixed units, rewrite and seed, a row each."""
    rows = []
    for units in sizes:
        for share in shares:
            for seed in range(seeds):
                ann = network(units, share, seed)
                for dale in DALE:
                    cost = rewrite(ann, dale, seed, engine=engine, conditions=conditions)
                    rows.append({"units": units, "share": share, "seed": seed, **cost})
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the mean of every cost over seeds, and its 95% interval by resampling them."""
    found = []
    for (units, share, dale), group in rows.groupby(["units", "share", "dale"], sort=True):
        one = {"units": int(units), "share": float(share), "dale": str(dale)}
        for cost in COSTS:
            values = group[cost].to_numpy()
            rng = make_rng(0, "dale cost", "interval")
            drawn = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
            low, high = np.quantile(drawn, [0.025, 0.975])
            one |= {cost: values.mean(), f"{cost}_low": low, f"{cost}_high": high}
        found.append(one)
    return pd.DataFrame(found)


@house_style()
def picture(told: pd.DataFrame) -> Drawing:
    """Draw each cost: of the largest network against share, and of all against size."""
    figure, panels = make_subplots(2, 2, height=4.3)
    largest = told.units.max()
    whole = told.share.max()
    for panel, (cost, label) in zip(panels.ravel(), COSTS.items(), strict=True):
        along = "units" if cost in ("error", "delay") else "share"
        kept = told[told.share == whole] if along == "units" else told[told.units == largest]
        for dale, colour in COLOURS.items():
            one = kept[kept.dale == dale]
            off = [one[cost] - one[f"{cost}_low"], one[f"{cost}_high"] - one[cost]]
            mark = "o-" if dale == "twins" else "s--"
            panel.errorbar(one[along], one[cost], yerr=off, fmt=mark, ms=4, lw=1, color=colour,
                           label=dale, capsize=2)  # fmt: skip
        top = float(kept[f"{cost}_high"].max())
        panel.set(ylabel=label, ylim=(-0.04 * top, 1.25 * top))
        panel.set_xlabel("units" if along == "units" else "share of units with both signs")
        if along == "units":
            panel.set_xscale("log", base=2)
            panel.set_xticks(sorted(told.units.unique()), sorted(told.units.unique()))
            panel.minorticks_off()
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    end = told[(told.units == largest) & (told.share == whole)].set_index("dale")
    words = "; ".join(
        f"{d}: {end.neurons[d]:.2g} neurons per unit more, {end.synapses[d]:.2f} synapses per "
        f"weight, {end.delay[d]:.0f} ms, error {end.error[d]:.1f} %"
        for d in COLOURS
    )
    return Drawing(
        figure,
        f"Costs of both rewrites. {largest} units, all with both signs: {words}.",
        "Both rewrites cost a neuron for every unit with both signs. Twins double the synapses and "
        f"keep the time; interneurons do the reverse. With {largest} units: {words}. Bars: 95 % "
        "intervals over random networks. Upper panels: the largest networks; lower: all mixed.",
    )


def document(told: pd.DataFrame, seeds: int) -> Document:
    """Make the report."""
    figure = block(picture(told), "dale_cost")

    def spread(row: pd.Series, cost: str, digits: int) -> str:
        ends = f"{row[f'{cost}_low']:.{digits}f}, {row[f'{cost}_high']:.{digits}f}"
        return f"{row[cost]:.{digits}f} [{ends}]"

    rows = tuple(
        (f"{r.units}", f"{r.share:.0%}", r.dale, f"{r.neurons:.2f}", spread(r, "synapses", 2),
         f"{r.delay:.0f}", spread(r, "error", 1))
        for _, r in told.iterrows()
    )  # fmt: skip
    table = Table(
        "Costs of every network",
        ("units", "both signs", "rewrite", "neurons more per unit", "synapses per weight",
         "delay [ms]", "error [%]"),
        rows,
        f"Means over {seeds} random networks each; brackets are 95 % intervals from resampling.",
    )  # fmt: skip
    largest = told[told.units == told.units.max()]
    end = largest[largest.share == largest.share.max()].set_index("dale")
    method = Paragraph(
        "A unit with weights of both signs becomes a glutamatergic and a GABAergic neuron. Twins "
        "get the same input, so every synapse onto such a unit is made twice; an interneuron gets "
        "its partner's spikes, one synapse more, and passes them on late by the delay and the time "
        "constant of that synapse. Stimuli are injected as currents."
    )
    return Document(
        "dale: what one transmitter per neuron costs",
        "What does Dale cost?",
        f"Each unit with both signs costs a neuron. Twins cost {end.synapses['twins']:.2f} "
        f"synapses per weight and no time, interneurons {end.synapses['interneurons']:.2f} and "
        f"{end.delay['interneurons']:.0f} ms; the function stays the same to "
        f"{end.error['twins']:.1f} % and {end.error['interneurons']:.1f} %.",
        (),
        (Section("What it costs", (method, figure)), Section("Every network", (table,))),
        footer=f"bioann, analyses/dale_cost.py, seeds: {seeds}",
        contents=False,
    )


@analysis(__doc__, "python analyses/dale_cost.py --seeds 2", engine="numpy")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--sizes", type=Listed(click.IntRange(2)), default=SIZES, help="Numbers of units.")
def main(out: Path, seeds: int, sizes: tuple[int, ...], engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    told = summary(sweep(sizes, SHARES, seeds, engine=engine))
    result = {"seeds": seeds, "rows": told.to_dict("records")}
    finish(document(told, seeds), out, "dale_cost", result, as_json=as_json)


if __name__ == "__main__":
    main()
