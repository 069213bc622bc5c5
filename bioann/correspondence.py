"""What in one model is read as what in the other, and the one axis that both are put on."""

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
from bioann.recordings.neuron_index import list_neurons, name_neurons, neuron_rates, split_name
from bioann.recordings.recording import response_of

#: One name, or a signed sum of names: ``{"on": +1, "off": -1}``.
Side: TypeAlias = str | Mapping[str, float]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Match(Description):
    """One reading: a signed sum of populations stands for a signed sum of units.

    Parameters
    ----------
    bio, ann : str or mapping of str to float
        A name, or names with weights. A signed unit is read from an opponent pair as
        ``Match({"on": +1, "off": -1}, "unit")``. In the spiking model a name is a population,
        one of its neurons (``"left[3]"``) or the mean of a block (``"left[3:6]"``).
    scale : quantity, optional
        The firing rate that stands for activation 1. Stated, never fitted in silence.
    name : str, optional
        What reports call it; the name in the rate model unless given.
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

    def weights_of(self, side: str) -> dict[str, float]:
        """Give the names and weights of one side (``"bio"`` or ``"ann"``)."""
        names: Side = getattr(self, side)
        return {names: 1.0} if isinstance(names, str) else dict(names)


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

    def check_complete(
        self,
        bio_units: Sequence[str],
        ann_units: Sequence[str],
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        """Check that every population and unit is matched or declared.

        Parameters
        ----------
        bio_units, ann_units : sequence of str
            What the models answer with.
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
        self._check_side("bio", "population", neurons, list_neurons)
        self._check_side("ann", "unit", dict.fromkeys(ann_units, 1), find_unit)

    def _check_side(
        self,
        side: str,
        kind: str,
        sizes: Mapping[str, int],
        neurons_of: Callable[[str, Mapping[str, int], str], set[tuple[str, int]]],
    ) -> None:
        declared = getattr(self, f"{side}_only")
        names = dict.fromkeys(name for m in self.matches for name in m.weights_of(side))
        matched, unmatched = (
            {neuron for name in group for neuron in neurons_of(name, sizes, "Correspondence")}
            for group in (names, declared)
        )
        missing = {(name, i) for name, n in sizes.items() for i in range(n)} - matched - unmatched
        both = matched & unmatched
        if missing or both:
            labels = name_neurons(missing or both, sizes)
            raise CorrespondenceError(
                "Correspondence",
                f"a Match for every {kind}, or its name in {side}_only, not both",
                f"without partner: {labels}" if missing else f"both: {labels}",
                f"Add Match(...) or {side}_only={tuple(labels)!r}.",
            )

    def keep_matches(self, *names: str) -> Correspondence:
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
        known_names = [m.name for m in self.matches]
        for name in names:
            if name not in known_names:
                raise unknown_name_error("Correspondence.keep_matches", "match", name, known_names)
        matches = tuple(m for m in self.matches if m.name in names)
        unmatched = {}
        for side in ("bio", "ann"):
            used = {u for m in matches for u in m.weights_of(side)}
            others = (u for m in self.matches for u in m.weights_of(side) if u not in used)
            unmatched[side] = (*getattr(self, f"{side}_only"), *dict.fromkeys(others))
        return Correspondence(matches, unmatched["bio"], unmatched["ann"])

    def scales_in_hertz(self) -> dict[str, float]:
        """Give each match's scale in Hz."""
        return {m.name: in_unit(m.scale, "Hz") for m in self.matches}


def find_unit(name: str, sizes: Mapping[str, int], obj: str) -> set[tuple[str, int]]:
    """Give what a unit's name stands for: the unit, `UnknownNameError` without one."""
    if name not in sizes:
        raise unknown_name_error(obj, "unit", name, sizes)
    return {(name, 0)}


def read_responses(
    recording: xr.Dataset, correspondence: Correspondence, side: str
) -> xr.DataArray:
    """Read one model through a correspondence.

    Parameters
    ----------
    recording : xarray.Dataset
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
    in_hertz = "rate" in recording
    names = list(dict.fromkeys(n for m in correspondence.matches for n in m.weights_of(side)))
    values, columns = select_responses(recording, names, side)
    signed = []
    for match in correspondence.matches:
        weights = match.weights_of(side).items()
        total = functools.reduce(operator.add, [w * values[..., columns[u]] for u, w in weights])
        signed.append(total / match.scale if in_hertz else total)
    unit_responses = response_of(recording)
    template = unit_responses.isel(unit=0, drop=True)
    matches = [m.name for m in correspondence.matches]
    return template.expand_dims(match=matches, axis=-1).copy(data=np.stack(signed, axis=-1))


def select_responses(
    recording: xr.Dataset, names: Sequence[str], side: str
) -> tuple[np.ndarray, dict[str, int]]:
    """Give the responses of names that may be neuron-resolved.

    Parameters
    ----------
    recording : xarray.Dataset
        A model's recording.
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
    unit_responses = response_of(recording).transpose(..., "unit")
    units = {str(u): i for i, u in enumerate(unit_responses.unit.values)}
    neurons = [
        n for n in names if n not in units and split_name(n)[1] is not None and side == "bio"
    ]
    plain = [n for n in names if n not in neurons]
    for name in plain:
        if name not in units:
            raise unknown_name_error("Correspondence", "unit", name, units)
    blocks = [unit_responses.values[..., [units[n] for n in plain]]]
    if neurons:
        blocks.append(neuron_rates(recording, neurons))
    return np.concatenate(blocks, axis=-1), {n: i for i, n in enumerate([*plain, *neurons])}


def align_responses(run: xr.DataTree, correspondence: Correspondence) -> xr.Dataset:
    """Put both models and their controls on one axis, in activation.

    Parameters
    ----------
    run : xarray.DataTree
        With ``/stimulus``, ``/bio``, ``/ann`` and, where they were run, ``/ceiling`` (biology with
        another seed) and ``/chance`` (rate model with random signs).
    correspondence : Correspondence
        What is read as what.

    Returns
    -------
    xarray.Dataset
        ``bio``, ``ceiling`` (condition, trial, time, match); ``ann`` (condition, time, match);
        ``chance`` (shuffle, condition, time, match); the pair's controls like ``bio``, by their
        names; ``stimulus`` (condition, stimulus_time,
        channel); ``scale_hz`` (match).
    """
    data = {
        "bio": read_responses(run["bio"].to_dataset(), correspondence, "bio"),
        "ann": read_responses(run["ann"].to_dataset(), correspondence, "ann").mean("trial"),
        "stimulus": run["stimulus"]["stimulus"],
    }
    other_nodes = ("stimulus", "bio", "ann", "chance", "effective_weights")
    for name in run.children:
        if name not in other_nodes:  # the ceiling, and the pair's controls
            data[name] = read_responses(run[name].to_dataset(), correspondence, "bio")
    if "chance" in run.children:
        chance = read_responses(run["chance"].to_dataset(), correspondence, "ann")
        data["chance"] = chance.mean("trial")
    scales = correspondence.scales_in_hertz()
    data["scale_hz"] = xr.DataArray(list(scales.values()), dims="match", attrs={"units": "Hz"})
    return xr.Dataset(data)
