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
from bioann.translate.to_bio.calibration import calibrate_network
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer
from bioann.translate.to_bio.decisions import (
    flag_calibration,
    flag_near_critical,
    list_dale_costs,
    list_initial_decisions,
    list_loop_decisions,
    list_transfer_decisions,
    record_calibration_error,
)
from bioann.translate.to_bio.integrator_cell import make_integrator_cell, measure_cell
from bioann.translate.to_bio.recurrent_gain import CRITICAL_AMPLIFICATION, compute_amplification
from bioann.translate.to_bio.unit_groups import make_channel_groups, make_unit_groups
from bioann.translate.translation import Translation

#: How a unit gets outgoing weights of both signs; how stimulus channels come in.
DALE = ("twins", "interneurons")
INPUTS = ("opponent", "rate", "current")
#: Conditions of the calibration's own stimuli.
N_CONDITIONS = 64
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
    ann : RateNetwork, or anything with ``to_rate_network()``
        What is translated.
    cell : Cell, optional
        The cell model of all neurons;
        `bioann.translate.to_bio.integrator_cell.make_integrator_cell` unless given.
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
    _check_options(dale, inputs, neurons_per_unit, rounds)
    rate_network = ann if isinstance(ann, RateNetwork) else _flatten_network(ann)
    rate_network.require_additive("to_bio")
    cell_model = make_integrator_cell() if cell is None else cell
    highest_rate = to_si(top, "Hz", "to_bio, top")
    cell_properties = measure_cell(cell_model, highest_rate, excitatory, inhibitory)
    stimulus = _draw_stimuli(rate_network, inputs, seed) if calibration is None else calibration
    x, u = _compute_summed_inputs(rate_network, stimulus)
    tau = to_si(synapse_tau, "ms", "to_bio, synapse_tau")
    group_options = (tau, highest_rate, neurons_per_unit)
    has_opponent = inputs == "opponent"
    groups = make_unit_groups(rate_network, x, *group_options)
    if inputs != "current":
        groups = [*make_channel_groups(rate_network, u, *group_options, has_opponent), *groups]
    delay_s = to_si(delay, "ms", "to_bio, delay")
    blueprint = NetworkBlueprint(
        rate_network, tuple(groups), cell_properties, dale == "twins", delay_s, has_opponent, dt
    )
    settle_s = to_si(settle, "ms", "to_bio, settle")
    amplification = compute_amplification(rate_network, x)
    if transfers is None:
        loop_rounds = LOOP_ROUNDS if amplification > CRITICAL_AMPLIFICATION else 0
        calibrated_transfers, fits = calibrate_network(
            blueprint,
            stimulus,
            settle=settle_s,
            seed=seed,
            rounds=rounds,
            engine=engine,
            loop_rounds=loop_rounds,
        )
    else:
        calibrated_transfers, fits = _reuse_transfers(blueprint, transfers), {}
    spiking_network = blueprint.build_network(calibrated_transfers)
    decisions = (
        *list_initial_decisions(blueprint, dale, inputs, stimulus, seed),
        *list_dale_costs(blueprint, spiking_network, dale),
    )
    decisions += tuple(
        d
        for name, t in calibrated_transfers.items()
        if name in spiking_network.sizes
        for d in list_transfer_decisions(name, t)
    )
    decisions += tuple(record_calibration_error(name, fit) for name, fit in fits.items())
    largest_error = max((fit.largest_error for fit in fits.values()), default=0.0)
    decisions += list_loop_decisions(amplification, largest_error)
    flags = (*flag_calibration(blueprint, fits), *flag_near_critical(amplification, largest_error))
    correspondence = _make_correspondence(blueprint, spiking_network)
    return Translation(spiking_network, correspondence, decisions, flags)


def _check_options(dale: str, inputs: str, neurons_per_unit: int, rounds: int) -> None:
    for field, choice, known_names in (("dale", dale, DALE), ("inputs", inputs, INPUTS)):
        if choice not in known_names:
            raise unknown_name_error("to_bio", field, choice, known_names)
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
    numbers = {
        d.what: float(d.value) for d in translation.decisions if not isinstance(d.value, str)
    }
    names = translation.network.sizes
    kinds = ("gain", "offset", "spread")
    return {
        name: tuple(
            numbers[f"{kind} of {name}"] for kind in kinds if f"{kind} of {name}" in numbers
        )
        for name in names
    }


def _reuse_transfers(
    blueprint: NetworkBlueprint, transfers: Mapping[str, tuple[float, ...]]
) -> dict[str, Transfer]:
    """Take up an earlier calibration; every population must be in it."""
    # A population without neurons is made of no transfer, but asked for one.
    all_transfers = dict.fromkeys(
        (f"{b.name}_{t}" for b in blueprint.groups for t in ("glutamate", "GABA")), Transfer()
    )
    all_transfers |= {name: Transfer(*map(float, numbers)) for name, numbers in transfers.items()}
    for name in blueprint.build_network(all_transfers).sizes:
        if name not in transfers:
            raise unknown_name_error("to_bio, transfers", "population", name, transfers)
    return all_transfers


def _flatten_network(ann: Any) -> RateNetwork:
    if not hasattr(ann, "to_rate_network"):
        raise DescriptionError(
            "to_bio, ann",
            "a RateNetwork, or a layered network that can be written as one",
            type(ann).__name__,
            "Write its weights as RateNetwork(units, W, W_in, bias).",
        )
    flat: RateNetwork = ann.to_rate_network()
    return flat


def _draw_stimuli(network: RateNetwork, inputs: str, seed: int) -> xr.DataArray:
    """Draw stimuli evenly over the unit range, to both sides where channels may be signed.

    Its corners are among them if they are few: the largest summed inputs are met there, and a curve
    is followed no further than the largest input of the calibration.
    """
    assert network.channels is not None
    rng = make_rng(seed, "to_bio", "calibration")
    low, n = 0.0 if inputs == "rate" else -1.0, len(network.channels)
    values = rng.uniform(low, 1.0, (N_CONDITIONS, n))
    if 2**n <= N_CONDITIONS // 2:
        values[: 2**n] = list(itertools.product((low, 1.0), repeat=n))
    levels = dict(zip(network.channels, values.T, strict=True))
    names = {"calibration": np.arange(N_CONDITIONS, dtype=float)}
    return steps(levels, duration=500 * ms, coords=names)


def _compute_summed_inputs(
    network: RateNetwork, stimulus: xr.DataArray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the summed inputs of units and the channels at the end of each stimulus."""
    assert network.channels is not None
    u = stimulus.sel(channel=list(network.channels)).values[:, -1]
    activation = network.run(stimulus, trials=1, seed=0).activation.values[:, 0, -1]
    return activation @ network.W.T + u @ network.W_in.T + network.bias, u


def _make_correspondence(blueprint: NetworkBlueprint, network: SpikingNetwork) -> Correspondence:
    """Read every unit from its glutamatergic neurons; the rest has no partner."""
    readout: dict[int, dict[str, float]] = {}
    scale: dict[int, float] = {}
    for group in blueprint.unit_groups():
        for unit in map(int, group.members):
            for first, a in group.lines_of(unit):
                name = block_name(f"{group.name}_glutamate", first, first + group.n_copies)
                readout.setdefault(unit, {})[name] = a
            scale[unit] = group.rate_per_activation
    matches = tuple(
        Match(readout[i], unit, scale=scale[i] * hertz, name=unit)
        for i, unit in enumerate(blueprint.ann.units)
    )
    readout_populations = {f"{group.name}_glutamate" for group in blueprint.unit_groups()}
    return Correspondence(
        matches, bio_only=tuple(n for n in network.units if n not in readout_populations)
    )
