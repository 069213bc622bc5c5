"""Neurons and synapses that differ: each behaves as it would among its like."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF, second, siemens

import bioann as ba
from bioann.base.as_code import hash_description
from bioann.base.content.content import list_content
from bioann.base.errors import DescriptionError, DimensionError, SimulationError
from bioann.bio.cells.heterogeneous import iter_neuron_cells, make_array_cell
from bioann.bio.input_spikes.draw import Lanes, draw_initial_states
from bioann.bio.receptors import AMPA
from bioann.recordings.recording import SPIKE_FIELDS

STIMULUS = ba.steps({"x": [0.6, 1.0]}, duration=120 * ms)
OPTIONS = {"trials": 2, "seed": 3, "engine": "numpy"}
#: A distribution for every field that may have one.
MIXED = {
    "cell": {
        "C": ba.Normal(200 * pF, 20 * pF, minimum=100 * pF),
        "V_th": ba.Normal(-50 * mV, 2 * mV, minimum=-58 * mV),
        "t_ref": ba.Uniform(1 * ms, 3 * ms),
    },
    "background": ba.Uniform(1 * nS, 3 * nS),
    "weight": ba.LogNormal(1 * nS, 0.5 * nS),
    "delay": ba.Uniform(1 * ms, 4 * ms),
    "afferent": ba.LogNormal(2 * nS, 1 * nS),
    "current": ba.Normal(0 * pA, 40 * pA),
}


def make_network(
    n=5, cell=None, background=0 * nS, weight=1 * nS, delay=1 * ms, afferent=2 * nS,
    current=0 * pA, conductance=0 * nS, connectivity=None, **options,
):  # fmt: skip
    connectivity = connectivity or ba.AllToAll()
    return ba.SpikingNetwork(
        (ba.Population("e", n, "glutamate", ba.cells.LIF(**(cell or {})), background),
         ba.Population("o", n, "glutamate")),
        (ba.Afferent("x", "e", afferent, fibres=20),),
        (ba.Projection("e", "o", weight, connectivity=connectivity, delay=delay, **options),),
        (ba.Injection("e", current, conductance),),
    )  # fmt: skip


def assert_same_spikes(one, other):
    for field in SPIKE_FIELDS:
        assert (one[field].values == other[field].values).all(), field
    assert one.sizes["spike"] > 50


CELLS = [
    (ba.cells.LIF, {"C": [150, 200, 300] * pF, "t_ref": [0, 2, 5] * ms}),
    (ba.cells.LIF, {"V_th": [-52, -50, -48] * mV, "V_r": [-60, -55, -62] * mV,
                   "g_L": [8, 9, 12] * nS}),
    (ba.cells.AdEx, {"V_T": [-52, -50, -48] * mV, "Delta_T": [1, 2, 3] * mV, "a": [0, 2, 4] * nS}),
    (ba.cells.AdaptingLIF, {"delta_g": [0, 1, 3] * nS, "tau_AHP": [50, 100, 200] * ms}),
    (ba.cells.TwoCompartment, {"E_L": [-72, -70, -68] * mV, "g_c": [2, 3, 5] * nS}),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "values"), CELLS, ids=lambda x: getattr(x, "__name__", ""))
def test_each_neuron_behaves_as_in_a_population_of_its_like(cell, values):
    def run(**fields):
        network = ba.SpikingNetwork(
            (ba.Population("e", 3, "glutamate", cell(**fields)),),
            (ba.CurrentAfferent("x", "e", 900 * pA),),
        )
        record = ba.Record(voltage={"e": range(3)})
        stimulus = ba.steps({"x": [1.0]}, duration=40 * ms)
        return network.run(stimulus, trials=1, seed=1, engine="numpy", record=record)

    together = run(**values).voltage_e.values[0, 0]
    # Brian2 reorders products of shared constants: where there are exponentials, bits may differ.
    tolerance = 1e-12 if "exp" in cell.model else 0.0
    for neuron in range(3):
        alone = run(**{name: array[neuron] for name, array in values.items()})
        difference = abs(together[:, neuron] - alone.voltage_e.values[0, 0, :, neuron])
        assert difference.max() <= tolerance
    assert (together[:, 0] != together[:, 2]).any()


INITIAL = [
    *CELLS,
    (ba.cells.TraubMiles, {"V_T": [-65, -63, -61] * mV, "E_L": [-66, -65, -64] * mV}),
    (ba.cells.WangBuzsaki, {"E_L": [-66, -65, -64] * mV, "g_Na": [3000, 3500, 4000] * nS}),
]


@pytest.mark.parametrize(("cell", "values"), INITIAL, ids=lambda x: getattr(x, "__name__", ""))
def test_each_neuron_starts_as_in_a_population_of_its_like(cell, values):
    together = make_array_cell(cell(**values)).draw_initial_state(np.random.default_rng(1), 3)
    for neuron in range(3):
        one = cell(**{name: array[neuron] for name, array in values.items()})
        alone = one.draw_initial_state(np.random.default_rng(1), 3)
        assert alone.keys() == together.keys()
        for name, state in together.items():
            assert state[neuron] == alone[name][neuron]


def test_neurons_that_differ_start_from_a_stated_potential():
    cell = ba.cells.TraubMiles(V_T=[-65, -61] * mV)
    network = ba.SpikingNetwork(
        (ba.Population("e", 2, "GABA", cell, initial_potential=-62 * mV),),
        (ba.CurrentAfferent("x", "e", 1 * pA),),
    )
    states = draw_initial_states(network.populations[0], Lanes(("a", "b"), 2, 1, 1e-4))
    one, other = (ba.cells.TraubMiles(V_T=v * mV).state_at(np.array([-62e-3])) for v in (-65, -61))
    for name in ("v", "m", "h", "n"):
        assert (states[name] == np.tile([one[name][0], other[name][0]], 4)).all()


class RestingLIF(ba.cells.LIF):
    """Starts at rest, so that initial states do not depend on the name of a population."""

    def draw_initial_state(self, rng, n):
        return {"v": np.broadcast_to(self.resting_potential, n).copy()}


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def test_a_population_of_two_kinds_is_two_populations(engine):
    def run(populations, projections, injections):
        network = ba.SpikingNetwork(
            (*populations, ba.Population("o", 2, "GABA", RestingLIF())), (), projections,
            (*injections, ba.Injection("o", 250 * pA)),
        )  # fmt: skip
        stimulus = ba.steps({"unused": [0.0]}, duration=200 * ms)
        return network.run(stimulus, trials=1, seed=1, engine=engine)

    both = run(
        (ba.Population("both", 2, "glutamate", RestingLIF(C=[150, 250] * pF)),),
        (ba.Projection("both", "o", [[3, 5], [2, 0]] * nS, delay=[[1, 4], [0.3, 2]] * ms),),
        (ba.Injection("both", [300, 200] * pA, [0, 1] * nS),),
    )
    apart = run(
        (ba.Population("a", 1, "glutamate", RestingLIF(C=150 * pF)),
         ba.Population("b", 1, "glutamate", RestingLIF(C=250 * pF))),
        (ba.Projection("a", "o", 1 * nS, connectivity=ba.ExplicitMatrix([[3], [0]]), name="a0"),
         ba.Projection("a", "o", 1 * nS, connectivity=ba.ExplicitMatrix([[0], [2]]), name="a1",
                       delay=0.3 * ms),
         ba.Projection("b", "o", 1 * nS, connectivity=ba.ExplicitMatrix([[5], [0]]), delay=4 * ms)),
        (ba.Injection("a", 300 * pA), ba.Injection("b", 200 * pA, 1 * nS)),
    )  # fmt: skip

    def times_of(recording, unit, neuron):
        is_unit = recording.spike_unit.values == list(recording.unit.values).index(unit)
        return recording.spike_time.values[is_unit & (recording.spike_neuron.values == neuron)]

    pairs = [(("both", 0), ("a", 0)), (("both", 1), ("b", 0)), (("o", 0),) * 2, (("o", 1),) * 2]
    for one, other in pairs:
        times = times_of(both, *one)
        assert len(times) > 3
        assert (times == times_of(apart, *other)).all()


def test_a_matrix_of_weights_is_that_of_the_connectivity():
    matrix = np.random.default_rng(1).uniform(0.5, 4, (5, 5))
    by_weight = make_network(weight=matrix * nS)
    by_connectivity = make_network(connectivity=ba.ExplicitMatrix(matrix))
    assert_same_spikes(by_weight.run(STIMULUS, **OPTIONS), by_connectivity.run(STIMULUS, **OPTIONS))
    (projection,) = by_weight.projections
    assert by_weight.draw_conductances(projection, 1) == pytest.approx(matrix * 1e-9)


@pytest.mark.slow
def test_equal_values_in_an_array_change_no_spike():
    one = make_network(current=100 * pA, conductance=1 * nS, weight=2 * nS, delay=2 * ms)
    ones = np.ones(5)
    other = make_network(
        cell={"C": 200 * ones * pF, "t_ref": 2 * ones * ms},
        current=100 * ones * pA,
        conductance=ones * nS,
        weight=np.full((5, 5), 2) * nS,
        delay=np.full((5, 5), 2) * ms,
        afferent=2 * ones * nS,
    )
    assert_same_spikes(one.run(STIMULUS, **OPTIONS), other.run(STIMULUS, **OPTIONS))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["cpp", "cpp_standalone"])
def test_compiled_engines_give_equal_spikes(engine):
    network = make_network(**MIXED, connectivity=ba.FixedProbability(0.6))
    options = {**OPTIONS, "trials": 3, "wirings": 2}
    runs = [network.run(STIMULUS, **{**options, "engine": e}) for e in ("numpy", engine)]
    assert_same_spikes(*runs)


def test_drawn_values_are_those_of_the_seed_and_the_wiring():
    network = make_network(**MIXED)
    assert network.has_drawn_wiring
    (projection,) = network.projections

    def draw(seed, wiring):
        drawn = network.draw_parameters(seed, wiring)
        population = drawn.get_population("e")
        arrays = [population.cell.C.values, population.cell.V_th.values,
                  population.background[0].conductance.values, drawn.afferents[0].weight.values,
                  drawn.injections[0].current.values,
                  network.draw_conductances(projection, seed, wiring),
                  network.draw_delays(projection, seed, wiring)]  # fmt: skip
        return [np.ravel(array) for array in arrays]

    first = draw(1, 0)
    for array, again in zip(first, draw(1, 0), strict=True):
        assert (array == again).all()
    for seed, wiring in ((1, 1), (2, 0)):
        for array, other in zip(first, draw(seed, wiring), strict=True):
            assert (array != other).all()
    # Two fields of one distribution do not draw the same numbers.
    standard = (first[0] - 200e-12) / 20e-12, (first[1] + 50e-3) / 2e-3
    assert abs(standard[0] - standard[1]).min() > 1e-6


def test_neurons_of_two_populations_with_one_cell_differ():
    cell = ba.cells.LIF(C=ba.LogNormal(200 * pF, 20 * pF))
    network = ba.SpikingNetwork(tuple(ba.Population(n, 4, "GABA", cell) for n in "ab"))
    a, b = (p.cell.C.values for p in network.draw_parameters(1).populations)
    assert (a != b).all()


@pytest.mark.slow
def test_a_run_is_that_of_the_values_that_its_recording_states():
    network = make_network(**MIXED)
    recording = network.run(STIMULUS, **{**OPTIONS, "trials": 4}, wirings=2)
    assert recording.cell_e_C.dims == ("trial", "neuron_e")
    assert recording.cell_e_C.attrs["units"] == "farad"
    assert recording.cell_e_C.attrs["distribution"] == repr(MIXED["cell"]["C"])
    assert (recording.cell_e_C[0] == recording.cell_e_C[2]).all()
    assert (recording.cell_e_C[0] != recording.cell_e_C[1]).all()
    (projection,) = network.projections
    matrices = [draw(projection, 3, 0) for draw in (network.draw_conductances, network.draw_delays)]
    units = {"C": pF / 1e-12, "V_th": mV / 1e-3, "t_ref": second}
    written = make_network(
        cell={name: recording[f"cell_e_{name}"][0].values * unit for name, unit in units.items()},
        background=recording.background_0_e_conductance[0].values * siemens,
        weight=matrices[0] * siemens,
        delay=matrices[1] * second,
        afferent=recording.afferent_0_weight[0].values * siemens,
        current=recording.injection_0_current[0].values * pA / 1e-12,
    )
    alone = network.run(STIMULUS, **{**OPTIONS, "trials": 1})
    assert_same_spikes(alone, written.run(STIMULUS, **{**OPTIONS, "trials": 1}))
    of_trial = recording.spike_trial.values == 0
    assert (recording.spike_time.values[of_trial] == alone.spike_time.values).all()


@pytest.mark.slow
def test_the_input_of_a_neuron_follows_its_conductance_and_weight(probe):
    # The mean conductance of a Poisson input is its stated value; with a variance of q g / 2 and a
    # correlation time of tau, the mean over T has the standard error sqrt(q g tau / T).
    conductance, duration = np.array([2.0, 5.0, 12.0]), 4.0
    network = ba.SpikingNetwork(
        (ba.Population("e", 3, "GABA", background=conductance * nS),),
        (ba.Afferent("x", "e", [0, 1, 3] * nS, receptor=AMPA(tau=2 * ms), fibres=4),),
    )
    stimulus = ba.steps({"x": [1.0]}, duration=duration * second)
    courses, _ = probe(network, stimulus, "e", "g_AMPA", "g_AMPA_2", dt=2.5e-4)
    errors = np.sqrt(1e-9 * conductance * 1e-9 * 5e-3 / duration)
    assert (abs(courses.g_AMPA.mean("step").values - conductance * 1e-9) < 4 * errors).all()
    expected = np.array([0, 1, 3]) * 1e-9 * 400 * 2e-3
    errors = np.sqrt(np.array([0, 1, 3]) * 1e-9 * expected * 2e-3 / duration)
    assert (abs(courses.g_AMPA_2.mean("step").values - expected) <= 4 * errors).all()


def test_the_weight_of_a_fibre_is_that_of_the_neuron_it_reaches(probe):
    weights = np.array([0.5, 1.0, 4.0])
    stimulus = ba.steps({"unused": [0.0]}, duration=20 * ms)
    times, short_term = [[5]] * ms, ba.plasticity.TsodyksMarkram()
    courses = []
    for connectivity, options in (
        (ba.AllToAll(), {}),
        (ba.ExplicitMatrix(weights[:, None]), {"weight": 1 * nS}),
        (ba.AllToAll(), {"plasticity": short_term}),
        (ba.ExplicitMatrix(weights[:, None]), {"weight": 1 * nS, "plasticity": short_term}),
    ):
        afferent = ba.ScheduledAfferent(
            times, "e", connectivity=connectivity, **({"weight": weights * nS} | options)
        )
        network = ba.SpikingNetwork((ba.Population("e", 3, "GABA"),), (afferent,))
        courses.append(probe(network, stimulus, "e", "g_AMPA")[0].g_AMPA.values)
    assert (courses[0] == courses[1]).all()
    assert (courses[2] == courses[3]).all()
    assert courses[0].max(axis=1) == pytest.approx(weights * 1e-9, rel=0.02)


def test_saturating_fibres_follow_the_weight_of_their_neuron(probe):
    def run(weight, n):
        receptor = ba.receptors.NMDA()
        network = ba.SpikingNetwork(
            (ba.Population("e", n, "GABA"),),
            (ba.Afferent("x", "e", weight, receptor=receptor, fibres=10, kind="regular"),),
        )
        stimulus = ba.steps({"x": [1.0]}, duration=50 * ms)
        name = "g_NMDA"
        return probe(network, stimulus, "e", name)[0][name].values

    together = run([1, 3] * nS, 2)
    for neuron, weight in enumerate((1, 3)):
        assert together[neuron] == pytest.approx(run(weight * nS, 2)[neuron], rel=1e-12)
    assert (together[1, 100:] > 2 * together[0, 100:]).all()


def test_a_spike_arrives_after_the_delay_of_its_synapse(probe, trains, electrodes):
    delays = np.array([[0.0, 3.2], [7.04, 1.0], [1.0, 12.0]])
    network = ba.SpikingNetwork(
        (ba.Population("pre", 2, "glutamate"), ba.Population("post", 3, "glutamate")),
        electrodes("pre"),
        (ba.Projection("pre", "post", [[1, 2], [4, 8], [16, 32]] * nS, delay=delays * ms),),
    )
    courses, spikes = probe(network, trains({"pre": [[0.005]]}, 0.03), "post", "g_AMPA")
    neurons, steps = spikes["pre"]
    jumps = np.diff(courses.g_AMPA.values, axis=1, prepend=0)
    arrivals = {(k, int(t)) for k, t in zip(*np.nonzero(jumps > 0.5e-9), strict=True)}
    # The conductance at the start of the next step contains the spikes that arrived in a step.
    expected = {
        (post, int(step + np.floor(delays[post, pre] / 0.1 + 0.5)) + 1)
        for pre, step in zip(neurons, steps, strict=True)
        for post in range(3)
    }
    assert arrivals == expected


def test_the_mean_stands_for_the_values_where_one_number_is_needed():
    network = make_network(**MIXED)
    cell = network.get_population("e").cell
    assert cell.capacitance == pytest.approx(200e-12, rel=1e-6)
    assert float(network.projections[0].weight) == 1e-9
    assert cell.rate(250 * pA) == pytest.approx(
        ba.cells.LIF(V_th=float(cell.V_th) * 1000 * mV, t_ref=2 * ms).rate(250 * pA), rel=1e-6
    )


def test_the_cell_of_each_neuron_has_its_values():
    cell = ba.cells.LIF(C=[100, 300] * pF, t_ref=[1, 2] * ms)
    one, other = iter_neuron_cells(make_array_cell(cell))
    assert (one.capacitance, other.refractory_period) == (100e-12, 2e-3)
    rates = make_array_cell(cell).steady_rate(np.array(250e-12), np.array(0.0), np.array(0.0))
    alone = [float(c.rate(250 * pA)) for c in (one, other)]
    assert rates == pytest.approx(alone, rel=1e-12)


def test_descriptions_with_several_values_print_hash_and_compare():
    networks = [make_network(), make_network(**MIXED), make_network(weight=np.ones((5, 5)) * nS),
                make_network(weight=ba.LogNormal(1 * nS, 1 * nS)),
                make_network(weight=ba.LogNormal(1 * nS, 2 * nS))]  # fmt: skip
    assert len({hash_description(network) for network in networks}) == 5
    assert len({list_content(network).hash for network in networks}) == 5
    assert make_network(**MIXED) == networks[1]
    third = ba.cells.LIF(C=[1e-10 / 3 * 1e12, 200] * pF)
    names = {"LIF": ba.cells.LIF, "pF": pF, "mV": mV, "nS": nS, "ms": ms, "farad": pF / 1e-12}
    assert eval(repr(third), names) == third
    replaced = dataclasses.replace(networks[1].projections[0], name="other")
    assert replaced.weight.distribution == MIXED["weight"]


def test_reports_show_distributions():
    network = make_network(**MIXED)
    symbols = {s.symbol: s for equation in network.explain() for s in equation.symbols[:6]}
    first = next(s for s in network.explain()[0].symbols if s.symbol == "C")
    assert (first.value, first.unit, first.source) == (
        "normal, 200 ± 20, above 100", "pF", "the pair"
    )  # fmt: skip
    assert symbols
    labels = [*network.connections().label, *network.constant_inputs().label]
    assert labels == ["AMPA log-normal, 2 ± 1 nS x 20", "AMPA log-normal, 1 ± 0.5 nS",
                      "AMPA uniform, 1 to 3 nS", "normal, 0 ± 40 pA"]  # fmt: skip
    written = make_network(afferent=[1, 2, 3, 4, 6] * nS)
    assert written.connections().label[0] == "AMPA 1 to 6, mean 3.2 nS x 20"


def test_the_numbers_of_a_distribution_have_addresses():
    network = make_network(**MIXED, connectivity=ba.FixedProbability(0.5))
    addresses = [p.address for p in ba.parameters.collect_parameters(network)]
    assert {"population e, cell, C, std", "projection e -> o, delay, high"} <= set(addresses)
    assert "projection e -> o, weight" not in addresses
    address = "projection e -> o, weight, std"
    wider = ba.parameters.replace_parameter(network, address, 2 * nS)
    assert wider.projections[0].weight.distribution == ba.LogNormal(1 * nS, 2 * nS)
    with pytest.raises(DimensionError, match="std: wanted a conductance in nS"):
        ba.parameters.replace_parameter(network, address, 2 * mV)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"cell": {"C": [1, 2] * pF}},
      r"Population 'e', C of LIF: wanted values of shape \(n,\) = \(5,\)"),
     ({"cell": {"C": [1, 2, -3, 1, 1] * pF}}, "LIF, C: wanted a value above 0 pF, got -3"),
     ({"cell": {"C": [1, 2, np.nan] * pF}},
      r"LIF, C: wanted finite numbers, got nan at index \[2\]"),
     ({"cell": {"C": [[1, 2]] * pF}}, r"LIF, C: wanted one value per neuron.*shape \(1, 2\)"),
     ({"cell": {"C": [1, 2] * nS}}, "LIF, C: wanted a capacitance in pF"),
     ({"cell": {"C": np.array([1.0, 2.0])}}, "LIF, C: wanted a capacitance in pF"),
     ({"cell": {"C": ba.Normal(1 * nS, 1 * nS)}}, "LIF, C: wanted a distribution of values in pF"),
     ({"cell": {"C": ba.Normal(200 * pF, 20 * pF)}},
      "C: wanted a distribution of values that are above 0 pF, got Normal.* reaches below. Draw"),
     ({"cell": {"V_th": [-50, -61, -50, -50, -50] * mV}}, "V_r: wanted a potential below V_th = -61"
      " mV, got -60 mV in neuron 1. A cell that resets"),
     ({"cell": {"V_th": ba.Normal(-50 * mV, 2 * mV)}}, "V_r: wanted a potential below V_th = -inf"
      r" mV, got -60 mV, possible with V_th = Normal\(.*minimum="),
     ({"weight": [1, 2] * nS}, r"weight: wanted one value per pair of neurons, shape \(n_post, n_"),
     ({"weight": np.ones((5, 4)) * nS}, r"\(n_post, n_pre\) = \(5, 5\), got shape \(5, 4\)"),
     ({"weight": -np.ones((5, 5)) * nS}, "got -1 nS. Sign belongs to the transmitter"),
     ({"weight": ba.Normal(1 * nS, 1 * nS)}, "weight: wanted a distribution of values that are at "
      "least 0 nS"),
     ({"delay": ba.Normal(1 * ms, 1 * ms)}, "delay: wanted a distribution of values that are at "),
     ({"delay": ba.Uniform(1 * ms, 2 * ms), "plasticity": ba.plasticity.PairSTDP()},
      "delay: wanted one delay, because its synapses learn, got several"),
     ({"afferent": [1, 2] * nS}, r"Afferent 'x' -> 'e', weight: wanted values of shape \(n,\)"),
     ({"current": [1, 2] * pA}, r"Injection, current: wanted values of shape \(n,\) = \(5,\)"),
     ({"conductance": ba.Normal(1 * nS, 1 * nS)}, "Injection, conductance: wanted a distribution"),
     ({"background": [1, 2] * nS}, "Population 'e', conductance of Background: wanted values of")],
)  # fmt: skip
def test_values_that_cannot_be_are_refused_where_they_are_written(options, message):
    with pytest.raises(DescriptionError, match=message):
        make_network(**options)


def test_fields_with_one_value_say_so():
    with pytest.raises(DescriptionError, match="rate: wanted one value, got Uniform"):
        ba.Afferent("x", "e", 1 * nS, rate=ba.Uniform(1 * Hz, 2 * Hz))


def test_an_exponential_needs_parameters_of_one_sign():
    @dataclasses.dataclass(frozen=True)
    class SignedEIF(ba.cells.EIF):
        factor: ba.SI = ba.quantity("nS", 10)
        model = ba.cells.EIF.model.replace("g_L*Delta_T", "factor*Delta_T")

    assert SignedEIF.model != ba.cells.EIF.model
    network = ba.SpikingNetwork(
        (ba.Population("e", 2, "GABA", SignedEIF(factor=[-1, 1] * nS)),),
        (ba.CurrentAfferent("x", "e", 1 * pA),),
    )
    with pytest.raises(SimulationError, match=r"wanted one sign of .*factor.* in all neurons"):
        network.run(STIMULUS, **OPTIONS)


def test_the_time_step_has_to_fit_the_fastest_neuron():
    network = make_network(cell={"C": [200, 200, 200, 200, 0.5] * pF})
    with pytest.raises(SimulationError, match=r"membrane time constant of 'e', 0.05 ms"):
        network.run(STIMULUS, **OPTIONS)


def test_learning_synapses_start_from_drawn_weights():
    network = make_network(
        weight=ba.LogNormal(3 * nS, 1 * nS),
        plasticity=ba.plasticity.PairSTDP(A_plus=1e-9, A_minus=1e-9),
        current=200 * pA,
    )
    recording = network.run(STIMULUS, **{**OPTIONS, "trials": 1})
    (projection,) = network.projections
    initial = network.draw_conductances(projection, 3)
    final = recording.weight_e_to_o[0, 0]
    start = initial[final.post_e_to_o.values, final.pre_e_to_o.values]
    assert final.values == pytest.approx(start, rel=1e-6)  # learning steps of 1e-9
    assert (final.values != start).any()


@pytest.mark.slow
def test_learned_weights_belong_to_the_neurons_of_their_wiring():
    network = make_network(cell=MIXED["cell"], plasticity=ba.plasticity.PairSTDP())
    learned = network.run(STIMULUS, **OPTIONS, wirings=2)
    with pytest.raises(
        SimulationError, match=r"a recording of wiring 0, which.*one of wirings 0, 1"
    ):
        network.run(STIMULUS, **OPTIONS, weights=learned)
    first = learned.isel(trial=learned.wiring.values == 0).drop_dims("spike")
    network.run(STIMULUS, **OPTIONS, weights=first)
