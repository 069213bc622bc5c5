"""Write the spiking model of a pair as a script for Brian2 alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bioann.base.errors import DescriptionError
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.interop.brian2_script import to_brian2_script
from bioann.bio.membrane_potential import Potential
from bioann.bio.network import SpikingNetwork
from bioann.pair import Pair
from bioann.pair_files.load import load
from bioann.runs.learned_strength import LearnedStrength
from bioann.runs.protocol import Protocol
from bioann.runs.wirings import choose_wirings

#: What to do with a model that has no script, by its class.
_REMEDIES = {
    BrianNetwork: "It is a Brian2 script already: its function 'build' makes the network.",
    Protocol: "Its phases hand learned weights and lesions on, which a script of one run cannot: "
    "call ba.to_brian2_script with its network and the stimulus of one phase.",
}
_OTHER_REMEDY = "Describe the circuit as a SpikingNetwork; other models have no Brian2 objects."


def export_pair(
    name: str | Path,
    out: Path,
    *,
    seed: int,
    condition: str | None = None,
    trial: int = 0,
    wirings: int | None = None,
) -> tuple[Path, ...]:
    """Write the spiking model of a pair, with one condition of its stimulus, as a Brian2 script.

    Parameters
    ----------
    name : str or pathlib.Path
        Name or file of the pair, as for `bioann.load`.
    out : pathlib.Path
        The script to write.
    seed : int
        Seed of the run, 0 or larger.
    condition : str, optional
        Label of the condition; the first unless given.
    trial : int, optional
        Number of the trial, 0 or larger.
    wirings : int, optional
        Number of wirings of the run whose trial this is; that of the pair unless given.

    Returns
    -------
    tuple of pathlib.Path
        The files that were written.

    Raises
    ------
    BioannError
        If the pair cannot be loaded, has no stimulus or no model that a script can hold, or a file
        exists or cannot be written.
    """
    pair = load(name)
    network = find_spiking_network(pair)
    if pair.stimulus is None:
        raise DescriptionError(
            f"{pair.title()}, export",
            "a stimulus",
            "none",
            "Give the pair one, or call ba.to_brian2_script with its network and a stimulus.",
        )
    return to_brian2_script(
        network,
        pair.stimulus,
        out,
        seed=seed,
        condition=condition,
        trial=trial,
        wirings=choose_wirings(pair, wirings, pair.trials),
        title=f"{pair.name}: {pair.question}" if pair.question else pair.name,
    )


def find_spiking_network(pair: Pair) -> SpikingNetwork:
    """Return the network of a pair's spiking model; of a measured model the one it measures.

    Raises
    ------
    DescriptionError
        If the model is none that a Brian2 script of one run can hold.
    """
    model: Any = pair.bio
    if isinstance(model, Potential):
        model = model.network
    if isinstance(model, LearnedStrength):
        model = model.model
    if isinstance(model, SpikingNetwork):
        return model
    remedies = (remedy for kind, remedy in _REMEDIES.items() if isinstance(model, kind))
    raise DescriptionError(
        f"{pair.title()}, export",
        "a SpikingNetwork as spiking model",
        f"a {type(model).__name__}",
        next(remedies, _OTHER_REMEDY),
    )
