"""What in one half is read as what in the other, and the one axis that both are put on."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import xarray as xr

from bioann.base.errors import CorrespondenceError, unknown_name_error
from bioann.base.units import SI, Description, in_unit, quantity
from bioann.recordings.neuron_index import members, named, neuron_rates, split
from bioann.recordings.recording import response

#: One name, or a signed sum of names: ``{"on": +1, "off": -1}``.
Side: TypeAlias = str | Mapping[str, float]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Match(Description):
    """One reading: a signed sum of populations stands for a signed sum of units.

    Parameters
    ----------
    bio, ann : str or mapping of str to float
        A name, or names with weights. A signed unit is read from an opponent pair as
        ``Match({"on": +1, "off": -1}, "unit")``. On the biological side a name is a population,
        one of its neurons (``"left[3]"``) or the mean of a block (``"left[3:6]"``).
    scale : quantity, optional
        The firing rate that stands for activation 1. Stated, never fitted in silence.
    name : str, optional
        What reports call it; the name on the artificial side unless given.
    """

    bio: Side
    ann: Side
    scale: SI = quantity("Hz", 100, above=0)
    name: str = ""

    def check(self) -> None:
        """Raise `CorrespondenceError` for an empty side or a weight that is no number."""
        for label in ("bio", "ann"):
            side = getattr(self, label)
            names = {side: 1.0} if isinstance(side, str) else dict(side)
            if not names or not all(np.isfinite(w) and w != 0 for w in names.values()):
                raise CorrespondenceError(
                    f"Match, {label}",
                    "a name or names with weights other than zero",
                    f"{side!r}",
                    'Write "left" or {"on": +1, "off": -1}.',
                )
            if not isinstance(side, str):
                self.set_field(label, names)
        if not self.name:
            self.set_field("name", self.ann if isinstance(self.ann, str) else " ".join(self.ann))

    def weights(self, half: str) -> dict[str, float]:
        """Give the names and weights of one side (``"bio"`` or ``"ann"``)."""
        side: Side = getattr(self, half)
        return {side: 1.0} if isinstance(side, str) else dict(side)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Correspondence(Description):
    """All readings of a pair; whatever has no partner must be declared.

    Parameters
    ----------
    matches : tuple of Match
        At least one.
    bio_only, ann_only : tuple of str, optional
        Populations and units without a partner.
    """

    matches: tuple[Match, ...]
    bio_only: tuple[str, ...] = ()
    ann_only: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise `CorrespondenceError` if there is no match or a name is used twice."""
        for field in ("matches", "bio_only", "ann_only"):
            if isinstance(getattr(self, field), str):
                self.set_field(field, (getattr(self, field),))
            self.set_field(field, tuple(getattr(self, field)))
        names = [m.name for m in self.matches]
        if not names or len(set(names)) != len(names):
            raise CorrespondenceError(
                "Correspondence",
                "at least one Match, each with its own name",
                f"names {names}",
                'Add Match("population", "unit"), or tell them apart with name="...".',
            )

    def complete(
        self,
        bio_units: Sequence[str],
        ann_units: Sequence[str],
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        """Check that every population and unit is matched or declared.

        Parameters
        ----------
        bio_units, ann_units : sequence of str
            What the halves answer with.
        sizes : mapping of str to int, optional
            Neurons of each population, where they can be named one by one: of a population that
            is, every neuron must be matched or declared.

        Raises
        ------
        UnknownNameError
            If a match or declaration names something that is not there.
        CorrespondenceError
            If something has no partner and was not declared, or was declared and matched.
        """
        neurons = dict.fromkeys(bio_units, 1) if sizes is None else sizes
        self._complete("bio", "population", neurons, members)
        self._complete("ann", "unit", dict.fromkeys(ann_units, 1), itself)

    def _complete(
        self,
        half: str,
        kind: str,
        sizes: Mapping[str, int],
        parts: Callable[[str, Mapping[str, int], str], set[tuple[str, int]]],
    ) -> None:
        declared = getattr(self, f"{half}_only")
        names = dict.fromkeys(name for m in self.matches for name in m.weights(half))
        matched, alone = (
            {part for name in given for part in parts(name, sizes, "Correspondence")}
            for given in (names, declared)
        )
        left = {(name, i) for name, n in sizes.items() for i in range(n)} - matched - alone
        both = matched & alone
        if left or both:
            found = named(left or both, sizes)
            raise CorrespondenceError(
                "Correspondence",
                f"a Match for every {kind}, or its name in {half}_only, not both",
                f"without partner: {found}" if left else f"both: {found}",
                f"Add Match(...) or {half}_only={tuple(found)!r}.",
            )

    def only(self, *names: str) -> Correspondence:
        """Keep some matches, and declare what the others read to be alone.

        Parameters
        ----------
        *names : str
            Names of matches.

        Returns
        -------
        Correspondence
            With these matches, in their present order.
        """
        known = [m.name for m in self.matches]
        for name in names:
            if name not in known:
                raise unknown_name_error("Correspondence.only", "match", name, known)
        kept = tuple(m for m in self.matches if m.name in names)
        alone = {}
        for half in ("bio", "ann"):
            read = {u for m in kept for u in m.weights(half)}
            rest = (u for m in self.matches for u in m.weights(half) if u not in read)
            alone[half] = (*getattr(self, f"{half}_only"), *dict.fromkeys(rest))
        return Correspondence(kept, alone["bio"], alone["ann"])

    def scales(self) -> dict[str, float]:
        """Give each match's scale in Hz."""
        return {m.name: in_unit(m.scale, "Hz") for m in self.matches}


def itself(name: str, sizes: Mapping[str, int], obj: str) -> set[tuple[str, int]]:
    """Give what a unit's name stands for: the unit, `UnknownNameError` without one."""
    if name not in sizes:
        raise unknown_name_error(obj, "unit", name, sizes)
    return {(name, 0)}


def read(half: xr.Dataset, correspondence: Correspondence, side: str) -> xr.DataArray:
    """Read one half through a correspondence.

    Parameters
    ----------
    half : xarray.Dataset
        With ``rate`` (Hz; divided by each match's scale) or ``activation``; any further leading
        dimensions are kept.
    correspondence : Correspondence
        What is read as what.
    side : {'bio', 'ann'}
        Whose names the dataset has.

    Returns
    -------
    xarray.DataArray
        Activations with the dimension ``match`` in place of ``unit``.
    """
    in_hertz = "rate" in half
    names = list(dict.fromkeys(n for m in correspondence.matches for n in m.weights(side)))
    found, columns = resolved(half, names, side)
    signed = []
    for match in correspondence.matches:
        weights = match.weights(side).items()
        total = functools.reduce(operator.add, [w * found[..., columns[u]] for u, w in weights])
        signed.append(total / match.scale if in_hertz else total)
    whole = response(half)
    kept = whole.isel(unit=0, drop=True)
    matches = [m.name for m in correspondence.matches]
    return kept.expand_dims(match=matches, axis=-1).copy(data=np.stack(signed, axis=-1))


def resolved(
    half: xr.Dataset, names: Sequence[str], side: str
) -> tuple[np.ndarray, dict[str, int]]:
    """Give the responses of names that may be neuron-resolved.

    Parameters
    ----------
    half : xarray.Dataset
        A half's recording.
    names : sequence of str
        Units; populations, neurons or blocks where `side` is ``"bio"``.
    side : {'bio', 'ann'}
        Whose recording it is.

    Returns
    -------
    values : numpy.ndarray, shape (..., name)
        In the unit of the recording.
    columns : dict of str to int
        Where in the last axis each name is.
    """
    whole = response(half).transpose(..., "unit")
    units = {str(u): i for i, u in enumerate(whole.unit.values)}
    neurons = [n for n in names if n not in units and split(n)[1] is not None and side == "bio"]
    plain = [n for n in names if n not in neurons]
    for name in plain:
        if name not in units:
            raise unknown_name_error("Correspondence", "unit", name, units)
    parts = [whole.values[..., [units[n] for n in plain]]]
    if neurons:
        parts.append(neuron_rates(half, neurons))
    return np.concatenate(parts, axis=-1), {n: i for i, n in enumerate([*plain, *neurons])}


def responses(run: xr.DataTree, correspondence: Correspondence) -> xr.Dataset:
    """Put both halves and their controls on one axis, in activation.

    Parameters
    ----------
    run : xarray.DataTree
        With ``/stimulus``, ``/bio``, ``/ann`` and, where they were run, ``/ceiling`` (biology with
        another seed) and ``/chance`` (artificial half with random signs).
    correspondence : Correspondence
        What is read as what.

    Returns
    -------
    xarray.Dataset
        ``bio``, ``again`` (condition, trial, time, match); ``ann`` (condition, time, match);
        ``shuffled`` (shuffle, condition, time, match); the pair's controls like ``bio``, by their
        names; ``stimulus`` (condition, stimulus_time,
        channel); ``scale_hz`` (match).
    """
    data = {
        "bio": read(run["bio"].to_dataset(), correspondence, "bio"),
        "ann": read(run["ann"].to_dataset(), correspondence, "ann").mean("trial"),
        "stimulus": run["stimulus"]["stimulus"],
    }
    known = ("stimulus", "bio", "ann", "chance", "effective_weights")
    for name in run.children:
        if name not in known:  # the ceiling, and the pair's controls
            data[name] = read(run[name].to_dataset(), correspondence, "bio")
    if "chance" in run.children:
        shuffled = read(run["chance"].to_dataset(), correspondence, "ann")
        data["chance"] = shuffled.mean("trial")
    scales = correspondence.scales()
    data["scale_hz"] = xr.DataArray(list(scales.values()), dims="match", attrs={"units": "Hz"})
    return xr.Dataset(data)
