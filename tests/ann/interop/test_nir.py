"""Networks of NIR files: rates in closed form against a simulation of NIR's own equations."""

import gzip
import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy
from brian2 import ms, second

import bioann as ba
from bioann.ann.simulate import simulate_rates
from bioann.base.errors import DescriptionError, ForeignFileError

FOLDER = Path(__file__).parent / "data"
#: Time step of the simulation of NIR's equations, in seconds, exact between spikes.
DT = 1e-5
#: Time step in seconds of snnTorch's exporter, and rates in hertz that snnTorch 1.0.0 simulates for
#: hidden and output neurons (data/write_snntorch_fixture.py).
SNNTORCH_STEP = 1e-4
SNNTORCH_RATES = [67.0, 400.0, 98.0, 101.0, 25.8], [28.6, 50.0, 59.2]
#: Parameters of a LIF neuron in NIR.
LIF = {"tau": 0.02, "r": 2.0, "v_leak": 0.1, "v_threshold": 1.0, "v_reset": -0.2}


class Graph:
    """A graph in memory with the three members that nir.NIRGraph has."""

    def __init__(self, nodes, edges):
        self.nodes, self.edges = nodes, edges

    def to_dict(self):
        return {"type": "NIRGraph", "nodes": self.nodes, "edges": self.edges}


def node(kind, **parameters):
    arrays = {k: v if isinstance(v, (str, dict)) else np.array(v) for k, v in parameters.items()}
    return {"type": kind, **arrays}


def chain(*nodes, n_inputs=1):
    """Return a graph from ``input`` through nodes ``n0``, ``n1``, ... to ``output``."""
    names = ["input", *(f"n{k}" for k in range(len(nodes))), "output"]
    members = [node("Input", shape=[n_inputs]), *nodes, node("Output", shape=[1])]
    pairs = list(itertools.pairwise(names))
    return Graph(dict(zip(names, members, strict=True)), pairs)


@pytest.fixture
def unpack(tmp_path):
    """Return the path of a file that the package nir has written."""

    def unpack(name):
        path = tmp_path / f"{name}.nir"
        path.write_bytes(gzip.decompress((FOLDER / f"{name}.nir.gz").read_bytes()))
        return path

    return unpack


def steady_state(network, inputs, duration=1.0):
    """Return the activation of each unit by name after constant input."""
    channels = np.tile(np.asarray(inputs, float), (1, round(duration / 1e-3), 1))
    activation = simulate_rates(network, channels, 1e-3)[0, -1]
    return dict(zip(network.units, activation, strict=True))


def simulate_neurons(kind, p, current, n_steps=100_000):
    """Integrate NIR's equations at constant current; return spike intervals and last potentials."""
    n = len(p["r"])
    v, synapse = np.zeros(n), np.zeros(n)
    spikes = [[] for _ in range(n)]
    leak = np.exp(-DT / p.get("tau", p.get("tau_mem", np.ones(n))))
    decay = np.exp(-DT / p["tau_syn"]) if "tau_syn" in p else None
    reset = p.get("v_reset", np.zeros(n))
    for step in range(n_steps):
        drive = current
        if decay is not None:
            synapse = p["w_in"] * current + (synapse - p["w_in"] * current) * decay
            drive = synapse
        if kind == "IF":
            v = v + DT * p["r"] * drive
        else:
            target = p["v_leak"] + p["r"] * drive
            v = target + (v - target) * leak
        if "v_threshold" in p:
            fires = v > p["v_threshold"]
            if fires.any():
                for i in np.flatnonzero(fires):
                    spikes[i].append(step * DT)
                v = np.where(fires, reset, v)
    if "v_threshold" not in p:
        return v
    # The first half is left to the synapses, which start at zero.
    late_spikes = [[t for t in train if t > n_steps * DT / 2] for train in spikes]
    return np.array([np.diff(train).mean() for train in late_spikes])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [("lif", "LIF"), ("cubalif", "CubaLIF"), ("if", "IF")])
def test_rates_of_spiking_nodes_are_those_of_their_simulated_equations(unpack, name, kind):
    path = unpack("neurons")
    parameters = {
        "LIF": {
            **{"tau": [0.02, 0.01], "r": [2.0, 1.0], "v_leak": [0.1, -0.2]},
            **{"v_threshold": [1.0, 0.8], "v_reset": [-0.2, 0.0]},
        },
        "CubaLIF": {
            **{"tau_syn": [0.005, 0.003], "tau_mem": [0.02, 0.015], "r": [1.0, 3.0]},
            **{"v_leak": [0.0, 0.1], "v_threshold": [1.0, 0.9], "w_in": [1.5, 0.5]},
        },
        "IF": {"r": [20.0, 10.0], "v_threshold": [1.0, 0.5], "v_reset": [0.0, -0.5]},
    }[kind]
    current = np.array([1.3, 2.4])
    intervals = simulate_neurons(kind, {k: np.array(v) for k, v in parameters.items()}, current)
    rates = steady_state(ba.from_nir(path), current)
    expected = np.array([1 / rates[f"{name}[{i}]"] for i in range(2)])
    # The grid delays a spike by at most one step.
    late = intervals - expected
    assert (late > -1e-9).all()
    assert (late < DT * (1 + 1e-6)).all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [("li", "LI"), ("cubali", "CubaLI")])
def test_leaky_integrators_follow_their_equations_in_time(unpack, name, kind):
    network = ba.from_nir(unpack("neurons"))
    parameters = {
        "LI": {"tau": [0.02, 0.01], "r": [2.0, -1.0], "v_leak": [0.1, 0.2]},
        "CubaLI": {
            **{"tau_syn": [0.005, 0.003], "tau_mem": [0.02, 0.015], "r": [1.0, 3.0]},
            **{"v_leak": [0.0, 0.1], "w_in": [1.5, -0.5]},
        },
    }[kind]
    current = np.array([1.3, 2.4])
    arrays = {k: np.array(v) for k, v in parameters.items()}
    for duration in (0.01, 0.05):
        potentials = simulate_neurons(kind, arrays, current, round(duration / DT))
        inputs = np.tile(current, (1, round(duration / DT), 1))
        units = [network.units.index(f"{name}[{i}]") for i in range(2)]
        course = simulate_rates(network, inputs, DT)[0, -1, units]
        # Cuba: both schemes hold the synapse for one step, which costs a share of DT / tau_syn.
        np.testing.assert_allclose(course, potentials, rtol=DT / 0.003)


@pytest.mark.slow
def test_thresholds_are_steps_and_silent_cells_stay_silent(unpack):
    network = ba.from_nir(unpack("neurons"))
    states = steady_state(network, [0.70001, 1.59999])
    assert (states["threshold[0]"], states["threshold[1]"]) == (1.0, 0.0)
    low = steady_state(network, [0.449, 0.999])  # rheobase (v_threshold - v_leak) / r: 0.45 and 1
    assert (low["lif[0]"], low["lif[1]"]) == (0.0, 0.0)
    assert steady_state(network, [0.451, 1.001])["lif[0]"] > 0


@pytest.mark.parametrize("spike_width", [None, 1 * ms])
def test_a_spike_adds_its_weight_once_or_for_the_duration_of_a_step(spike_width):
    weight, current = (0.03, 1.3) if spike_width is None else (30.0, 1.3)
    graph = chain(
        node("LIF", **{k: [v] for k, v in LIF.items()}),
        node("Linear", weight=[[weight]]),
        node("LI", tau=[0.05], r=[1.5], v_leak=[0.2]),
    )
    network = ba.from_nir(graph, spike_width=spike_width)
    state = steady_state(network, [current])
    # Direct simulation: the potential of LI, averaged over whole periods of the LIF neuron.
    interval = LIF["tau"] * np.log(1 + 1.2 / (0.1 + 2.0 * current - 1.0))
    t = np.arange(round(1.0 / DT)) * DT
    since_spike = t % interval
    width = DT if spike_width is None else 1e-3
    height = weight / DT if spike_width is None else weight
    kernel = 1 - np.exp(-DT / 0.05)
    inputs = 0.2 + 1.5 * height * (since_spike < width - 1e-12)
    v = scipy.signal.lfilter([kernel], [1, kernel - 1], inputs)
    n_periods = int(0.5 / interval)
    average = v[-round(n_periods * interval / DT) :].mean()
    assert state["n2[0]"] == pytest.approx(0.2 + 1.5 * 0.03 * state["n0[0]"])
    # A width on the grid of DT is at most one step too long or too short.
    assert average == pytest.approx(state["n2[0]"], rel=DT / width / 2 if spike_width else 2e-3)


def test_rates_of_a_snntorch_network_are_those_that_snntorch_simulates(unpack):
    network = ba.from_nir(unpack("snntorch"), spike_width=SNNTORCH_STEP * second)
    state = steady_state(network, [1.0, 0.6], 2.0)
    hidden, output = [
        np.array([state[f"{n}[{i}]"] for i in range(k)]) for n, k in (("1", 5), ("3", 3))
    ]
    # Constant input: a spike is up to one step late; 5 s of counts are exact to one spike.
    simulated_hidden, simulated_output = np.array(SNNTORCH_RATES[0]), np.array(SNNTORCH_RATES[1])
    assert (simulated_hidden < hidden + 0.2).all()
    assert (simulated_hidden > 1 / (1 / hidden + SNNTORCH_STEP) - 0.2).all()
    # Spiking input: each train deviates from its mean by less than one spike, so the potential does
    # by less than the sum of the weights, as if the threshold of 1 were shifted by that sum.
    jumps = network.W[5:, :5].sum(axis=1) / SNNTORCH_STEP
    mean_potential = network.W[5:, :5] @ hidden / SNNTORCH_STEP * 0.05
    late, early = [
        1 / (0.05 * np.log(mean_potential / (mean_potential - threshold)))
        for threshold in (1 + jumps, 1 - jumps)
    ]
    assert ((late < output) & (output < early)).all()
    assert ((late < simulated_output) & (simulated_output < early)).all()


def test_a_nested_recurrent_graph_is_at_its_self_consistent_rates(unpack):
    network = ba.from_nir(unpack("recurrent"))
    assert network.units[:3] == tuple(f"hidden.lif[{i}]" for i in range(3))
    assert network.channels == ("input[0]", "input[1]")
    np.testing.assert_array_equal(network.W[:3, :3], -0.002 * (1 - np.eye(3)))
    inputs = [0.8, 1.1]
    drive = network.W_in[:3] @ inputs + [1.2, 1.0, 0.8]

    def mismatch(rates):
        above = drive + network.W[:3, :3] @ rates - 1
        return rates - 1 / (0.02 * np.log1p(1 / np.maximum(above, 1e-12)))

    rates = scipy.optimize.fsolve(mismatch, np.full(3, 30.0), xtol=1e-12)
    state = steady_state(network, inputs, 2.0)
    np.testing.assert_allclose([state[f"hidden.lif[{i}]"] for i in range(3)], rates, rtol=1e-6)
    readout = network.W[3:, :3] @ rates
    np.testing.assert_allclose([state["li[0]"], state["li[1]"]], readout, rtol=1e-6)
    scale = np.array([1.0, -1.0, 0.5])
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(network.W_in[:3], rng.uniform(0, 1, (3, 2)))
    np.testing.assert_allclose(network.W[3:, :3], rng.normal(size=(2, 3)) * scale)


def test_convolution_and_pooling_are_those_of_the_layers(unpack):
    network = ba.from_nir(unpack("convolution"))
    rng = np.random.default_rng(2)
    kernel, bias = rng.normal(size=(4, 1, 3, 2)), rng.normal(size=4)
    weights, offset = rng.normal(size=(3, 16)), rng.normal(size=3)
    image = np.random.default_rng(3).normal(size=(2, 7, 6))
    layer = ba.layers.Conv2d(kernel, bias, "relu", (2, 1), (1, 0), 1, 2)
    rates = 30 * layer.forward(layer.parameters, image[None, None])[0, 0]  # r (I)+ / (1 - 0)
    assert rates.shape == (4, 4, 5)
    pooled = rates[:, :, :4].reshape(4, 2, 2, 2, 2).sum(axis=(2, 4))
    state = steady_state(network, image.ravel(), 0.002)
    np.testing.assert_allclose([state[f"if[{i}]"] for i in range(80)], rates.ravel(), atol=1e-12)
    outputs = [state[f"output[{i}]"] for i in range(3)]
    np.testing.assert_allclose(outputs, weights @ pooled.ravel() + offset)


@pytest.mark.parametrize(("size", "dilation"), [(3, 1), (2, 1), (3, 2)])
def test_padding_same_keeps_the_size_and_an_average_counts_the_border(size, dilation):
    kernel = np.random.default_rng(0).normal(size=(1, 1, size, size))
    convolution = {"weight": kernel, "stride": 1, "dilation": dilation, "groups": 1, "bias": [0.5]}
    graph = chain(
        node("Conv2d", padding="same", **convolution),
        node("AvgPool2d", kernel_size=[2, 2], stride=[2, 2], padding=[1, 1]),
    )
    graph.nodes["input"] = node("Input", shape=[1, 5, 5])
    network = ba.from_nir(graph)
    image = np.random.default_rng(1).normal(size=(5, 5))
    total = dilation * (size - 1)
    padded = np.pad(image, (total // 2, total - total // 2))
    spread = np.zeros((total + 1, total + 1))
    spread[::dilation, ::dilation] = kernel[0, 0]
    convolved = scipy.signal.correlate(padded, spread, "valid") + 0.5
    averages = np.pad(convolved, 1)[:6, :6].reshape(3, 2, 3, 2).mean(axis=(1, 3))
    outputs = network.W_in @ image.ravel() + network.bias
    np.testing.assert_allclose(outputs, averages.ravel())


def test_outputs_of_neurons_get_no_units_of_their_own_also_behind_nested_graphs():
    inner = chain(replace())
    graph = chain(inner.to_dict(), node("Flatten", start_dim=0, end_dim=-1))
    assert ba.from_nir(graph).units == ("n0.n0[0]",)
    graph.edges.append(("input", "output"))
    assert sorted(ba.from_nir(graph).units) == ["n0.n0[0]", "output[0]"]


def test_one_number_stands_for_all_neurons_and_edges_add_up():
    graph = chain(node("Linear", weight=np.eye(3)), node("LI", tau=[0.01], r=[2.0], v_leak=[0.0]))
    graph.nodes["input"] = node("Input", shape=[3])
    graph.nodes["scale"] = node("Scale", scale=[1.0, 2.0, 3.0])
    graph.edges += [("input", "scale"), ("scale", "n1")]
    network = ba.from_nir(graph)
    np.testing.assert_array_equal(network.W_in, 2 * np.diag([2.0, 3.0, 4.0]))
    assert network.time_constants().tolist() == [0.01] * 3


def test_linear_loops_reach_the_solution_of_their_equations():
    rng = np.random.default_rng(4)
    weights = rng.normal(size=(4, 4)) / 4
    li = node("LI", tau=[0.01] * 4, r=[1.0] * 4, v_leak=rng.normal(size=4))
    graph = chain(li, n_inputs=4)
    graph.nodes["loop"] = node("Linear", weight=weights)
    graph.edges += [("n0", "loop"), ("loop", "n0")]
    inputs = rng.normal(size=4)
    state = steady_state(ba.from_nir(graph), inputs)
    expected = np.linalg.solve(np.eye(4) - weights, inputs + li["v_leak"])
    np.testing.assert_allclose(list(state.values()), expected, rtol=1e-8)


def replace(**changes):
    return node("LIF", **{k: [v] for k, v in {**LIF, **changes}.items()})


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (chain(node("Delay", delay=[0.1])), r"NIR node 'n0' \(Delay\).*a delay"),
        (chain(node("I", r=[1.0])), r"NIR node 'n0' \(I\).*without leak"),
        (chain(node("Mystery")), r"NIR node 'n0' \(Mystery\): wanted one of the nodes Input, "),
        (chain(replace(v_reset=1.0)), r"'n0' \(LIF\): wanted v_threshold - v_reset above 0.* 0 at"),
        (chain(replace(tau=0.0)), r"'n0' \(LIF\): wanted tau above 0"),
        (chain(replace(r=-1.0)), r"'n0' \(LIF\): wanted r above 0.*got -1 at neuron 0"),
        (chain(replace(r=np.nan)), r"'n0' \(LIF\), r: wanted finite"),
        (chain(node("LI", tau=[1.0], r=[1.0])), r"'n0' \(LI\): wanted a parameter 'v_leak'"),
        (chain(node("Linear", weight=[[1.0, 2.0]])), r"'n0' \(Linear\): wanted 2 numbers, got 1 f"),
        (chain(node("Linear", weight=[1.0])), r"'n0' \(Linear\): wanted weights of shape"),
        (
            chain(node("Conv2d", weight=np.ones((1, 1, 2, 2)), bias=[0.0])),
            r"'n0' \(Conv2d\): wanted .*channel",
        ),
        (
            chain(node("LI", tau=[1.0, 1.0], r=[1.0] * 3, v_leak=[0.0] * 3), n_inputs=3),
            r"'n0' \(LI\): wanted tau of shape \(3,\)",
        ),
    ],
)
def test_what_rates_cannot_express_is_refused_by_the_name_of_the_node(graph, message):
    with pytest.raises(ForeignFileError, match=message):
        ba.from_nir(graph)


def test_loops_of_weights_alone_are_refused_by_their_names():
    graph = chain(node("Linear", weight=[[0.5]]))
    graph.edges += [("n0", "n0")]
    with pytest.raises(ForeignFileError, match=r"NIR nodes \['n0'\].*loop of weights alone"):
        ba.from_nir(graph)


def test_edges_have_to_be_single_and_between_nodes():
    graph = chain(replace())
    graph.edges.append(("n0", "nowhere"))
    with pytest.raises(ForeignFileError, match=r"edge at 'nowhere'.*no such node"):
        ba.from_nir(graph)
    graph.edges[-1] = graph.edges[0]
    with pytest.raises(ForeignFileError, match=r"edge .*wanted one edge, got 2 edges"):
        ba.from_nir(graph)


def test_sources_and_spike_widths_are_checked():
    with pytest.raises(DescriptionError, match="from_nir, source: wanted the path of a NIR file"):
        ba.from_nir([1, 2])
    with pytest.raises(DescriptionError, match="spike_width: wanted a time above 0"):
        ba.from_nir(chain(replace()), spike_width=0 * ms)


@pytest.mark.parametrize("names", ["a\na", "\x1b[31mred\nb"])
def test_names_in_metadata_have_to_be_different_and_printable(names):
    arrays = {"tau": [0.01] * 2, "r": [1.0] * 2, "v_leak": [0.0] * 2}
    graph = chain(node("LI", **arrays, metadata={"unit_names": names}), n_inputs=2)
    with pytest.raises(ForeignFileError, match=r"NIR graph, RateNetwork, units: wanted .* name"):
        ba.from_nir(graph)


def test_huge_populations_are_refused_before_memory_is_allocated():
    graph = chain(node("LI", tau=[1.0], r=[1.0], v_leak=[0.0]), n_inputs=1_000_000)
    with pytest.raises(ForeignFileError, match=r"NIR node 'input' \(Input\).*at most 2.15 GB"):
        ba.from_nir(graph)
