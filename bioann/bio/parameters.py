"""The parameters of cells, receptors and rules, as symbols of equations for a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from bioann.base.description import Description
from bioann.base.equations import Symbol
from bioann.base.heterogeneity import HeterogeneousQuantity, format_values
from bioann.base.text import format_setting


def list_parameters(
    description: Description, source: str, tag: str = "", omitted_fields: Sequence[str] = ()
) -> tuple[Symbol, ...]:
    """List the physical fields of a description for a report, one `Symbol` each.

    Parameters
    ----------
    description : Description
        A cell or receptor.
    source : str
        Publication of the default values; a value that differs from its default belongs to the
        pair.
    tag : str, optional
        Subscript in Typst math that distinguishes equal symbols.
    omitted_fields : sequence of str, optional
        Names of fields that are not listed.
    """
    rows = []
    for f in dataclasses.fields(description):  # type: ignore[arg-type]
        if "unit" not in f.metadata or f.name in omitted_fields:
            continue
        unit, value = f.metadata["unit"], getattr(description, f.name)
        if value is None:
            continue
        is_own = f.default_factory is dataclasses.MISSING or float(f.default_factory()) != value
        is_own = is_own or isinstance(value, HeterogeneousQuantity)
        symbol = f.metadata["symbol"] or f.name
        rows.append(
            Symbol(
                f"{symbol}_({tag})" if tag else symbol,
                f.metadata["meaning"] or f.name,
                format_values(value, unit),
                unit,
                "the pair" if is_own else f.metadata["source"] or source,
            )
        )
    return tuple(rows)


def list_dimensionless_parameters(
    description: Description, source: str, tag: str = ""
) -> tuple[Symbol, ...]:
    """Return the dimensionless parameters of a description; arguments as in `list_parameters`."""
    rows = []
    for f in dataclasses.fields(description):  # type: ignore[arg-type]
        value = getattr(description, f.name)
        if "unit" in f.metadata or isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        symbol = f.metadata.get("symbol") or f'"{f.name}"'
        meaning = f.metadata.get("meaning") or f.name
        default_source = f.metadata.get("source") or source
        rows.append(
            Symbol(
                f"{symbol}_({tag})" if tag else symbol,
                meaning,
                format_setting(value),
                "",
                default_source if value == f.default else "the pair",
            )
        )
    return tuple(rows)
