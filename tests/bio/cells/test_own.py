"""Cells with parts of their own, and a cell that a user writes."""

import dataclasses

import numpy as np
import pytest
from brian2 import amp, ms, mV, nS, pA, second

import bioann as ba
from bioann import quantity
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.receptors import AMPA
from bioann.stimuli.waveforms import steps


@dataclasses.dataclass(frozen=True)
class QuadraticIF(ba.cells.Cell):
    """A cell as a user writes it: parameters, equations, threshold, reset."""

    capacitance: ba.SI = quantity("pF", 200, above=0)
    k: ba.SI = quantity("nS", 10, above=0)
    resting_potential: ba.SI = quantity("mV", -65)
    firing_threshold: ba.SI = quantity("mV", -50)
    V_r: ba.SI = quantity("mV", -70)

    refractory_period = 0.0
    leak_conductance = property(lambda cell: float(cell.k))  # slope at rest
    model = """
    dv/dt = (k*(v - resting_potential)*(v - firing_threshold)/(15*mV)
             + I_syn + I_inj)/capacitance : volt (unless refractory)
    """
    threshold = "v > 0*mV"
    reset = "v = V_r"


def test_a_users_cell_fires_at_its_rate():
    """The passage of a quadratic cell is elementary: an arctangent."""
    cell, current = QuadraticIF(), 400e-12
    s = 10e-9 / 15e-3  # A / V^2
    centre, width = -57.5e-3, np.sqrt(current / s - (7.5e-3) ** 2)
    climb = 200e-12 / (s * width) * (
        np.arctan((0 - centre) / width) - np.arctan((-70e-3 - centre) / width)
    )  # fmt: skip
    assert float(cell.rate(400 * pA)) == pytest.approx(1 / climb, rel=1e-6)
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA", cell=cell),), (ba.CurrentAfferent("I", "a", 1 * pA),)
    )
    currents = [60, 400, 3000, 15000]
    expected = cell.rate(currents * pA)
    assert expected[0] < 20
    assert expected[-1] > 300
    run = network.run(steps({"I": currents}, duration=0.5 * second), trials=1, seed=1)
    for c, rate in enumerate(expected):
        intervals = np.diff(run.spike_time.values[run.spike_condition.values == c])
        # Both ends are on the grid: 0.1 ms of more than 0.3 s.
        assert intervals.sum() > 0.3
        assert 1 / intervals.mean() == pytest.approx(rate, rel=5e-3)


def test_a_quantity_that_a_cell_does_not_declare_is_an_error_with_a_way_out():
    with pytest.raises(DescriptionError) as error:
        QuadraticIF().reset_potential  # noqa: B018
    assert str(error.value) == (
        "QuadraticIF, reset_potential: wanted the potential in volt right after a spike, got a "
        "class that does not declare it. Declare `reset_potential` as a property or field of the "
        "class. For a cell that shapes its own spike, the potential from which it depolarises "
        "again."
    )


def test_a_field_without_a_default_can_declare_a_quantity():
    @dataclasses.dataclass(frozen=True)
    class Bare(QuadraticIF):
        reset_potential: ba.SI = quantity("mV", -55)
        spike_onset_width: float = dataclasses.field(kw_only=True)

    assert Bare(spike_onset_width=1e-3).reset_potential == -55e-3
    with pytest.raises(DescriptionError, match="spike_onset_width"):
        Bare()


@pytest.mark.parametrize(
    "cell",
    [
        kind()
        for kind in (getattr(ba.cells, name) for name in dir(ba.cells))
        if issubclass(kind, ba.cells.Cell) and kind not in (ba.cells.Cell, ba.cells.EquationCell)
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_shipped_cells_declare_every_quantity(cell):
    rest, threshold = cell.resting_potential, cell.firing_threshold
    assert cell.reset_potential < threshold
    assert rest < threshold
    assert cell.refractory_period >= 0
    assert cell.spike_onset_width >= 0
    # A small current moves the potential by as much as the declared leak says, where the leak is
    # linear at rest: all but the cells with channels or adaptation that are active there.
    linear = (ba.cells.LIF, ba.cells.AdaptingLIF)
    if isinstance(cell, linear):
        rheobase = cell.leak_conductance * (threshold - rest)
        assert cell.rate(np.array([0.99, 1.01]) * rheobase * amp).tolist()[0] == 0
        assert cell.rate(1.01 * rheobase * amp) > 0
    assert cell.time_constants()["membrane"] == cell.capacitance / cell.leak_conductance


def test_a_users_cell_is_a_description():
    cell = QuadraticIF(V_r=-68 * mV)
    assert repr(cell).startswith("QuadraticIF(capacitance=200.0 * pF, k=10.0 * nS")
    assert cell == QuadraticIF(V_r=-68 * mV) != QuadraticIF()
    assert cell.resting_potential == -65e-3
    assert cell.firing_threshold == -50e-3
    assert cell.refractory_period == 0
    assert dataclasses.replace(cell, V_r=-60 * mV).V_r == -60e-3
    with pytest.raises(DescriptionError, match=r"k: wanted a value above 0 nS, got -1\.0"):
        QuadraticIF(k=-1 * nS)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"model": "dv/dt = = 1"}, "wanted Brian2 equations"),
        ({"model": "du/dt = -u/ms : volt"}, "no equation for v. Write dv/dt"),
        ({"threshold": ""}, "got no threshold. Write dv/dt"),
        ({"model": QuadraticIF.model + "fired_at : 1"}, "got fired_at. Call them otherwise"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_what_to_write(members, text):
    with pytest.raises(DescriptionError, match=text):
        type("Broken", (QuadraticIF,), members)()


def test_the_ahp_conductance_is_that_of_its_spikes():
    """Self-consistent rhythm: G = delta_g / (1 - e^{-T / tau}) right after each spike."""
    cell = ba.cells.AdaptingLIF()
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA", cell=cell),), (ba.CurrentAfferent("I", "a", 500 * pA),)
    )
    run = network.run(steps({"I": [1]}, duration=0.8 * second), trials=1, seed=1)
    intervals = np.diff(run.spike_time.values)
    assert (np.diff(intervals[:5]) > 0).all()
    rhythm = intervals[-1]
    assert rhythm == pytest.approx(1 / float(cell.rate(500 * pA)), abs=1e-4)
    after = 0.6e-9 / (1 - np.exp(-rhythm / 0.1))
    mean = after * 0.1 / rhythm * (1 - np.exp(-rhythm / 0.1))  # over an interval: rate tau delta_g
    assert mean == pytest.approx(0.6e-9 * 0.1 / rhythm)
    # With its mean in place all the time, a plain cell keeps almost the same rhythm.
    lif_rate = ba.cells.LIF().rate(500 * pA, [(mean * 1e9 * nS, -80 * mV)])
    assert float(lif_rate) == pytest.approx(1 / rhythm, rel=0.05)
    assert rhythm > 1.4 / float(ba.cells.LIF().rate(500 * pA))


def fixed_points(cell):
    v = np.linspace(-80e-3, 10e-3, 4000)
    return int((np.diff(np.sign(cell.dendritic_current(v))) != 0).sum())


def test_a_strong_active_conductance_makes_the_dendrite_bistable():
    assert fixed_points(ba.cells.TwoCompartment(g_N=6 * nS)) == 1
    assert fixed_points(ba.cells.TwoCompartment(g_N=15 * nS)) == 3
    # The plain magnesium block is too shallow, however strong.
    block = {"V_half": -20.5 * mV, "k": 16.1 * mV}
    for g in (5, 10, 20, 40):
        assert fixed_points(ba.cells.TwoCompartment(g_N=g * nS, **block)) == 1


def test_the_range_of_two_stable_potentials_is_the_documented_one():
    """Where the conductance that balances a potential turns, two fixed points merge."""
    cell = ba.cells.TwoCompartment()
    v = np.linspace(cell.E_L + 1e-4, -1e-3, 100_000)
    leak = -ba.cells.TwoCompartment(g_N=0 * nS).dendritic_current(v)
    balance = leak * (1 + np.exp((cell.V_half - v) / cell.k)) / (cell.E_N - v)
    turns = balance[1:-1][np.diff(np.sign(np.diff(balance))) != 0] * 1e9
    np.testing.assert_allclose(turns, [50.07, 11.02], atol=5e-3)
    for g_N, count in ((10.9, 1), (11.1, 3), (49.5, 3), (50.5, 1)):
        assert fixed_points(ba.cells.TwoCompartment(g_N=g_N * nS)) == count
    assert fixed_points(cell) == 1
    assert all(f"{turn:.2f}" in ba.cells.TwoCompartment.__doc__ for turn in turns)


def test_a_dendritic_pulse_leaves_a_plateau_only_where_there_is_one():
    """After the pulse the soma fires on, driven by the dendrite, or falls silent."""
    cells = {
        "weak": ba.cells.TwoCompartment(g_N=8 * nS),
        "strong": ba.cells.TwoCompartment(g_N=30 * nS),
    }
    network = ba.SpikingNetwork(
        tuple(ba.Population(n, 1, "glutamate", cell=c) for n, c in cells.items()),
        tuple(ba.CurrentAfferent("I", n, 400 * pA, compartment="dendrite") for n in cells),
    )
    stimulus = steps({"I": [1]}, onset=0.15 * second, offset=0.25 * second, duration=0.5 * second)
    rate = network.run(stimulus, trials=1, seed=1).rate.isel(condition=0, trial=0)
    during, after = rate.sel(time=slice(0.17, 0.25)), rate.sel(time=slice(0.32, None))
    assert (during.mean("time") > 0).all()
    assert after.sel(unit="weak").sum() == 0
    assert after.sel(unit="strong").mean() > 10


def test_dendritic_current_is_amplified():
    """Supralinear: the active dendrite turns a silent current into firing."""
    passive, active = ba.cells.TwoCompartment(g_N=0 * nS), ba.cells.TwoCompartment()
    current = np.array([150, 300]) * pA
    assert (passive.rate(current, compartment="dendrite") == 0).all()
    assert active.rate(current, compartment="dendrite")[1] > 30
    assert active.rate(300 * pA) > active.rate(300 * pA, compartment="dendrite")


@pytest.mark.slow
def test_synapses_reach_the_compartment_of_their_receptor():
    cell = ba.cells.TwoCompartment(g_N=0 * nS)

    def fired(compartment):
        network = ba.SpikingNetwork(
            (ba.Population("a", 5, "glutamate", cell=cell),),
            (ba.Afferent("x", "a", 1 * nS, receptor=AMPA(compartment=compartment), fibres=20),),
        )
        run = network.run(steps({"x": [0.6]}, duration=0.3 * second), trials=1, seed=1)
        return run.sizes["spike"]

    assert fired("soma") > 2 * fired("dendrite")
    with pytest.raises(DescriptionError, match="wanted a compartment of TwoCompartment"):
        fired("axon")
    with pytest.raises(UnknownNameError, match="compartment of LIF, got 'dendrite'"):
        ba.SpikingNetwork(
            (ba.Population("a", 1, "GABA"),),
            (ba.CurrentAfferent("I", "a", 1 * pA, compartment="dendrite"),),
        )


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ba.cells.LIF(V_r=-40 * mV),
            "V_r: wanted a potential below V_th = -50 mV, got -40 mV",
        ),
        (lambda: ba.cells.EIF(Delta_T=0 * mV), "Delta_T: wanted a value above 0 mV"),
        (lambda: ba.cells.EIF(V_cut=-60 * mV), "The cut-off has to lie above"),
        (
            lambda: ba.cells.AdaptingLIF(tau_AHP=-1 * ms),
            "tau_AHP: wanted a value above 0 ms, got -1",
        ),
        (lambda: ba.cells.AdaptingLIF(E_AHP=-40 * mV), "reverses below threshold"),
        (lambda: ba.cells.TwoCompartment(g_N=-1 * nS), "g_N: wanted a value at least 0 nS"),
        (lambda: ba.cells.TwoCompartment(k=0 * mV), "k: wanted a value above 0 mV"),
        (lambda: ba.cells.TwoCompartment(V_r=-45 * mV), "never stops firing"),
        (lambda: ba.cells.LIF(C=200 * mV), r"C: wanted a capacitance in pF.*Write it as 200 \* pF"),
    ],
)
def test_parameters_outside_their_meaning_are_refused(make, text):
    with pytest.raises(DescriptionError, match=text):
        make()
