"""What does Dale's principle cost? Neurons, synapses, delay and error of replacing mixed signs.

Draws stable random ReLU networks of several sizes, in which a share of the units has outgoing
weights of both signs and the others have positive ones only. Each is rewritten with twins and with
interneurons (see ``models/dale.py``), calibrated, and run with stimuli that were not used for
calibration. The delay of inhibition through an additional synapse is that of the translation
(``models/dale.py`` measures it); the error is the root mean square difference from the rate
network, in percent of its root mean square response. Usage::

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
from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    INHIBITORY_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block,
)
from bioann.translate.to_bio.to_bio import DALE

SIZES, MIXED_SHARES = (4, 8, 16, 32), (0.25, 0.5, 1.0)
CHANNELS = ("a", "b", "c")
#: Time step, within which spikes are timed; start of the steady response in seconds.
TIME_STEP, SETTLE_S, N_CONDITIONS = 0.5 * ms, 0.25, 24
COLOURS = {"twins": SPIKING_COLOUR, "interneurons": INHIBITORY_COLOUR}
COSTS = {
    "neurons": "additional neurons per unit",
    "synapses": "synapses per weight",
    "delay": "delay of inhibition [ms]",
    "error": "error [% of response]",
}


def draw_mixed_network(n_units: int, mixed_share: float, seed: int) -> ba.RateNetwork:
    """Draw a rate network in which a share of the units has outgoing weights of both signs."""
    rng = make_rng(seed, "dale cost", n_units)
    weights = rng.normal(size=(n_units, n_units))
    np.fill_diagonal(weights, 0.0)
    n_mixed = round(mixed_share * n_units)
    weights[:, n_mixed:] = np.abs(weights[:, n_mixed:])
    weights *= 0.4 / np.abs(np.linalg.eigvals(weights)).max()
    return ba.RateNetwork(
        units=tuple(f"unit[{i}]" for i in range(n_units)),
        channels=CHANNELS,
        W=weights,
        W_in=rng.normal(0, 0.3, (n_units, len(CHANNELS))),
        bias=0.3,
        tau=40 * ms,
    )


def draw_unseen_stimulus(seed: int, n_conditions: int) -> xr.DataArray:
    """Draw stimuli that differ between seeds and from those of the calibration."""
    levels = make_rng(seed, "dale cost", "stimulus").uniform(-1, 1, (n_conditions, len(CHANNELS)))
    return ba.steps(dict(zip(CHANNELS, levels.T, strict=True)), duration=600 * ms)


def measure_rewrite_costs(
    ann: ba.RateNetwork, dale: str, seed: int, *, engine: str, n_conditions: int
) -> dict:
    """Rewrite and run one network, and return its costs by the names in `COSTS`."""
    options = {"seed": seed, "engine": engine, "dt": TIME_STEP}
    translation = ba.to_bio(ann, dale=dale, inputs="current", **options)
    stimulus = draw_unseen_stimulus(seed, n_conditions)
    recording = translation.network.run(stimulus, trials=1, **options)
    rates = read_responses(recording, translation.correspondence, "bio").isel(trial=0)
    bio = rates.sel(time=slice(SETTLE_S, None)).mean("time").transpose("condition", "match").values
    exact = ann.run(stimulus, trials=1, seed=seed).activation.values[:, 0, -1]
    n_weights = int((ann.W != 0).sum())
    return {
        "dale": dale,
        "neurons": translation.decided_number("neurons for Dale's principle") / len(ann.units),
        "synapses": translation.decided_number("synapses") / n_weights,
        "delay": translation.decided_number("delay added by Dale's principle"),
        "error": 100 * float(np.sqrt(((bio - exact) ** 2).mean() / (exact**2).mean())),
    }


def measure_all_costs(
    sizes: tuple[int, ...], shares: tuple[float, ...], seeds: int, *, engine: str = "numpy",
    n_conditions: int = N_CONDITIONS,
) -> pd.DataFrame:  # fmt: skip
    """Measure the costs for every size, share of mixed units, seed and rewrite, one per row."""
    rows = []
    for n_units in sizes:
        for mixed_share in shares:
            for seed in range(seeds):
                ann = draw_mixed_network(n_units, mixed_share, seed)
                for dale in DALE:
                    cost = measure_rewrite_costs(
                        ann, dale, seed, engine=engine, n_conditions=n_conditions
                    )
                    rows.append({"units": n_units, "share": mixed_share, "seed": seed, **cost})
    return pd.DataFrame(rows)


def summarise_costs(rows: pd.DataFrame) -> pd.DataFrame:
    """Compute the mean of every cost over seeds, and its 95 % interval by resampling seeds."""
    summaries = []
    for (units, share, dale), group in rows.groupby(["units", "share", "dale"], sort=True):
        summary = {"units": int(units), "share": float(share), "dale": str(dale)}
        for cost in COSTS:
            values = group[cost].to_numpy()
            rng = make_rng(0, "dale cost", "interval")
            means = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
            low, high = np.quantile(means, [0.025, 0.975])
            summary |= {cost: values.mean(), f"{cost}_low": low, f"{cost}_high": high}
        summaries.append(summary)
    return pd.DataFrame(summaries)


@house_style()
def draw_cost_sweep(costs: pd.DataFrame) -> Drawing:
    """Draw the costs against the share of mixed units, and against the size of the network."""
    figure, panels = make_subplots(2, 2, height=4.3)
    n_largest = costs.units.max()
    largest_share = costs.share.max()
    for panel, (cost, label) in zip(panels.ravel(), COSTS.items(), strict=True):
        along = "units" if cost in ("error", "delay") else "share"
        is_shown = costs.share == largest_share if along == "units" else costs.units == n_largest
        rows = costs[is_shown]
        for dale, colour in COLOURS.items():
            rewrite = rows[rows.dale == dale]
            errors = [
                rewrite[cost] - rewrite[f"{cost}_low"],
                rewrite[f"{cost}_high"] - rewrite[cost],
            ]
            mark = "o-" if dale == "twins" else "s--"
            panel.errorbar(
                rewrite[along],
                rewrite[cost],
                yerr=errors,
                fmt=mark,
                ms=4,
                lw=1,
                color=colour,
                label=dale,
                capsize=2,
            )
        limit = float(rows[f"{cost}_high"].max())
        panel.set(ylabel=label, ylim=(-0.04 * limit, 1.25 * limit))
        panel.set_xlabel("units" if along == "units" else "share of units with both signs")
        if along == "units":
            panel.set_xscale("log", base=2)
            panel.set_xticks(sorted(costs.units.unique()), sorted(costs.units.unique()))
            panel.minorticks_off()
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    largest = costs[(costs.units == n_largest) & (costs.share == largest_share)].set_index("dale")
    summary = "; ".join(
        f"{dale}: {largest.neurons[dale]:.2g} additional neurons per unit, "
        f"{largest.synapses[dale]:.2f} synapses per weight, {largest.delay[dale]:.0f} ms, "
        f"error {largest.error[dale]:.1f} %"
        for dale in COLOURS
    )
    return Drawing(
        figure,
        f"Costs of both rewrites. {n_largest} units, all with both signs: {summary}.",
        "Both rewrites add one neuron for every unit with weights of both signs. Twins double the "
        "synapses without delay; interneurons delay inhibition, and need few more synapses. With "
        f"{n_largest} units: {summary}. Bars: 95 % intervals over random networks. Upper panels: "
        "the largest networks; lower panels: networks in which all units are mixed.",
    )


def build_dale_cost_report(costs: pd.DataFrame, n_seeds: int) -> Document:
    """Build the report from the costs of `summarise_costs`."""
    figure = to_figure_block(draw_cost_sweep(costs), "dale_cost")

    def format_cost(row: pd.Series, cost: str, decimals: int) -> str:
        bounds = f"{row[f'{cost}_low']:.{decimals}f}, {row[f'{cost}_high']:.{decimals}f}"
        return f"{row[cost]:.{decimals}f} [{bounds}]"

    rows = tuple(
        (
            f"{row.units}",
            f"{row.share:.0%}",
            row.dale,
            f"{row.neurons:.2f}",
            format_cost(row, "synapses", 2),
            f"{row.delay:.0f}",
            format_cost(row, "error", 1),
        )
        for _, row in costs.iterrows()
    )
    table = Table(
        "Costs of every network",
        ("units", "mixed units", "rewrite", "additional neurons per unit", "synapses per weight",
         "delay [ms]", "error [%]"),
        rows,
        f"Means over {n_seeds} random networks; brackets are 95 % intervals from resampling.",
    )  # fmt: skip
    largest = costs[costs.units == costs.units.max()]
    mixed = largest[largest.share == largest.share.max()].set_index("dale")
    method = Paragraph(
        "A unit with weights of both signs becomes a glutamatergic and a GABAergic neuron. Twins "
        "receive the same input, so that every synapse onto such a unit is doubled. An interneuron "
        "is driven by its glutamatergic partner through one additional synapse, whose delay and "
        "time constant delay inhibition. Stimuli are injected as currents."
    )
    return Document(
        "dale: the cost of one transmitter per neuron",
        "What does Dale's principle cost?",
        "Each unit with weights of both signs costs one additional neuron. Twins need "
        f"{mixed.synapses['twins']:.2f} synapses per weight and add no delay; interneurons need "
        f"{mixed.synapses['interneurons']:.2f} and delay inhibition by "
        f"{mixed.delay['interneurons']:.0f} ms. The error of the responses is "
        f"{mixed.error['twins']:.1f} % and {mixed.error['interneurons']:.1f} %.",
        (),
        (Section("Costs", (method, figure)), Section("All networks", (table,))),
        footer=f"bioann, analyses/dale_cost.py, seeds: {n_seeds}",
        contents=False,
    )


@analysis_command(__doc__, "python analyses/dale_cost.py --seeds 2", engine="numpy")
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Networks of each kind."
)
@click.option(
    "--sizes", type=CommaSeparated(click.IntRange(2)), default=SIZES, help="Numbers of units."
)
def main(out: Path, seeds: int, sizes: tuple[int, ...], engine: str, as_json: bool) -> None:
    """Measure all costs, write the report, and print its summary."""
    costs = summarise_costs(measure_all_costs(sizes, MIXED_SHARES, seeds, engine=engine))
    result = {"seeds": seeds, "rows": costs.to_dict("records")}
    report_results(build_dale_cost_report(costs, seeds), out, "dale_cost", result, as_json=as_json)


if __name__ == "__main__":
    main()
