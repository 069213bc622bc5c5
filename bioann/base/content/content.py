"""The content of a description and of the functions in it, as a list of paths and values.

``list_content(pair)`` lists every number, text and array that a description consists of, and of
every function the bytecode, defaults, closure and the globals that it uses:

- ``bio.populations[0].background``: ``2.5 nS``;
- ``ann.function``: ``code 5a05899cdc30b2d4``, and ``ann.function.gain``: ``2.0`` for the variable
  `gain` of its closure;
- ``global LEVELS``: ``array (2000,) float64 5a05899cdc30b2d4`` for a constant of the same file.

Two lists are equal exactly if descriptions and code are; where they differ, their paths name the
difference. Code of libraries is listed by name, its version beside the list. No value depends on
the process, on the path of a file or on line numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bioann.base.content.lister import ContentLister
from bioann.base.content.text import hash_values


@dataclasses.dataclass(frozen=True)
class Content:
    """What a description consists of.

    Parameters
    ----------
    values : mapping of str to str
        Text of each value by its path; of arrays, functions and long values a digest.
    unhashed : tuple of str
        Paths of functions and objects whose content cannot be read, with their names.
    libraries : tuple of str
        Names of the packages whose code the functions use.
    """

    values: Mapping[str, str]
    unhashed: tuple[str, ...]
    libraries: tuple[str, ...]

    @property
    def hash(self) -> str:
        """16 hexadecimal digits, equal for equal content in all processes."""
        return hash_values(self.values)


def list_content(
    description: Any, *, without: Collection[str] = (), omit_defaults: bool = False
) -> Content:
    """List what a description and the functions in it consist of.

    Parameters
    ----------
    description : object
        A `Description`, or a function.
    without : collection of str, optional
        Names of fields of the description itself that are left out.
    omit_defaults : bool, optional
        Whether to leave out default values of bioann's own classes: a later version whose classes
        have further fields then lists the same.

    Returns
    -------
    Content
        Values by path, what could not be read, and the libraries used.
    """
    return _read_content(ContentLister({}, without, omit_defaults), description)


def list_contents_without_defaults(
    descriptions: Iterable[Any], *, without: Collection[str] = ()
) -> tuple[Content, ...]:
    """List the contents of several descriptions, without default values of bioann's own classes.

    Parameters
    ----------
    descriptions : iterable of object
        Descriptions that may have large objects in common, which are read once.
    without : collection of str, optional
        Names of fields of the descriptions themselves that are left out.

    Returns
    -------
    tuple of Content
        One for each description.
    """
    containers: dict[int, tuple[Any, dict[str, str]]] = {}
    return tuple(
        _read_content(ContentLister(containers, without, omit_defaults=True), item)
        for item in descriptions
    )


def _read_content(lister: ContentLister, description: Any) -> Content:
    """Return the content of a description, read by a lister that is used once."""
    lister.add("", description)
    unhashed = tuple(dict.fromkeys(lister.unhashed))
    return Content(lister.values, unhashed, tuple(sorted(lister.libraries)))
