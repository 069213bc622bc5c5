"""Correspondence of the two models of a pair, and the responses of one by match."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import xarray as xr
from brian2 import Hz

from bioann.base.derivation import Derivation
from bioann.base.description import Description
from bioann.base.errors import CorrespondenceError, unknown_name_error
from bioann.base.text import check_names, join_names
from bioann.base.units import SI, in_unit, quantity
from bioann.recordings.neuron_index import (
    find_coverage,
    find_neurons,
    find_unit,
    group_blocks,
    name_blocks,
    neuron_rates,
    split_name,
)
from bioann.recordings.recording import response_of

#: One name, or a signed sum of names: ``{"on": +1, "off": -1}``.
Side: TypeAlias = str | Mapping[str, float]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Match(Description):
    """One match: a signed sum of populations that corresponds to a signed sum of units.

    Parameters
    ----------
    bio, ann : str or mapping of str to float
        A name, or names with their weights, in the spiking and in the rate model. An opponent
        pair corresponds to a signed unit: ``Match({"on": +1, "off": -1}, "unit")``. In the
        spiking model a name is a population, one of its neurons (``"left[3]"``) or the mean of
        a block of neurons (``"left[3:6]"``).
    scale : quantity, optional
        Firing rate that corresponds to activation 1, in Hz; never fitted.
    name : str, optional
        Name of the match in scores and reports; by default the name in the rate model.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.Match({"on": 1, "off": -1}, "unit").name
    'unit'
    """

    bio: Side
    ann: Side
    scale: SI = quantity("Hz", 100, above=0)
    name: str = ""

    def check(self) -> None:
        """Check that both sides have names and that their weights are finite and not zero."""
        for label, side in (("bio", self.bio), ("ann", self.ann)):
            weights = self.weights_of(label)
            are_names = all(isinstance(name, str) for name in weights)
            if not (weights and are_names and all(np.isfinite(w) and w for w in weights.values())):
                raise CorrespondenceError(
                    f"Match, {label}",
                    "a name or names with weights other than zero",
                    f"{side!r}",
                    'Write "left" or {"on": +1, "off": -1}.',
                )
            if not isinstance(side, str):
                self.set_field(label, weights)
        if not self.name:
            self.set_field("name", self.ann if isinstance(self.ann, str) else " ".join(self.ann))
        check_names((self.name,), "Match, name", CorrespondenceError)

    def weights_of(self, side: str) -> dict[str, float]:
        """Return the names of one side (``"bio"`` or ``"ann"``) and their weights."""
        names = self.bio if side == "bio" else self.ann
        return {names: 1.0} if isinstance(names, str) else dict(names)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Correspondence(Description):
    """All matches of a pair, and the populations and units without a counterpart.

    Parameters
    ----------
    matches : tuple of Match
        The matches, at least one, each with a name of its own.
    bio_only, ann_only : tuple of str, optional
        Names of the populations, or neurons, and of the units that have no counterpart.
    derivation : Derivation, optional
        If one model was derived from the other, how far it can be trusted; `to_ann` and `to_bio`
        set it, and reports state it.

    Examples
    --------
    >>> import bioann as ba
    >>> correspondence = ba.Correspondence((ba.Match("E", "unit"),), bio_only=("I",))
    >>> [match.name for match in correspondence.matches]
    ['unit']
    """

    matches: tuple[Match, ...]
    bio_only: tuple[str, ...] = ()
    ann_only: tuple[str, ...] = ()
    derivation: Derivation | None = None

    def check(self) -> None:
        """Check that there is a match and that the names of matches are unique."""
        self.set_field("matches", tuple(self.matches))
        for field, only in (("bio_only", self.bio_only), ("ann_only", self.ann_only)):
            self.set_field(field, (only,) if isinstance(only, str) else tuple(only))
        names = [m.name for m in self.matches]
        if not names or len(set(names)) != len(names):
            raise CorrespondenceError(
                "Correspondence",
                "at least one Match, each with its own name",
                f"names {names}",
                'Add Match("population", "unit"), or give each match a name="..." of its own.',
            )

    @classmethod
    def of_names(
        cls,
        *names: str,
        scale: SI = 100 * Hz,
        bio_only: tuple[str, ...] = (),
        ann_only: tuple[str, ...] = (),
    ) -> Correspondence:
        """Return the correspondence of populations with the units of the same names.

        Parameters
        ----------
        *names : str
            Names that a population and a unit share.
        scale : quantity, optional
            Firing rate that corresponds to activation 1 in each of them, in Hz.
        bio_only, ann_only : tuple of str, optional
            Names of the populations and of the units that have no counterpart.
        """
        populations = dict(zip(names, names, strict=True))
        return cls.of_units(populations, scale=scale, bio_only=bio_only, ann_only=ann_only)

    @classmethod
    def of_units(
        cls,
        populations: Mapping[str, str],
        *,
        scale: SI = 100 * Hz,
        bio_only: tuple[str, ...] = (),
        ann_only: tuple[str, ...] = (),
    ) -> Correspondence:
        """Return the correspondence of units with populations, each match named by its unit.

        Parameters
        ----------
        populations : mapping of str to str
            For each unit the population, neuron or block of neurons (``"E[10:20]"``) that
            corresponds to it; several units may correspond to one.
        scale : quantity, optional
            Firing rate that corresponds to activation 1 in each of them, in Hz.
        bio_only, ann_only : tuple of str, optional
            Names of the populations and of the units that have no counterpart.
        """
        matches = tuple(Match(name, unit, scale) for unit, name in populations.items())
        return cls(matches, bio_only, ann_only)

    def check_complete(
        self,
        bio_units: Sequence[str],
        ann_units: Sequence[str],
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        """Check that every population and unit is either matched or declared.

        Parameters
        ----------
        bio_units, ann_units : sequence of str
            Names of all populations and of all units whose responses the models return.
        sizes : mapping of str to int, optional
            Number of neurons of each population, where single neurons can be matched. Every
            neuron must then be matched or declared, alone, in a block or with its population.

        Raises
        ------
        UnknownNameError
            If a match or declaration names a population or unit that does not exist.
        CorrespondenceError
            If a population or unit is neither matched nor declared, or is both.
        """
        self._check_side("bio", sizes or dict.fromkeys(bio_units, 1))
        self._check_side("ann", dict.fromkeys(ann_units, 1))

    def _names_only_in(self, side: str) -> tuple[str, ...]:
        return self.bio_only if side == "bio" else self.ann_only

    def _check_side(self, side: str, sizes: Mapping[str, int]) -> None:
        find_block = find_neurons if side == "bio" else find_unit
        kind, declared = "population" if side == "bio" else "unit", self._names_only_in(side)
        names = dict.fromkeys(name for m in self.matches for name in m.weights_of(side))
        matched, unmatched = (group_blocks(g, sizes, find_block) for g in (names, declared))
        coverage = {u: find_coverage(matched[u], unmatched[u], n) for u, n in sizes.items()}
        for k, fault in enumerate(("neither", "both")):
            labels = name_blocks({unit: blocks[k] for unit, blocks in coverage.items()}, sizes)
            if labels:
                raise CorrespondenceError(
                    "Correspondence",
                    f"a Match or an entry in {side}_only for every {kind}, not both",
                    f"{fault} for {labels[:20]}{' and more' * (len(labels) > 20)}",
                    f"Add Match(...) or {side}_only={tuple(labels[:20])!r}.",
                )

    def keep_matches(self, *names: str) -> Correspondence:
        """Return a correspondence with some of the matches.

        Parameters
        ----------
        *names : str
            Names of the matches to keep; an unknown name raises `UnknownNameError`.

        Returns
        -------
        Correspondence
            These matches in their present order. Populations and units that only other matches
            use are declared to have no counterpart.
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
            unmatched[side] = (*self._names_only_in(side), *dict.fromkeys(others))
        return Correspondence(matches, unmatched["bio"], unmatched["ann"], self.derivation)

    def scales_in_hertz(self) -> dict[str, float]:
        """Return the scale of each match in Hz."""
        return {m.name: in_unit(m.scale, "Hz") for m in self.matches}


def read_responses(
    recording: xr.Dataset, correspondence: Correspondence, side: str
) -> xr.DataArray:
    """Return the responses of one model by match, in activation.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording with the variable ``rate`` in Hz, which is divided by the scale of each match,
        or with ``activation``; any leading dimensions are kept.
    correspondence : Correspondence
        The matches, with the names of populations and units.
    side : {'bio', 'ann'}
        Whether the recording is of the spiking or of the rate model.

    Returns
    -------
    xarray.DataArray
        Activations, shape (..., match): the last dimension ``match`` replaces ``unit``.
    """
    in_hertz = "rate" in recording
    if not in_hertz and "activation" not in recording:
        got = join_names(list(recording.data_vars)) if recording.data_vars else "an empty dataset"
        remedy = "Pass what the run method of the model returned."
        raise CorrespondenceError("recording", "a variable rate or activation", got, remedy)
    names = list(dict.fromkeys(n for m in correspondence.matches for n in m.weights_of(side)))
    values, columns = select_responses(recording, names, side)
    signed = []
    for match in correspondence.matches:
        weights = match.weights_of(side).items()
        total = np.sum([w * values[..., columns[u]] for u, w in weights], axis=0)
        signed.append(total / match.scale if in_hertz else total)
    template = response_of(recording).isel(unit=0, drop=True)
    matches = [m.name for m in correspondence.matches]
    return template.expand_dims(match=matches, axis=-1).copy(data=np.stack(signed, axis=-1))


def select_responses(
    recording: xr.Dataset, names: Sequence[str], side: str
) -> tuple[np.ndarray, dict[str, int]]:
    """Return the responses of populations, single neurons, blocks of neurons, or units.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of one model, with the variable ``rate`` or ``activation``.
    names : sequence of str
        Names of units; where `side` is ``"bio"``, of populations, neurons or blocks.
    side : {'bio', 'ann'}
        Whether the recording is of the spiking or of the rate model.

    Returns
    -------
    values : numpy.ndarray, shape (..., name)
        Responses in Hz or activation, as in the recording.
    columns : dict of str to int
        Index of each name in the last axis.
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
