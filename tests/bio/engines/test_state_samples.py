"""Variables that a run samples: states of neurons, and what follows from them."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, mV, nS, pA

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError

STIMULUS = ba.steps({"x": [0.3, 1.0]}, duration=60 * ms)
#: Every kind of variable: potentials, a current, a gate, and conductances with one and two states.
STATES = {
    "a": {
        "v": [2],
        "v_branch_1": (0, 2),
        "g_NMDA": [0, 2],
        "block_NMDA": [0],
        "I_syn_branch_1": [0],
        "g_AMPA": 1,
    },
    "b": {"w": [1]},
}


@pytest.fixture
def network():
    receptor = ba.receptors.NMDA(tau=50 * ms, rise=3 * ms, compartment="branch_1")
    return ba.SpikingNetwork(
        (
            ba.Population("a", 3, "glutamate", cell=ba.cells.BranchedCell()),
            ba.Population("b", 2, "GABA", cell=ba.cells.AdEx()),
        ),
        (
            ba.Afferent("x", "a", 3 * nS, receptor=receptor, fibres=30),
            ba.Afferent("x", "a", 1 * nS, fibres=30),
            ba.CurrentAfferent("x", "b", 1500 * pA),
        ),
    )


def run_network(network, engine="numpy", **options):
    record = ba.Record(voltage={"a": [2]}, states=STATES, interval=2 * ms)
    options = {"trials": 2, "seed": 1, "record": record} | options
    return network.run(STIMULUS, engine=engine, **options)


def test_samples_are_labelled_and_follow_from_each_other(network):
    run = run_network(network)
    assert run.state_a_v_branch_1.dims == (
        *("condition", "trial", "sample_time", "probe_a_v_branch_1"),
    )
    np.testing.assert_allclose(run.sample_time, np.arange(30) * 2e-3)
    assert list(run.probe_a_v_branch_1) == [0, 2]
    units = {name: run[f"state_{name}"].attrs["units"] for name in ("a_v", "a_g_NMDA", "b_w")}
    assert units == {"a_v": "V", "a_g_NMDA": "S", "b_w": "A"}
    assert run.state_a_block_NMDA.attrs["units"] == "1"
    # The same numbers as at every time step.
    np.testing.assert_array_equal(
        run.state_a_v.isel(probe_a_v=0), run.voltage_a.isel(probe_a=0, step=slice(None, None, 20))
    )
    v, g = (run[name].values[..., 0] for name in ("state_a_v_branch_1", "state_a_g_NMDA"))
    block = 1 / (1 + np.exp(-0.062e3 * v) / 3.57)  # Jahr and Stevens 1990, 1 mM magnesium
    np.testing.assert_allclose(run.state_a_block_NMDA.values[..., 0], block, rtol=1e-12)
    np.testing.assert_allclose(
        run.state_a_I_syn_branch_1.values[..., 0], g * block * (0 - v), rtol=1e-12
    )
    assert g.max() > 1e-8
    assert run.state_a_g_AMPA.max() > 1e-9


def test_the_adaptation_current_jumps_at_spikes_and_relaxes_between_them(network):
    run = run_network(network).isel(condition=1, trial=0)
    w = run.state_b_w.values[:, 0]
    is_own = (run.spike_unit == 1) & (run.spike_neuron == 1)
    is_own &= (run.spike_condition == 1) & (run.spike_trial == 0)
    counts, _ = np.histogram(run.spike_time.values[is_own], np.arange(31) * 2e-3)
    jumps = np.diff(w) - counts[:29] * 80.5e-12
    # In 2 ms of 144 ms, towards a (v - E_L) of at most 4 nS * 40 mV.
    assert np.abs(jumps).max() < 2 / 144 * (160e-12 + w.max())
    assert counts.sum() > 3


@pytest.mark.slow
def test_all_engines_sample_the_same_numbers(network, needs_compiler):
    numpy, cpp = run_network(network), run_network(network, "cpp")
    assert numpy.sizes["spike"] > 10
    for name in numpy.data_vars:
        # Exponentials of NumPy and C++ may differ in the last bit.
        np.testing.assert_allclose(numpy[name], cpp[name], rtol=1e-9, atol=1e-24, err_msg=name)


@pytest.mark.slow
def test_samples_do_not_depend_on_batches_or_on_what_else_is_recorded(network):
    together = run_network(network)
    one_by_one = run_network(network, memory=1.0)
    xr.testing.assert_identical(together, one_by_one)
    plain = run_network(network, record=None)
    np.testing.assert_array_equal(together.spike_time, plain.spike_time)


def test_constants_of_single_neurons_are_those_of_the_recorded_ones():
    """The total weight of GABA_B synapses differs between neurons."""
    matrix = [[0.0], [1.0], [3.0]]
    network = ba.SpikingNetwork(
        (ba.Population("i", 1, "GABA"), ba.Population("a", 3, "glutamate")),
        (ba.CurrentAfferent("x", "i", 900 * pA),),
        (ba.Projection("i", "a", 2 * nS, ba.receptors.GABA_B(), ba.ExplicitMatrix(matrix)),),
    )
    names = {"g_GABA_B": [2, 1, 0], "protein_GABA_B": [1]}
    run = network.run(
        STIMULUS, trials=2, seed=1, engine="numpy", record=ba.Record(states={"a": names})
    )
    g = run.state_a_g_GABA_B.sel(probe_a_g_GABA_B=[1, 2]).values
    protein = run.state_a_protein_GABA_B.values
    np.testing.assert_allclose(g, [2e-9, 6e-9] * protein**4 / (protein**4 + 100), rtol=1e-9)
    assert g.max() > 1e-12
    assert (run.state_a_g_GABA_B.sel(probe_a_g_GABA_B=0) == 0).all()


@pytest.mark.parametrize(
    ("record", "kind", "message"),
    [
        (
            {"states": {"a": {"w": 0}}},
            UnknownNameError,
            "variable, got 'w'.*'g_NMDA'.*'v'",
        ),
        ({"states": {"c": {"v": 0}}}, UnknownNameError, "Record, states: wanted .* population"),
        ({"states": {"a": {"v": 3}}}, SimulationError, "states of 'a': wanted neurons from 0 to 2"),
        (
            {"states": {"a": {"v": 0}}, "interval": 0.25 * ms},
            SimulationError,
            "Record, interval: wanted a whole number of time steps of 0.1 ms, got 0.25 ms",
        ),
        ({"weights": "a"}, UnknownNameError, "afferent with long-term plasticity, got 'a'"),
    ],
)
def test_what_cannot_be_sampled_is_an_error(network, record, kind, message):
    with pytest.raises(kind, match=message):
        network.run(STIMULUS, trials=1, seed=1, engine="numpy", record=ba.Record(**record))


@pytest.mark.parametrize("states", [["a"], {"a": "v"}, {"a": {"v": -1}}, {"a": {"v": []}}, {1: {}}])
def test_states_are_neurons_by_population_and_variable(states):
    with pytest.raises(DescriptionError, match=r"Record, states: .*Write states={'left': "):
        ba.Record(states=states)


def test_an_interval_is_a_time_above_zero():
    with pytest.raises(DescriptionError, match="Record, interval: wanted a value above 0 ms"):
        ba.Record(interval=0 * ms)
    with pytest.raises(DescriptionError, match="Record, interval: wanted a time"):
        ba.Record(interval=1 * mV)
