"""From a rate network with signed weights to a conductance network that obeys Dale's principle."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
import xarray as xr
from brian2 import Hz, hertz, ms, mV

from bioann.ann.network import RateNetwork
from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.text import shorten_repr
from bioann.base.units import SI, to_si
from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.correspondence import Correspondence, Match
from bioann.recordings.neuron_index import block_name
from bioann.stimuli.stimulus import check_stimulus
from bioann.stimuli.waveforms import steps
from bioann.translate.to_bio.assessment import assess_spiking_network
from bioann.translate.to_bio.calibration import calibrate_network
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer
from bioann.translate.to_bio.decisions import list_options
from bioann.translate.to_bio.integrator_cell import make_integrator_cell, measure_cell
from bioann.translate.to_bio.recurrent_gain import CRITICAL_AMPLIFICATION, compute_amplification
from bioann.translate.to_bio.unit_groups import make_channel_groups, make_unit_groups
from bioann.translate.translation import Translation

#: How a unit gets outgoing weights of both signs, and how stimulus channels reach the neurons.
DALE = ("twins", "interneurons")
INPUTS = ("opponent", "rate", "current")
#: Conditions of the default stimuli of the calibration.
N_CONDITIONS = 64
#: Additional calibration runs for a network whose loops amplify.
LOOP_ROUNDS = 2
#: Most rounds of calibration, each a run of the network.
MAX_ROUNDS = 1000


@name_argument_errors
def to_bio(
    ann: object,
    *,
    cell: Cell | None = None,
    dale: str = "twins",
    neurons_per_unit: int = 1,
    inputs: str = "opponent",
    calibration: xr.DataArray | None = None,
    seed: int = DEFAULT_SEED,
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

    The activation of a unit is a sum of rectified lines, and each line becomes a glutamatergic
    neuron. The response of the unit is the weighted sum of these neurons. Positive weights are
    synapses of these neurons, negative ones synapses of a GABAergic partner. ReLU is one line; a
    linear or leaky unit has an ON and an OFF neuron; tanh and sigmoid are approximated by several
    lines (`bioann.translate.to_bio.piecewise_linear`). A unit's time constant is that of its
    neurons' synapses.

    Gains and offsets are measured in the network itself, on the stimuli of the calibration.

    Parameters
    ----------
    ann : RateNetwork, or a model with ``to_rate_network()``
        The network to translate.
    cell : Cell, optional
        The cell model of all neurons;
        `bioann.translate.to_bio.integrator_cell.make_integrator_cell` unless given.
    dale : {'twins', 'interneurons'}, optional
        The GABAergic partner gets the same input as the glutamatergic neuron, or is driven by it,
        which needs fewer synapses and adds the delay of one.
    neurons_per_unit : int, optional
        Copies of each neuron, at least 1. Their firing starts one after the other, so that their
        mean rate is more linear than that of one.
    inputs : {'opponent', 'rate', 'current'}, optional
        Stimulus channels drive ON and OFF input neurons; input neurons for which a negative
        activation is an error; or electrodes that inject the signed weighted sum.
    calibration : xarray.DataArray, optional
        Stimuli to calibrate with, constant in time and as strong as those of later use, but never
        those on which the result is evaluated. Uniform random ones from `seed` unless given.
    seed : int, optional
        Seed of the stimuli and runs of the calibration.
    top : quantity, optional
        Rate that corresponds to the largest activation of a group of units in the calibration;
        twice that for units without outgoing weights.
    synapse_tau : quantity, optional
        Time constant of the synapses of static units and of inputs.
    excitatory, inhibitory : quantity, optional
        Reversal potentials of the synapses, above and below the firing range of the cell.
    delay : quantity, optional
        Delay of every synapse.
    settle : quantity, optional
        Start of the window of the calibration in which rates are averaged.
    rounds : int, optional
        Calibration runs, at least 1; two more with closed loops where these amplify errors of gain.
    engine : str, optional
        Engine that runs the calibration, as for `SpikingNetwork.run`.
    dt : quantity, optional
        Time step of the network in the calibration and later; that of the cell unless given. Spikes
        are timed within it.
    transfers : mapping of str to tuple of float, optional
        Gain, offset and spread of every population from `transfers_of`, of an earlier calibration
        on the same stimuli. The calibration is skipped.

    Returns
    -------
    Translation
        The network, the correspondence, the decisions and the flags.

    Raises
    ------
    DescriptionError
        For an activation that is no sum of rectified lines, or an option out of range.

    Examples
    --------
    >>> import bioann as ba
    >>> ann = ba.RateNetwork(units=("a", "b"), W=[[0, -0.5], [0.5, 0]])
    >>> bio, correspondence = ba.to_bio(ann)
    >>> sorted({population.transmitter for population in bio.populations})
    ['GABA', 'glutamate']
    """
    _check_options(dale, inputs, neurons_per_unit, rounds)
    rate_network = flatten_network(ann, "to_bio")
    rate_network.require_additive("to_bio")
    cell_model = make_integrator_cell() if cell is None else cell
    highest_rate = to_si(top, "Hz", "to_bio, top")
    cell_properties = measure_cell(cell_model, highest_rate, excitatory, inhibitory)
    if calibration is None:
        stimulus = _draw_stimuli(rate_network, inputs, seed)
    else:
        stimulus = check_stimulus(calibration, rate_network.channels or ())
    x, u = _compute_summed_inputs(rate_network, stimulus)
    tau = to_si(synapse_tau, "ms", "to_bio, synapse_tau")
    if tau <= 0:
        expected, remedy = "a time above 0", "Use about 40 * ms."
        raise DescriptionError("to_bio, synapse_tau", expected, shorten_repr(synapse_tau), remedy)
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
    options = list_options(dale, inputs, stimulus.sizes["condition"], seed)
    assessment = assess_spiking_network(
        blueprint, spiking_network, calibrated_transfers, fits, amplification, options
    )
    correspondence = _make_correspondence(blueprint, spiking_network)
    return Translation(spiking_network, correspondence, *assessment)


def _check_options(dale: str, inputs: str, neurons_per_unit: int, rounds: int) -> None:
    for field, choice, known_names in (("dale", dale, DALE), ("inputs", inputs, INPUTS)):
        if choice not in known_names:
            raise unknown_name_error("to_bio", field, choice, known_names)
    check_whole_number(neurons_per_unit, "to_bio, neurons_per_unit")
    if check_whole_number(rounds, "to_bio, rounds") > MAX_ROUNDS:
        expected, remedy = f"at most {MAX_ROUNDS} runs", "The gains settle in two or three."
        raise DescriptionError("to_bio, rounds", expected, shorten_repr(rounds), remedy)


def transfers_of(translation: Translation) -> dict[str, tuple[float, ...]]:
    """Return gain, offset and spread of every population of a translation.

    Parameters
    ----------
    translation : Translation
        A result of `to_bio`.

    Returns
    -------
    dict of str to tuple of float
        By population, for the parameter `transfers` of `to_bio`; without a spread where there are
        no copies.
    """
    numbers = {(d.component, d.quantity): d.value for d in translation.decisions}
    return {
        name: tuple(
            float(numbers[name, kind])
            for kind in ("gain", "offset", "spread")
            if (name, kind) in numbers
        )
        for name in translation.network.sizes
    }


def _reuse_transfers(
    blueprint: NetworkBlueprint, transfers: Mapping[str, tuple[float, ...]]
) -> dict[str, Transfer]:
    """Return the transfers of an earlier calibration; every population must have one."""
    # A population without neurons is looked up as well.
    all_transfers = dict.fromkeys(
        (f"{b.name}_{t}" for b in blueprint.groups for t in ("glutamate", "GABA")), Transfer()
    )
    all_transfers |= {name: Transfer(*map(float, numbers)) for name, numbers in transfers.items()}
    for name in blueprint.build_network(all_transfers).sizes:
        if name not in transfers:
            raise unknown_name_error("to_bio, transfers", "population", name, transfers)
    return all_transfers


@runtime_checkable
class FlatteningModel(Protocol):
    """A rate model that can be written as one `RateNetwork`."""

    def to_rate_network(self) -> RateNetwork:
        """Return the equivalent network."""
        ...


def flatten_network(ann: object, caller: str) -> RateNetwork:
    """Return a rate model as one `RateNetwork`; `caller` is named in the error message."""
    if isinstance(ann, RateNetwork):
        return ann
    if isinstance(ann, FlatteningModel):
        return ann.to_rate_network()
    raise DescriptionError(
        f"{caller}, ann",
        "a RateNetwork, or a layered network that can be written as one",
        type(ann).__name__,
        "Write its weights as RateNetwork(units, W, W_in, bias).",
    )


def _draw_stimuli(network: RateNetwork, inputs: str, seed: int) -> xr.DataArray:
    """Draw stimuli uniformly from the unit range, on both sides of zero for signed channels.

    Its corners are included if they are few, because the largest summed inputs occur there and a
    curve is approximated up to the largest input of the calibration. A Latin hypercube would change
    every calibrated gain, and with it published numbers.
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
    """Compute the summed inputs of units, and the channels, at the end of each stimulus."""
    assert network.channels is not None
    u = stimulus.sel(channel=list(network.channels)).values[:, -1]
    activation = network.run(stimulus, trials=1, seed=0).activation.values[:, 0, -1]
    return activation @ network.W.T + u @ network.W_in.T + network.bias, u


def _make_correspondence(blueprint: NetworkBlueprint, network: SpikingNetwork) -> Correspondence:
    """Match every unit with its glutamatergic neurons; other populations have no counterpart."""
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
