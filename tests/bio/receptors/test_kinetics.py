"""Conductance and charge after spikes, against the closed forms."""

import dataclasses

import numpy as np
import pytest
from brian2 import mM, ms, mV, nS, pA, uM

from bioann.base.errors import DescriptionError, DimensionError
from bioann.base.units import SI, quantity
from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.cells.lif import LIF
from bioann.bio.connectivity import AllToAll, ExplicitMatrix
from bioann.bio.injection import Injection
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import (
    AMPA,
    GABA_A,
    GABA_B,
    NMDA,
    CurrentSynapse,
    DeltaSynapse,
)
from bioann.bio.receptors.receptor import Receptor
from bioann.stimuli.waveforms import steps

DT = 1e-4
#: Leaks so strongly that nothing moves it: a voltage clamp.
CLAMP = LIF(C=1000 * nS * 20 * ms, g_L=100_000 * nS, E_L=-65 * mV, V_th=-50 * mV)
RECEPTORS = {
    "single": AMPA(tau=4 * ms),
    "dual": AMPA(tau=6 * ms, rise=1.5 * ms),
    "inhibitory": GABA_A(tau=10 * ms, rise=0.5 * ms),
    "nmda": NMDA(),
    "gaba_b": GABA_B(),
}


def pair(receptor, electrodes, weight=2 * nS, delay=3 * ms, **more):
    released = "GABA" if receptor.transmitter == "GABA" else "glutamate"
    return SpikingNetwork(
        (Population("pre", 1, released), Population("post", 1, "glutamate", cell=CLAMP)),
        electrodes("pre"),
        (Projection("pre", "post", weight, receptor=receptor, delay=delay, **more),),
    )


def arrivals(spikes, delay=3e-3, dt=DT):
    """Steps at which spikes of ``pre`` have arrived, as a recorded variable shows them."""
    return spikes["pre"][1] + round(delay / dt) + 1


@pytest.mark.parametrize("name", RECEPTORS)
def test_one_spike_opens_the_conductance_that_the_closed_form_says(name, probe, trains, electrodes):
    receptor = RECEPTORS[name]
    recording, spikes = probe(
        pair(receptor, electrodes), trains({"pre": [[0.01]]}, 0.4), "post", f"g_{receptor.name}"
    )
    (start,) = arrivals(spikes)
    g = recording[f"g_{receptor.name}"].values[0]
    t = (np.arange(len(g)) - start) * DT
    expected = 2e-9 * receptor.time_course(t)
    np.testing.assert_allclose(g, expected, rtol=1e-9, atol=1e-9 * expected.max())
    assert g.max() == pytest.approx(2e-9 * receptor.peak_value(), rel=1e-3)
    if name != "gaba_b":  # outlasts the run
        t = np.arange(0, 20 * receptor.tau, 1e-5)
        assert np.trapezoid(receptor.time_course(t), t) == pytest.approx(
            receptor.time_integral(), rel=1e-3
        )


def test_the_peak_of_two_exponentials_is_the_weight_and_comes_when_it_should():
    receptor = AMPA(tau=6 * ms, rise=1.5 * ms)
    t = np.arange(0, 0.05, 1e-7)
    conductance = receptor.time_course(t)
    assert conductance.max() == pytest.approx(1, abs=1e-9)
    assert t[conductance.argmax()] == pytest.approx(6e-3 * 1.5 / 4.5 * np.log(4), abs=2e-7)


@pytest.mark.slow
def test_the_charge_into_a_clamped_cell_is_weight_times_area_times_drive(probe, trains, electrodes):
    for receptor in (RECEPTORS["dual"], RECEPTORS["inhibitory"], CurrentSynapse()):
        weight = 2 * nS if receptor.weight_unit == "nS" else 30 * pA
        network = pair(receptor, electrodes, weight)
        recording, _ = probe(network, trains({"pre": [[0.01]]}, 0.2), "post", "I_syn")
        # The trapezoid misses half of the first step of a jump.
        charge = np.trapezoid(recording.I_syn.values[0], dx=DT)
        expected = receptor.charge_per_spike(float(weight), -65e-3, 200e-12)
        assert charge == pytest.approx(expected, rel=0.02)
        assert np.sign(charge) == (-1 if receptor.transmitter == "GABA" else 1)


@pytest.mark.parametrize(
    ("v", "fraction"),
    # Jahr and Stevens 1990 at 1 mM, from their equation: 1/(1 + exp(-0.062 v)/3.57).
    [(-80e-3, 0.02442), (-60e-3, 0.07963), (-40e-3, 0.23016), (0.0, 0.78118), (40e-3, 0.97708)],
)
def test_magnesium_leaves_what_was_published(v, fraction):
    assert NMDA().unblocked_fraction(v) == pytest.approx(fraction, abs=2e-5)
    assert NMDA(magnesium=0 * mM).unblocked_fraction(v) == 1
    assert NMDA().driving_force(v) == pytest.approx(-fraction * v, abs=2e-6)


def test_the_block_is_in_the_current_of_a_running_cell(probe, trains, electrodes):
    network = pair(NMDA(), electrodes)
    recording, _ = probe(network, trains({"pre": [[0.01]]}, 0.1), "post", "I_syn", "g_NMDA", "v")
    v, g, current = (recording[n].values[0] for n in ("v", "g_NMDA", "I_syn"))
    np.testing.assert_allclose(current, g * NMDA().unblocked_fraction(v) * (0 - v), rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("interval", [0.01, 0.05])
def test_fast_spikes_find_fewer_free_receptors(interval, probe, trains, electrodes):
    receptor = NMDA(rise=0 * ms, tau=100 * ms)
    times = [0.01 + interval * k for k in range(40)]
    stimulus = trains({"pre": [times]}, times[-1] + 0.02)
    dt = 5 * DT  # a conductance decays by a factor, which is exact for steps of any length
    recording, spikes = probe(pair(receptor, electrodes), stimulus, "post", "g_NMDA", dt=dt)
    g = recording.g_NMDA.values[0]
    at = arrivals(spikes, dt=dt)
    jumps = (g[at] - g[at - 1] * np.exp(-dt / 0.1)) / 2e-9
    assert jumps[0] == pytest.approx(1)
    assert jumps[-1] == pytest.approx(receptor.free_fraction(interval), rel=2e-3)


@pytest.mark.slow
def test_a_burst_opens_more_gaba_b_than_its_spikes_one_by_one(probe, trains, electrodes):
    stimulus = trains({"pre": [[0.01, 0.015, 0.02, 0.025, 0.03]]}, 0.5)
    recording, _ = probe(pair(GABA_B(), electrodes), stimulus, "post", "g_GABA_B")
    peak = recording.g_GABA_B.values.max() / 2e-9
    assert peak > 50 * 5 * GABA_B().peak_value()
    # Five pulses bind 5 shares but for what each leaves bound already; then G-protein to the 4th.
    low, high = GABA_B().open_fraction(
        np.array([4.0, 5.0]) * GABA_B().protein_time_course(0.105).max()
    )
    assert low < peak < high * 1.3


@pytest.mark.slow
def test_many_synapses_share_one_pool_of_g_protein(probe, trains, electrodes):
    """All at once, N synapses of weight w do what one of weight N w does."""
    stimulus = trains({"pre": [[0.01, 0.02]]}, 0.3)
    courses = []
    for n, weight in ((1, 6 * nS), (6, 1 * nS)):
        network = SpikingNetwork(
            (Population("pre", n, "GABA"), Population("post", 1, "GABA", cell=CLAMP)),
            electrodes("pre"),
            (Projection("pre", "post", weight, receptor="GABA_B"),),
        )
        recording, _ = probe(network, stimulus, "post", "g_GABA_B")
        courses.append(recording.g_GABA_B.values.max())
    # Neurons start at different potentials, so that their spikes differ by fractions of 1 ms.
    assert courses[1] == pytest.approx(courses[0], rel=0.02)


def test_delta_synapses_move_the_potential_by_their_weight_and_their_sign(probe, trains):
    for released, sign in (("glutamate", 1), ("GABA", -1)):
        network = SpikingNetwork(
            (Population("post", 3, "glutamate", cell=LIF(g_L=1e-7 * nS)),),
            (Afferent("x", "post", 0.1 * mV, released, DeltaSynapse(), kind="regular"),),
        )
        recording, _ = probe(network, steps({"x": [1.0]}, duration=95 * ms), "post", "v")
        jumps = recording.v.values[:, -1] - recording.v.values[:, 0]
        counts = np.round(np.abs(jumps) / 0.1e-3)
        assert set(counts) <= {9.0, 10.0}
        np.testing.assert_allclose(jumps, sign * counts * 0.1e-3, rtol=1e-3)


@pytest.mark.slow
def test_the_mean_of_a_background_does_not_depend_on_the_rise_time(probe):
    stimulus = steps({"x": [0.0]}, duration=1000 * ms)
    dt = 4e-4  # the noise steps exactly
    for receptor in (AMPA(), AMPA(rise=2 * ms), NMDA()):
        network = SpikingNetwork(
            (Population("post", 40, "GABA", cell=CLAMP, background=Background(5 * nS, receptor)),),
            (Afferent("x", "post", 0 * nS),),
        )
        recording, _ = probe(network, stimulus, "post", f"g_{receptor.name}", dt=dt)
        mean = recording[f"g_{receptor.name}"].values[:, round(0.5 / dt) :].mean()
        assert mean == pytest.approx(5e-9, rel=0.05)


@pytest.mark.slow
def test_fibres_of_an_afferent_saturate_one_by_one(probe):
    """The same spikes through ten fibres meet more free receptors than through one."""
    means = {}
    for fibres, rate in ((1, 10.0), (10, 1.0)):
        afferent = Afferent("x", "post", 0.1 * nS, receptor="NMDA", fibres=fibres)
        network = SpikingNetwork((Population("post", 20, "GABA", cell=CLAMP),), (afferent,))
        stimulus = steps({"x": [0.1 * rate]}, duration=800 * ms)
        recording, _ = probe(network, stimulus, "post", "g_NMDA", dt=2e-4)
        means[fibres] = recording.g_NMDA.values[:, 2000:].mean()
        # Poisson spikes at rate r leave b = p r tau / (1 + p r tau) bound on average.
        load = 0.63 * 10 * rate * 0.1
        total = 100 * NMDA().time_integral() * 0.1e-9
        assert means[fibres] == pytest.approx(total / (1 + load), rel=0.06)
    assert means[10] > 3 * means[1]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: AMPA(rise=7 * ms), DescriptionError, "rise: wanted a rise time below the decay"),
        (lambda: AMPA(rise=-1 * ms), DescriptionError, "rise: wanted a value at least 0 ms"),
        (lambda: NMDA(occupancy=1.0), DescriptionError, "occupancy: wanted a share"),
        (lambda: NMDA(magnesium=1 * ms), DimensionError, "magnesium: wanted a concentration"),
        (lambda: NMDA(magnesium=-1 * uM), DescriptionError, "magnesium: wanted a value at least"),
        (lambda: GABA_B(cooperativity=0), DescriptionError, "cooperativity: .* published one is 4"),
        (lambda: GABA_B(occupancy=0), DescriptionError, "occupancy: wanted a share"),
        (lambda: GABA_B(tau_bound=1 * ms), DescriptionError, "tau_protein: .* below tau_bound"),
        (lambda: CurrentSynapse(transmitter="water"), DescriptionError, "Leave it out"),
        (
            lambda: Projection("a", "b", 1 * nS, receptor=CurrentSynapse()),
            DimensionError,
            "weight: wanted a current in pA",
        ),
        (
            lambda: Projection("a", "b", -1 * mV, receptor=DeltaSynapse()),
            DescriptionError,
            "a magnitude >= 0, got -1 mV",
        ),
        (lambda: Background(1 * nS, GABA_B()), DescriptionError, "Use an Afferent"),
        (lambda: Background(1 * nS, CurrentSynapse()), DescriptionError, "opens a conductance"),
        (lambda: Injection("a", receptor=DeltaSynapse()), DescriptionError, "opens a conductance"),
        (
            lambda: SpikingNetwork(
                (Population("a", 1, "GABA"),), (), Projection("a", "a", 1 * nS, receptor=3)
            ),
            DescriptionError,
            "receptor: wanted a Receptor or text",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_is_written(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_a_receptor_needs_its_compartment():
    with pytest.raises(DescriptionError, match=r"compartment of LIF: 'soma', got 'dendrite'"):
        SpikingNetwork(
            (Population("e", 2, "glutamate"),),
            (),
            Projection("e", "e", 1 * nS, receptor=NMDA(compartment="dendrite")),
        )


def test_a_current_based_weight_has_its_own_unit_and_code():
    projection = Projection("a", "b", 45 * pA, receptor=CurrentSynapse(), connectivity=AllToAll())
    assert projection.weight == pytest.approx(45e-12)
    assert "weight=45.0 * pA" in repr(projection)
    network = SpikingNetwork(
        (Population("a", 1, "GABA"), Population("b", 1, "GABA")), (), projection
    )
    row = network.connections().iloc[0]
    assert (row.sign, row.strength_unit) == (-1, "pA")
    assert network.draw_conductances(network.projections[0], 1) == pytest.approx(45e-12)


def test_the_report_is_told_every_number_with_its_source():
    network = SpikingNetwork(
        (Population("e", 2, "glutamate"), Population("i", 2, "GABA")),
        (),
        (
            Projection("e", "i", 1 * nS, receptor=NMDA(tau=80 * ms)),
            Projection("i", "e", 1 * nS, receptor=GABA_B(),
                       connectivity=ExplicitMatrix(np.ones((2, 2)))),
        ),
    )  # fmt: skip
    explanations = {e.caption: e for e in network.explain()}
    nmda = {p.meaning: p for p in explanations["Synapses: NMDA"].symbols}
    assert nmda["NMDA decay time"].source == "the pair"
    assert nmda["e-fold potential of block"].source == "Jahr and Stevens 1990"
    assert nmda["share of free NMDA receptors that a spike binds"].value == "0.63"
    assert "s^n" in explanations["Synapses: GABA_B"].typst


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Kainate(Receptor):
    """What a user writes: a slow receptor with linear rectification."""

    tau: SI = quantity("ms", 40, above=0, symbol="tau", meaning="kainate decay time")
    reversal: SI = quantity("mV", 0, symbol="E", meaning="kainate reversal potential")

    decay_time = property(lambda receptor: float(receptor.tau))
    name = "kainate"
    transmitter = "glutamate"
    model = "dg/dt = -g/tau : siemens"
    current = "g*(reversal - v)"
    equation = "(d g) / (d t) = -g / tau"
    source = "the test"

    def on_spike(self, has_synapse_state=True):
        return "g += w"

    def time_course(self, t):
        return np.where(t < 0, 0.0, np.exp(-t / self.tau))

    def peak_value(self):
        return 1.0

    def time_integral(self):
        return self.tau

    def driving_force(self, v):
        return self.reversal - v

    def time_constants(self):
        return {"decay": self.tau}


def test_a_new_receptor_is_one_dataclass(probe, trains, electrodes):
    network = pair(Kainate(), electrodes)
    recording, spikes = probe(network, trains({"pre": [[0.01]]}, 0.1), "post", "g_kainate")
    (start,) = arrivals(spikes)
    g = recording.g_kainate.values[0]
    t = (np.arange(len(g)) - start) * DT
    np.testing.assert_allclose(g, 2e-9 * Kainate().time_course(t), rtol=1e-9)
    assert network.connections().mechanism[1] == "glutamate on kainate, E_rev 0 mV"
