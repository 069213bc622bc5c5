"""Output on the terminal: the one place where text leaves for it."""

from __future__ import annotations

import click

from bioann.base.printable import clean_text


def echo(text: str, *, err: bool = False) -> None:
    """Print a text without the characters that a terminal would obey.

    Parameters
    ----------
    text : str
        What is printed; it may quote what others wrote.
    err : bool, optional
        Whether it goes to the standard error.
    """
    click.echo(clean_text(text), err=err)
