"""From a rate network with signed weights to a conductance network in which Dale's law holds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, hertz, ms, mV

from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si
from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence, Match
from bioann.recordings.neuron_index import block_name
from bioann.stimuli.waveforms import steps
from bioann.translate.to_bio.calibration import calibrated
from bioann.translate.to_bio.conductance_network import Assembly, Transfer
from bioann.translate.to_bio.decisions import (
    costs,
    decisions,
    flags,
    left,
    looped,
    near_critical,
    told,
)
from bioann.translate.to_bio.integrator_cell import integrator_cell, read_neuron
from bioann.translate.to_bio.recurrent_gain import CRITICAL, amplification
from bioann.translate.to_bio.unit_groups import channel_banks, unit_banks
from bioann.translate.translation import Translation

#: How a unit gets outgoing weights of both signs; how stimulus channels come in.
DALE = ("twins", "interneurons")
INPUTS = ("opponent", "rate", "current")
#: Conditions of the calibration's own stimuli.
CONDITIONS = 64
#: Calibration runs more for a network whose loops amplify.
LOOP_ROUNDS = 2


def to_bio(
    ann: Any,
    *,
    cell: Cell | None = None,
    dale: str = "twins",
    neurons_per_unit: int = 1,
    inputs: str = "opponent",
    calibration: xr.DataArray | None = None,
    seed: int = 1,
    top: SI = 100 * Hz,
    synapse_tau: SI = 40 * ms,
    excitatory: SI = 0 * mV,
    inhibitory: SI = -90 * mV,
    delay: SI = 1 * ms,
    settle: SI = 200 * ms,
    rounds: int = 2,
    engine: str = "auto",
    dt: SI | None = None,
    transfers: Mapping[str, tuple[float, ...]] | None = None,
) -> Translation:
    """Derive a spiking network from a rate network.

    Every unit becomes a glutamatergic neuron for each line of its activation, from which it is
    read. Positive weights are synapses of that neuron; negative ones those of a GABAergic partner.
    ReLU is one line; a linear or leaky unit has an ON and an OFF neuron; tanh and sigmoid are
    followed by several lines (`bioann.translate.to_bio.piecewise_linear`). A unit's time constant
    is that of its neurons' synapses.

    Gains and offsets are measured in the network itself, on the calibration's stimuli.

    Parameters
    ----------
    ann : RateNetwork, or anything with ``flat()``
        What is translated.
    cell : Cell, optional
        The cell model of all neurons; `bioann.translate.to_bio.integrator_cell.integrator_cell`
        unless given.
    dale : {'twins', 'interneurons'}, optional
        The GABAergic partner gets the same input as the glutamatergic neuron, or is driven by it:
        fewer synapses, and the delay of another synapse.
    neurons_per_unit : int, optional
        Copies of each neuron. They begin to fire one after the other, which makes the mean of
        their rates straighter than that of one.
    inputs : {'opponent', 'rate', 'current'}, optional
        Stimulus channels reach ON and OFF input neurons; input neurons that a channel below zero
        is an error for; or no neurons but electrodes, which inject the signed weighted sum.
    calibration : xarray.DataArray, optional
        Stimuli to calibrate with, constant in time, of the strength that is to be translated.
        Never those that the result will be judged by. Uniform random ones from `seed` unless
        given.
    seed : int, optional
        Decides the calibration's stimuli and runs.
    top : quantity, optional
        Rate that stands for the largest activation of a group of units in the calibration; twice
        that where no unit listens to them.
    synapse_tau : quantity, optional
        Time constant of the synapses of static units and of inputs.
    excitatory, inhibitory : quantity, optional
        Reversal potentials.
    delay : quantity, optional
        Of every synapse.
    settle : quantity, optional
        Rates are read from here in the calibration.
    rounds : int, optional
        Calibration runs; two more with its loops closed where these amplify errors of gain.
    engine : str, optional
        What executes them.
    dt : quantity, optional
        Time step of the network, in the calibration and later; what the cell asks for unless
        given. Spikes are timed within it.
    transfers : mapping of str to tuple of float, optional
        Gain, offset and spread of every population, as `transfers_of` gives them: those of an
        earlier calibration on the same stimuli. Nothing is run then.

    Returns
    -------
    Translation
        The network, the correspondence, what was decided, and flags.

    Raises
    ------
    DescriptionError
        For an activation that no sum of rectified lines follows, or a choice that is none.

    Examples
    --------
    >>> ann = RateNetwork(units=("a", "b"), W=[[0, -0.5], [0.5, 0]])
    >>> bio, same = to_bio(ann)
    """
    _choices(dale, inputs, neurons_per_unit, rounds)
    network = ann if isinstance(ann, RateNetwork) else _flat(ann)
    network.require_additive("to_bio")
    chosen = integrator_cell() if cell is None else cell
    neuron = read_neuron(chosen, to_si(top, "Hz", "to_bio, top"), excitatory, inhibitory)
    shown = _stimuli(network, inputs, seed) if calibration is None else calibration
    x, u = _operating(network, shown)
    tau = to_si(synapse_tau, "ms", "to_bio, synapse_tau")
    given = (tau, to_si(top, "Hz", "to_bio, top"), neurons_per_unit)
    banks = unit_banks(network, x, *given)
    if inputs != "current":
        banks = [*channel_banks(network, u, *given, inputs == "opponent"), *banks]
    seconds = to_si(delay, "ms", "to_bio, delay")
    assembly = Assembly(
        network, tuple(banks), neuron, dale == "twins", seconds, inputs == "opponent", dt
    )
    rest = to_si(settle, "ms", "to_bio, settle")
    amplified = amplification(network, x)
    if transfers is None:
        loops = LOOP_ROUNDS if amplified > CRITICAL else 0
        found, fits = calibrated(
            assembly, shown, settle=rest, seed=seed, rounds=rounds, engine=engine, loops=loops
        )
    else:
        found, fits = _kept(assembly, transfers), {}
    made = assembly.network(found)
    record = (*decisions(assembly, dale, inputs, shown, seed), *costs(assembly, made, dale))
    record += tuple(d for name, t in found.items() if name in made.sizes for d in told(name, t))
    record += tuple(left(name, fit) for name, fit in fits.items())
    worst = max((fit.worst for fit in fits.values()), default=0.0)
    record += looped(amplified, worst)
    told_of = (*flags(assembly, fits), *near_critical(amplified, worst))
    return Translation(made, _correspondence(assembly, made), record, told_of)


def _choices(dale: str, inputs: str, neurons_per_unit: int, rounds: int) -> None:
    for field, given, known in (("dale", dale, DALE), ("inputs", inputs, INPUTS)):
        if given not in known:
            raise unknown_name_error("to_bio", field, given, known)
    for field, number in (("neurons_per_unit", neurons_per_unit), ("rounds", rounds)):
        if not isinstance(number, (int, np.integer)) or isinstance(number, bool) or number < 1:
            raise DescriptionError(
                f"to_bio, {field}", "a whole number >= 1", repr(number), "Use 1."
            )


def transfers_of(translation: Translation) -> dict[str, tuple[float, ...]]:
    """Read gain, offset and spread of every population off a translation's decisions.

    Returns
    -------
    dict of str to tuple of float
        By population, without a spread where there are no copies, for `to_bio` to take up again.
    """
    told = {d.what: float(d.value) for d in translation.decisions if not isinstance(d.value, str)}
    names = translation.network.sizes
    kinds = ("gain", "offset", "spread")
    return {
        name: tuple(told[f"{kind} of {name}"] for kind in kinds if f"{kind} of {name}" in told)
        for name in names
    }


def _kept(assembly: Assembly, transfers: Mapping[str, tuple[float, ...]]) -> dict[str, Transfer]:
    """Take up an earlier calibration; every population must be in it."""
    # A population without neurons is made of no transfer, but asked for one.
    kept = dict.fromkeys(
        (f"{b.name}_{t}" for b in assembly.banks for t in ("glutamate", "GABA")), Transfer()
    )
    kept |= {name: Transfer(*map(float, pair)) for name, pair in transfers.items()}
    for name in assembly.network(kept).sizes:
        if name not in transfers:
            raise unknown_name_error("to_bio, transfers", "population", name, transfers)
    return kept


def _flat(ann: Any) -> RateNetwork:
    if not hasattr(ann, "to_rate_network"):
        raise DescriptionError(
            "to_bio, ann",
            "a RateNetwork, or a layered network that can be written as one",
            type(ann).__name__,
            "Write its weights as RateNetwork(units, W, W_in, bias).",
        )
    flat: RateNetwork = ann.to_rate_network()
    return flat


def _stimuli(network: RateNetwork, inputs: str, seed: int) -> xr.DataArray:
    """Draw stimuli evenly over the unit range, to both sides where channels may be signed.

    Its corners are among them if they are few: the largest summed inputs are met there, and a curve
    is followed no further than the largest input of the calibration.
    """
    assert network.channels is not None
    rng = make_rng(seed, "to_bio", "calibration")
    low, n = 0.0 if inputs == "rate" else -1.0, len(network.channels)
    drawn = rng.uniform(low, 1.0, (CONDITIONS, n))
    if 2**n <= CONDITIONS // 2:
        drawn[: 2**n] = list(itertools.product((low, 1.0), repeat=n))
    levels = dict(zip(network.channels, drawn.T, strict=True))
    names = {"calibration": np.arange(CONDITIONS, dtype=float)}
    return steps(levels, duration=500 * ms, coords=names)


def _operating(network: RateNetwork, stimulus: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Give the summed inputs of units and the channels at the end of each stimulus."""
    assert network.channels is not None
    u = stimulus.sel(channel=list(network.channels)).values[:, -1]
    answer = network.run(stimulus, trials=1, seed=0).activation.values[:, 0, -1]
    return answer @ network.W.T + u @ network.W_in.T + network.bias, u


def _correspondence(assembly: Assembly, made: SpikingNetwork) -> Correspondence:
    """Read every unit from its glutamatergic neurons; the rest has no partner."""
    read: dict[int, dict[str, float]] = {}
    scale: dict[int, float] = {}
    for bank in assembly.targets():
        for unit in map(int, bank.members):
            for first, a in bank.places(unit):
                name = block_name(f"{bank.name}_glutamate", first, first + bank.copies)
                read.setdefault(unit, {})[name] = a
            scale[unit] = bank.per_activation
    matches = tuple(
        Match(read[i], unit, scale=scale[i] * hertz, name=unit)
        for i, unit in enumerate(assembly.ann.units)
    )
    own = {f"{bank.name}_glutamate" for bank in assembly.targets()}
    return Correspondence(matches, bio_only=tuple(n for n in made.units if n not in own))
