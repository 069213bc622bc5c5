"""The report of `analyses/peers.py`: what each conversion keeps, costs and assumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bioann.analyses.digits_translation import N_CALIBRATION
from bioann.analyses.peers_converters import BIOANN_INPUTS, STEPS
from bioann.base.text import format_count
from bioann.reporting.document import Block, Document, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    EXCITATORY_COLOUR,
    INHIBITORY_COLOUR,
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    UNCLEAR_COLOUR,
    Drawing,
    draw_for_widths,
    house_style,
    make_subplots,
)

#: Rows of `analyses.peers.summarise_conversions`.
Rows = Sequence[Mapping[str, Any]]

SIGNED = "signed connections: one cell excites and inhibits"
ONE_TRANSMITTER = "a GABAergic twin for each cell with negative weights; conductances are 0 or more"
#: What each conversion assumes: negative weights, inputs, outputs, spikes.
ASSUMPTIONS = {
    "SpikingJelly": (
        SIGNED, "numbers of any sign", "numbers of any sign",
        "at most one a step, reset by subtraction; 1 a step at the largest activation"),
    "sinabs": (
        SIGNED, "numbers of any sign", "numbers of any sign",
        "several a step, reset by subtraction; 1 a step at activation 1"),
    "NengoDL": (
        SIGNED, "numbers of any sign", "numbers of any sign, synapses of 5 ms",
        "several a step, reset by subtraction; 100 Hz at activation 1"),
    "balanced (Diehl 2015)": (
        SIGNED, "Poisson spikes of up to 1000 Hz, 0 or more", "spikes, 0 or more",
        "at most one a step, reset to zero; 1 a step at the largest activation"),
    "balanced (Rueckauer 2017)": (
        SIGNED, "numbers of any sign", "spikes, 0 or more",
        "at most one a step, reset by subtraction; 1 a step at the 99.9th percentile"),
    "bioann, pixels as spikes": (
        ONE_TRANSMITTER, "spikes of up to two cells per pixel, 0 or more",
        "spikes of two cells, ON minus OFF", "conductance-based cells; 100 Hz at activation 1"),
    "bioann, pixels as currents": (
        ONE_TRANSMITTER, "injected currents of any sign",
        "spikes of two cells, ON minus OFF", "conductance-based cells; 100 Hz at activation 1"),
}  # fmt: skip
COLOURS = (
    RATE_COLOUR, INHIBITORY_COLOUR, EXCITATORY_COLOUR, UNCLEAR_COLOUR, INK, SPIKING_COLOUR,
    "#56B4E9",
)  # fmt: skip
LINE_STYLES = ("-", "--", "-.", ":", (0, (1, 1)), "-", "--")
MARKERS = "osDv^P*"


def build_peers_report(
    rows: Rows, reasons: Mapping[str, str], n_seeds: int, n_images: int
) -> Document:
    """Build the report.

    Parameters
    ----------
    rows : sequence of mapping
        Summaries of all conversions, from `analyses.peers.summarise_conversions`.
    reasons : mapping of str to str
        Why a conversion is missing, by its name.
    n_seeds, n_images : int
        Number of trained networks of each kind, and of held-out images.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(
        draw_for_widths(lambda width: _draw(rows, n_seeds, n_images, width)), "peers"
    )
    missing: tuple[Block, ...] = ()
    if reasons:
        table = Table("Conversions that are missing", ("conversion", "reason"),
                      tuple(reasons.items()))  # fmt: skip
        missing = (table,)
    return Document(
        "peers: conversions to spiking networks compared",
        "What do conversions to spiking networks keep, and what do they assume about signs?",
        _summarise(rows, reasons),
        (),
        (
            Section(
                "Decisions", (_describe_method(n_seeds, n_images), _tabulate_losses(rows, n_images))
            ),
            Section("Spikes and time", (_tabulate_costs(rows),)),
            Section("Assumptions", (_tabulate_assumptions(rows), *missing)),
        ),
        footer=f"bioann, analyses/peers.py, {format_count(n_seeds, 'seed')}",
        key_figure=figure,
    )


def _summarise(rows: Rows, reasons: Mapping[str, str]) -> str:
    text = []
    for label, is_chosen in (
        ("Conversions with signed connections", lambda row: row["converter"] not in BIOANN_INPUTS),
        ("bioann's, with one transmitter per cell,", lambda row: row["converter"] in BIOANN_INPUTS),
    ):
        chosen = [row for row in rows if is_chosen(row)]
        if chosen:
            lost = [row["lost_points"]["mean"] for row in chosen]
            equal = [row["agreement"]["mean"] for row in chosen]
            text.append(
                f"{label} lose {_format_range(lost, 2)} percentage points of accuracy and keep "
                f"{_format_range(equal, 1)} % of the decisions."
            )
    if reasons:
        text.append(f"Not compared: {', '.join(reasons)}.")
    return " ".join(text)


def _format_range(values: Sequence[float], digits: int) -> str:
    low, high = (f"{v + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}") for v in
                 (min(values), max(values)))  # fmt: skip
    return low if low == high else f"{low} to {high}"


def _format_interval(interval: Mapping[str, float], digits: int) -> str:
    mean, low, high = (
        f"{interval[key]:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        for key in ("mean", "low", "high")
    )
    return f"{mean} [{low}, {high}]"


def _describe_method(n_seeds: int, n_images: int) -> Paragraph:
    return Paragraph(
        f"{format_count(n_seeds, 'trained network')} of each kind (ReLU units, one hidden layer) "
        f"and {n_images} held-out images, the same for all conversions. Each image is presented "
        f"for {STEPS[-1]} steps of 1 ms, 0.5 s of simulated time. Calibration, where there is one, "
        f"uses {N_CALIBRATION} training images, balancing all of them. Libraries run with their "
        "own defaults for conversions. They present pixels as constant currents and read outputs "
        "as numbers, so that the hidden neurons alone fire; the other conversions have spiking "
        "outputs, and some have spiking inputs, whose noise they must average. bioann decides "
        "by the rates of the last 60 % of the time so far, the others by all of it."
    )


def _tabulate_losses(rows: Rows, n_images: int) -> Table:
    return Table(
        "Accuracy and decisions after 0.5 s",
        ("network", "conversion", "accuracy [%]", "accuracy lost [percentage points]",
         "equal decisions [%]"),
        tuple(
            (
                row["network"], row["converter"], _format_interval(row["accuracy"], 1),
                _format_interval(row["lost_points"], 2), _format_interval(row["agreement"], 1),
            )
            for row in rows
        ),
        "Accuracy lost: that of the trained network minus that of the converted one; negative "
        "where the conversion is right more often. Equal decisions: the trained network and the "
        "converted one choose the same digit. Means over seeds; brackets: 95 % intervals from "
        "resampling seeds and images. An interval without width means that no decision differs, "
        f"which excludes a share above {300 / n_images:.1g} % only (95 %, of {n_images} images).",
    )  # fmt: skip


def _tabulate_costs(rows: Rows) -> Table:
    return Table(
        "Spikes and time for one image",
        ("network", "conversion", "spikes of hidden neurons", "spikes of all neurons",
         "simulated time [s]", "wall time [ms]", "conversion, once [s]"),
        tuple(
            (
                row["network"], row["converter"], f"{row['hidden_spikes']:.0f}",
                f"{row['spikes']:.0f}", "0.5", f"{1000 * row['run_s']:.1f}",
                f"{row['conversion_s']:.1f}",
            )
            for row in rows
        ),
        "Means over seeds. Spikes of all neurons: with inputs and outputs where these fire. Wall "
        "time: of a run of all images in one batch, divided by their number, on one machine, "
        "including just-in-time compilation; it "
        "depends on the load and is a guide. bioann calibrates a network by simulations, which "
        "the time of the conversion includes.",
    )  # fmt: skip


def _tabulate_assumptions(rows: Rows) -> Table:
    columns = ("conversion", "negative weights", "inputs", "outputs", "spikes")
    names = {row["converter"]: row["converter"].split(" ")[0] for row in rows}
    cells = [
        (name, *ASSUMPTIONS.get(name, ASSUMPTIONS.get(library, ("",) * 4)))
        for name, library in names.items()
    ]
    return Table(
        "What each conversion assumes",
        columns,
        tuple(cells),
        "Biases are constant currents in all of them; the original of Diehl et al. has none. A "
        "ReLU activation is never negative, so that a firing rate can stand for it. Inputs here "
        "are pixels from 0 to 1. Spikes of outputs are counted; of equal counts the cell with the "
        "highest potential is chosen.",
    )


@house_style()
def _draw(rows: Rows, n_seeds: int, n_images: int, width: float) -> Drawing:
    kinds = list(dict.fromkeys(row["network"] for row in rows))
    names = list(dict.fromkeys(row["converter"] for row in rows))
    is_narrow = width < 5
    shape = (max(len(kinds), 1), 1) if is_narrow else (1, max(len(kinds), 1))
    height = 2.6 * shape[0] + (1.6 if is_narrow else 0.9)
    figure, panels = make_subplots(
        *shape, width=width, height=height, sharey=True, sharex=True, squeeze=False
    )
    for panel, kind in zip(panels.flat, kinds, strict=False):
        for row in rows:
            if row["network"] == kind:
                k = names.index(row["converter"]) % len(COLOURS)
                course = row["agreement_over_time"]
                panel.fill_between(STEPS, course["low"], course["high"], color=COLOURS[k],
                                   alpha=0.15, lw=0)  # fmt: skip
                panel.plot(STEPS, course["mean"], color=COLOURS[k], ls=LINE_STYLES[k],
                           marker=MARKERS[k], ms=3.5, label=row["converter"])  # fmt: skip
        panel.set(xscale="log", title=kind, ylim=(80, 100.6), xticks=STEPS)
        panel.set_xticks(STEPS, [str(step) for step in STEPS])
        panel.minorticks_off()
    for panel in panels[-1]:
        panel.set_xlabel("time since image onset [ms]")
    for panel in panels[:, 0]:
        panel.set_ylabel("equal decisions [%]")
    handles = panels[0, 0].get_legend_handles_labels()
    if handles[0]:
        figure.legend(*handles, loc="outside upper center", ncols=1 if is_narrow else 3)
    ends = "; ".join(
        f"{row['network']}, {row['converter']}: {row['agreement']['mean']:.1f} %" for row in rows
    )
    return Drawing(
        figure,
        f"Share of equal decisions against presentation time. After 0.5 s: {ends}.",
        "Decisions of the converted networks that equal those of the trained network, against the "
        "time that an image is presented. Values below 80 % are outside the panels. Bands: "
        f"smallest to largest of the seeds. n: {format_count(n_seeds, 'seed')}, "
        f"{n_images} images.",
    )
