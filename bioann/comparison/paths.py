"""Paths from the stimulus to a response: which channels reach it through the connections."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from bioann import model
from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.bio.builder.release import list_released_modulators
from bioann.bio.network import SpikingNetwork
from bioann.pair import Pair
from bioann.recordings.neuron_index import split_name

#: Names of populations or units, by the name of the match that they belong to.
UnitsByMatch: TypeAlias = Mapping[str, Collection[str]]


def find_upstream_channels(
    connections: pd.DataFrame, units_by_match: UnitsByMatch
) -> dict[str, set[str]]:
    """Return the channels that reach each match, through any number of connections.

    Parameters
    ----------
    connections : pandas.DataFrame
        One row per connection, with `bioann.model.CONNECTION_COLUMNS`; a connection of strength 0
        carries nothing.
    units_by_match : mapping of str to collection of str
        Names of populations or units; a channel that reaches one of them reaches the match.

    Returns
    -------
    dict of str to set of str
        Names of channels, by match.
    """
    sources: dict[str, set[tuple[str, str]]] = {}
    names = ("source", "source_kind", "target", "strength")
    columns = (connections[name].tolist() for name in names)
    for origin, kind, target, strength in zip(*columns, strict=True):
        if strength != 0:
            sources.setdefault(target, set()).add((origin, kind))
    channels_by_match = {}
    for match, units in units_by_match.items():
        channels: set[str] = set()
        upstream, unvisited = set(units), list(units)
        while unvisited:
            for source, kind in sources.get(unvisited.pop(), ()):
                if kind == "channel":
                    channels.add(source)
                elif source not in upstream:
                    upstream.add(source)
                    unvisited.append(source)
        channels_by_match[match] = channels
    return channels_by_match


def find_channels_with_path(pair_model: Any, units_by_match: UnitsByMatch) -> dict[str, set[str]]:
    """Return the channels of a model that reach each match, or may reach it.

    A channel that a model reads, but lists no connection of, may reach all units: the concentration
    of a modulator, a reward, every channel of a function. Only the table of a rate network is known
    to be complete.

    Parameters
    ----------
    pair_model : Model
        A model of a pair.
    units_by_match : mapping of str to collection of str
        Names of its populations or units.

    Returns
    -------
    dict of str to set of str
        Names of channels, by match.
    """
    connections = model.connections_of(pair_model)
    if gates := model.gates_of(pair_model):
        connections = pd.concat([connections, _tabulate_links(list(gates.items()))])
    if isinstance(pair_model, RateNetwork) and pair_model.divisive is not None:
        assert pair_model.channels is not None
        for kind, names, weights in (
            ("channel", pair_model.channels, pair_model.divisive_in),
            ("unit", pair_model.units, pair_model.divisive),
        ):
            divisors = [(pair_model.units[i], names[j]) for i, j in np.argwhere(weights)]
            connections = pd.concat([connections, _tabulate_links(divisors, kind)])
    if isinstance(pair_model, SpikingNetwork):
        releases = [
            (population, modulator.population)
            for population in pair_model.units
            for modulator in list_released_modulators(pair_model, population)
        ]
        if releases:
            connections = pd.concat([connections, _tabulate_links(releases)])
    channels_by_match = find_upstream_channels(connections, units_by_match)
    # A layered network without rate units lists nothing.
    if isinstance(pair_model, RateNetwork | LayeredNetwork) and len(connections):
        return channels_by_match
    listed = connections.source[connections.source_kind == "channel"]
    unlisted = set(pair_model.channels) - set(listed)
    return {match: channels | unlisted for match, channels in channels_by_match.items()}


def _tabulate_links(sources: Sequence[tuple[str, str]], kind: str = "unit") -> pd.DataFrame:
    """Return pairs of target and source as connections of which the model lists no weight.

    Gates multiply, divisors divide, and populations release modulators.
    """
    targets = [target for target, _ in sources]
    table = pd.DataFrame({"source": [s for _, s in sources], "target": targets})
    return table.assign(source_kind=kind, strength=1.0)


class PathFinder:
    """Finds the channels with a path to each match; those of a model that pairs share once."""

    def __init__(self) -> None:
        self._channels: dict[Any, tuple[Any, dict[str, set[str]]]] = {}

    def find_paths(self, pair: Pair) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return the channels with a path to each match in both models; see `find_paths`."""
        matches = pair.correspondence.matches
        populations = {m.name: {split_name(k)[0] for k in m.weights_of("bio")} for m in matches}
        units = {m.name: set(m.weights_of("ann")) for m in matches}
        return self._find(pair.bio, populations), self._find(pair.ann, units)

    def _find(self, pair_model: Any, units_by_match: UnitsByMatch) -> dict[str, set[str]]:
        names = tuple((match, tuple(sorted(units))) for match, units in units_by_match.items())
        key = (id(pair_model), names)
        if key not in self._channels:  # with the model, whose id no other gets meanwhile
            channels = find_channels_with_path(pair_model, units_by_match)
            self._channels[key] = pair_model, channels
        return self._channels[key][1]


def find_paths(pair: Pair) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the channels with a path to each match in both models.

    Parameters
    ----------
    pair : Pair
        The pair whose matches are asked for.

    Returns
    -------
    spiking, rate : dict of str to set of str
        The channels that reach one of the populations of a match, and those that reach one of its
        units, by match.
    """
    return PathFinder().find_paths(pair)
