"""Equations with their symbols, as models state them and reports show them."""

from __future__ import annotations

from dataclasses import dataclass

from bioann.base.text import check_texts


@dataclass(frozen=True)
class Symbol:
    """One symbol of an equation.

    Parameters
    ----------
    symbol : str
        The symbol in Typst math, as in the equation.
    meaning : str
        The quantity in words.
    value : str, optional
        Its value as reports print it, without unit.
    unit : str, optional
        Unit of the value.
    source : str, optional
        Where the value comes from.
    """

    symbol: str
    meaning: str
    value: str = ""
    unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        check_texts(f"Symbol {self.symbol!r}", symbol=self.symbol, meaning=self.meaning)


@dataclass(frozen=True)
class Equation:
    """A displayed equation.

    Parameters
    ----------
    caption : str
        What the equation describes, in words.
    typst : str
        In Typst math; empty where only the caption and the symbols are known.
    symbols : tuple of Symbol, optional
        What its symbols mean.
    """

    caption: str
    typst: str
    symbols: tuple[Symbol, ...] = ()

    def __post_init__(self) -> None:
        check_texts(f"Equation {self.typst!r}", caption=self.caption)
