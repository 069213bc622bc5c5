"""Table of the input of a spiking network that does not depend on the stimulus."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.base.heterogeneity import format_values
from bioann.base.units import in_unit
from bioann.bio.connection_table import describe_synapse, list_rules, sign_of_synapse
from bioann.bio.description import NetworkDescription
from bioann.bio.injection import Injection
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.model import CONNECTION_COLUMNS


def make_constant_input_table(network: NetworkDescription) -> pd.DataFrame:
    """Return the input of a network that carries no channel of the stimulus.

    Parameters
    ----------
    network : NetworkDescription
        Network whose background input, injections and scheduled afferents are listed.

    Returns
    -------
    pandas.DataFrame
        One row per input, with `bioann.model.CONNECTION_COLUMNS`; the source is the kind of input,
        its kind is ``constant``, and the strength of a background is its mean conductance.
    """
    rows: list[tuple[object, ...]] = []
    for population in network.populations:
        for background in population.background:
            conductance, receptor = background.conductance, background.receptor
            assert isinstance(receptor, Receptor)
            name, mechanism = "background", f"Poisson input on {receptor.name}"
            rows.append(
                _describe_conductance(
                    network, population.name, name, receptor, conductance, mechanism
                )
            )
    for injection in network.injections:
        rows += _list_injections(network, injection)
    scheduled = [a for a in network.fibres if isinstance(a, ScheduledAfferent)]
    rows += [_describe_schedule(network, afferent) for afferent in scheduled]
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def _describe_schedule(
    network: NetworkDescription, afferent: ScheduledAfferent
) -> tuple[object, ...]:
    """Describe the fibres of a scheduled afferent."""
    assert isinstance(afferent.receptor, Receptor)
    *synapse, label, mechanism = describe_synapse(
        network, afferent.target, afferent.receptor, afferent.weight
    )
    label += f" x {afferent.fibres}" if afferent.fibres > 1 else ""
    mechanism += f", scheduled spikes{list_rules(afferent)}"
    return ("scheduled spikes", "constant", afferent.target, *synapse, label, mechanism, 1)


def _list_injections(network: NetworkDescription, injection: Injection) -> list[tuple[object, ...]]:
    """List the constant current and the constant conductance of an injection, if not zero."""
    rows: list[tuple[object, ...]] = []
    if injection.current:
        size, sign = in_unit(abs(injection.current), "pA"), int(np.sign(injection.current))
        label = f"{format_values(injection.current, 'pA', digits=4)} pA"
        endpoints = ("current", "constant", injection.target)
        rows.append((*endpoints, sign, size, "pA", label, "injected current", 1))
    if injection.conductance:
        receptor, mechanism = injection.receptor, "injected conductance"
        assert isinstance(receptor, Receptor)
        g, target = injection.conductance, injection.target
        rows.append(_describe_conductance(network, target, "conductance", receptor, g, mechanism))
    return rows


def _describe_conductance(
    network: NetworkDescription,
    target: str,
    name: str,
    receptor: Receptor,
    conductance: float,
    mechanism: str,
) -> tuple[object, ...]:
    size = in_unit(conductance, "nS")
    label = f"{receptor.name} {format_values(conductance, 'nS', digits=4)} nS"
    sign = sign_of_synapse(network, target, receptor)
    return (name, "constant", target, sign, size, "nS", label, mechanism, 1)
