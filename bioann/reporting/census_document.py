"""The report of a census of signs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bioann.base.equations import Equation, Symbol
from bioann.base.text import format_number
from bioann.reporting.document import (
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.figures.census import draw_dale, draw_distributions, draw_spectra
from bioann.reporting.style import Drawing
from bioann.reporting.svg import to_svg

QUESTION = "Which signs do the weights have, and do they obey Dale's principle?"
DASH = "\N{EN DASH}"


def make_census_document(
    census: Any, name: str, source: str, notes: tuple[str, ...] = ()
) -> Document:
    """Write the report of a census.

    Parameters
    ----------
    census : Census
        Its four tables are read.
    name : str
        Name of the network.
    source : str
        Where the network comes from.
    notes : tuple of str, optional
        Sentences about what the source left open, for example arrays that are no weights.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    layers = census.layers
    return Document(
        f"Signs of the weights of {name}",
        QUESTION,
        summarise_census(census),
        (),
        (
            Section(
                "Signs",
                (
                    _make_figure_block(draw_distributions(census), "signs"),
                    _make_sign_table(layers),
                    *map(Paragraph, notes),
                ),
            ),
            Section(
                "Dale's principle",
                (
                    Paragraph(
                        "A neuron releases the same transmitters at all its synapses, so they are "
                        "either all excitatory or all inhibitory. A unit whose outgoing weights "
                        "have both signs does not correspond to a single neuron; a circuit needs "
                        "two neurons for it, or an interneuron."
                    ),
                    _make_figure_block(draw_dale(census), "dale"),
                    _make_dale_table(census.units),
                ),
            ),
            Section(
                "Balance and spectra",
                (
                    _make_figure_block(draw_spectra(census), "spectra"),
                    _make_balance_table(layers),
                    _BALANCE_EQUATION,
                    _RANK_EQUATION,
                ),
            ),
        ),
        f"Source: {source}. A weight of zero is no connection; percentages are of the others.",
    )


def summarise_census(census: Any) -> str:
    """Summarise the census in two sentences."""
    layers, units = census.layers, census.units
    negative = (layers["n"] * layers["negative"]).sum() / layers["n"].sum()
    projecting_units = units[units["minority"].notna()]
    return (
        f"{negative:.1%} of {int(layers['n'].sum()):,} weights are negative. "
        f"{int(projecting_units['violates'].sum()):,} of {len(projecting_units):,} units and maps "
        "that project have outgoing weights of both signs, which violates Dale's principle."
    )


def _make_figure_block(drawing: Drawing, key: str) -> Figure:
    return Figure(to_svg(drawing.figure, key), drawing.alt, drawing.caption)


def _make_sign_table(layers: pd.DataFrame) -> Table:
    rows = tuple(
        (
            row.layer,
            row.weights,
            f"{row.targets} x {row.sources}",
            f"{row.n:,}",
            f"{row.negative:.1%}",
            f"{row.zero:.1%}",
            *map(format_number, (row.mean, row.sd, row.q05, row.median, row.q95)),
        )
        for row in layers.itertuples()
    )
    names = ("layer", "array", "targets x sources", "n", "negative", "zero")
    return Table(
        "Signs and distribution of the weights by array",
        (*names, "mean", "SD", "5%", "median", "95%"),
        rows,
        "negative: percentage of the n nonzero weights; zero: percentage of all weights; 5%, "
        "median, 95%: quantiles. Weights are dimensionless.",
    )


def _make_dale_table(units: pd.DataFrame) -> Table:
    rows = []
    for name, group in units[units["minority"].notna()].groupby("sources", sort=False):
        n_one_sign = (group["negative"] == 0).sum(), (group["positive"] == 0).sum()
        rows.append(
            (
                str(name),
                f"{len(group):,}",
                *(f"{int(n):,}" for n in (group["violates"].sum(), *n_one_sign)),
                f"{group['minority'].mean():.1%}",
            )
        )
    return Table(
        "Units by the signs of their outgoing weights",
        ("units of", "n", "both signs", "positive only", "negative only", "rarer sign, mean"),
        tuple(rows),
        "Over all arrays through which a unit, or a map of a convolution, projects.",
    )


def _make_balance_table(layers: pd.DataFrame) -> Table:
    rows = tuple(
        (
            row.layer,
            row.weights,
            *map(format_number, (row.excitation, row.inhibition, row.balance, row.norm)),
            *(DASH if pd.isna(x) else format_number(x) for x in (row.rank, row.radius)),
        )
        for row in layers.itertuples()
    )
    return Table(
        "Balance of excitation and inhibition, and spectra",
        ("layer", "array", "E", "I", "balance", "norm", "effective rank", "spectral radius"),
        rows,
        "norm: largest singular value. Spectral radius: recurrent arrays only. A dash as effective "
        "rank: the array is too large for a full spectrum.",
    )


_BALANCE_EQUATION = Equation(
    "Balance of an array: 1 for positive weights only, 0 where both signs cancel in the sum",
    "beta = (E - I) / (E + I)",
    (
        Symbol("E", "sum of the positive weights"),
        Symbol("I", "sum of the magnitudes of the negative weights"),
    ),
)
_RANK_EQUATION = Equation(
    "Effective rank of an array (participation ratio)",
    "r = (sum_k s_k^2)^2 / (sum_k s_k^4)",
    (Symbol("s_k", "its singular values"),),
)
