"""Synapses: what one spike does, what many do (Campbell), when it arrives, whose sign it has."""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nF, nS, pA, pF, second
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.background import Background
from bioann.bio.cells.lif import LIF
from bioann.bio.connectivity import ExplicitMatrix, OneToOne
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import AMPA, GABA_A
from bioann.stimuli.waveforms import pulses, steps

DT = 1e-4
#: One spike per regular fibre: 1 kHz for one stimulus step of 1 ms is an expected count of one.
ONE = pulses({"x": [10]}, at=[100 * ms], width=1 * ms, duration=160 * ms)
#: Its membrane forgets in 1 ms where it started: e^-100 is left when the pulse comes.
QUICK = LIF(C=10 * pF)


def one_spike(weight, receptor, **more):
    """Give one cell one spike; the cell never fires by itself."""
    released = {"transmitter": receptor.transmitter, "receptor": receptor}
    return SpikingNetwork(
        (Population("a", 1, "GABA", cell=more.pop("cell", QUICK)),),
        (Afferent("x", "a", weight * nS, kind="regular", **released, **more),),
    )


@pytest.mark.parametrize(
    "receptor", [AMPA(), AMPA(tau=2 * ms), GABA_A(), GABA_A(reversal=-65 * mV)]
)
@pytest.mark.parametrize("potential", [-70, -55])
def test_one_spike_moves_weight_times_tau_times_driving_force_of_charge(probe, receptor, potential):
    """Under voltage clamp, here a capacitance so large that one spike cannot move the potential."""
    clamped = LIF(C=1e6 * nF, V_th=0 * mV, V_r=-60 * mV)
    network = one_spike(3, receptor, cell=clamped)
    v = probe(network, ONE, "a", "v", start={"v": potential * 1e-3})[0]
    # The leak moves the same charge with and without the spike.
    baseline = probe(
        one_spike(0, receptor, cell=clamped), ONE, "a", "v", start={"v": potential * 1e-3}
    )
    charge = 1e-3 * (v[-1] - baseline[0, -1])
    expected = 3e-9 * receptor.tau * (receptor.reversal - potential * 1e-3)
    # The current is taken in the middle of each step: a sum instead of an integral,
    # (x / 2) / sinh(x / 2) of it with x = dt / tau. The last 60 ms are not for ever:
    # e^(-59 ms / tau) is missing. And v is rounded in each of 600 steps, by half a unit in the last
    # place of 0.07 V, times 1 mF.
    x = DT / receptor.tau
    series = expected * (x / 2) / np.sinh(x / 2)
    late = abs(expected) * np.exp(-59e-3 / receptor.tau)
    rounding = 600 * 0.5 * np.spacing(0.07) * 1e-3
    assert charge == pytest.approx(series, rel=1e-6, abs=late + rounding)
    assert abs(charge - expected) <= abs(expected) * x**2 / 24 + late + rounding


def test_a_conductance_jumps_by_the_weight_and_decays(probe):
    g = probe(one_spike(3, AMPA()), ONE, "a", "g_AMPA")[0]
    first = np.flatnonzero(g)[0]
    assert 100e-3 <= first * DT - DT <= 101e-3  # seen at the start of the step after the spike's
    after = np.arange(len(g) - first)
    np.testing.assert_allclose(g[first:], 3e-9 * np.exp(-after * DT / 5e-3), rtol=1e-9)


def test_spikes_that_share_a_step_all_arrive(probe):
    """A hundred fibres at one spike each within 1 ms: ten per step, on one neuron."""
    g = probe(one_spike(1, AMPA(tau=1000 * ms), fibres=100), ONE, "a", "g_AMPA")[0]
    # tau of 1 s: what is left 59 to 60 ms after the spikes is e^-0.06 to e^-0.059 of the whole.
    assert 100e-9 * np.exp(-0.061) < g[-1] < 100e-9 * np.exp(-0.058)


@pytest.mark.parametrize("receptor", [AMPA(), GABA_A(tau=20 * ms)])
def test_background_conductance_obeys_campbells_theorem(probe, receptor):
    """Mean rate * q * tau, variance rate * q^2 * tau / 2."""
    mean, quantum, n = 15e-9, 1.5e-9, 250
    background = Background(15 * nS, receptor, quantum=1.5 * nS)
    network = SpikingNetwork((Population("a", n, "GABA", background=background),))
    g = probe(network, steps({"x": [0]}, duration=400 * ms), "a", f"g_{receptor.name}", dt=5e-4)
    g = g[:, g.shape[1] // 2 :]  # the first 200 ms are 10 tau and more
    # In steps of dt the integrals are sums of e^(-k x), x = dt / tau, from k = 0: at the start of
    # a step the spikes of the step before have not yet decayed.
    x = 5e-4 / receptor.tau
    wanted_mean = mean * x / -np.expm1(-x)
    wanted_variance = mean * quantum * x / -np.expm1(-2 * x)
    assert wanted_mean == pytest.approx(mean, rel=x)
    assert wanted_variance == pytest.approx(mean * quantum / 2, rel=2 * x)
    # 200 ms of n cells with correlation time tau (tau / 2 for squares) hold this many independent
    # values; the excess kurtosis 1 / (rate tau) = 0.1 hardly widens the variance. 4 errors each.
    independent = n * 0.2 / (2 * receptor.tau)
    assert g.mean() == pytest.approx(wanted_mean, abs=4 * np.sqrt(wanted_variance / independent))
    assert g.var() == pytest.approx(wanted_variance, rel=4 * np.sqrt(2.1 / (2 * independent)))


def test_a_background_and_as_many_poisson_fibres_are_the_same_in_law():
    """12 nS of quanta of 1 nS through 5 ms is 2400 Hz, or 24 fibres at 100 Hz, of any names."""
    network = SpikingNetwork(
        (
            Population("a", 60, "GABA", background=12 * nS),
            Population("b", 60, "GABA"),
            Population("c", 60, "GABA"),
        ),
        (
            Afferent("x", "b", 1 * nS, fibres=24),
            Afferent("x", "c", 1 * nS, fibres=12),
            Afferent("x", "c", 1 * nS, fibres=3, rate=400 * Hz),
        ),
    )
    run = network.run(steps({"x": [1]}, duration=0.5 * second), trials=1, seed=1)
    rates = run.rate.isel(time=slice(10, None)).mean(["condition", "trial", "time"]).values
    counts = [
        np.bincount(run.spike_neuron.values[run.spike_unit.values == u], minlength=60)
        for u in range(3)
    ]
    errors = [c.std(ddof=1) / 0.5 / np.sqrt(60) for c in counts]
    assert rates.min() > 5
    for other in (1, 2):
        assert abs(rates[0] - rates[other]) < 4 * np.hypot(errors[0], errors[other])


class TestDelays:
    """A delay shifts the response, by exactly the delay."""

    def chain(self, afferent, projection):
        """One strong spike into `a`, which fires once and makes `b` fire once."""
        return SpikingNetwork(
            (Population("a", 3, "glutamate", cell=QUICK), Population("b", 3, "GABA", cell=QUICK)),
            (Afferent("x", "a", 6 * nS, kind="regular", delay=afferent * ms),),
            (Projection("a", "b", 6 * nS, connectivity=OneToOne(), delay=projection * ms),),
        )

    def spikes(self, afferent, projection):
        run = self.chain(afferent, projection).run(ONE, trials=1, seed=1)
        return [run.spike_time.values[run.spike_unit.values == u] for u in (0, 1)]

    def test_both_delays_shift_by_what_they_say(self):
        a, b = self.spikes(0, 1)
        assert len(a) >= 3
        assert len(b) >= 3
        for one, other in ((5, 1), (0, 4.3), (2.5, 7)):
            late_a, late_b = self.spikes(one, other)
            np.testing.assert_allclose(late_a, a + one * 1e-3, atol=1e-9)
            np.testing.assert_allclose(late_b, b + (one + other - 1) * 1e-3, atol=1e-9)


class TestOrientation:
    """Rows of a matrix are targets, columns are sources."""

    def test_only_the_connected_fire(self):
        relay = [[0, 0], [0, 0], [1, 1]]  # both sources reach target 2 alone
        final = [[0, 0, 1], [1, 1, 0]]  # target 0 listens to 2, target 1 to 0 and 1
        network = SpikingNetwork(
            (
                Population("first", 2, "glutamate", cell=QUICK),
                Population("relay", 3, "glutamate", cell=QUICK),
                Population("final", 2, "GABA", cell=QUICK),
            ),
            (Afferent("x", "first", 6 * nS, kind="regular"),),
            (
                Projection("first", "relay", 6 * nS, connectivity=ExplicitMatrix(relay)),
                Projection("relay", "final", 6 * nS, connectivity=ExplicitMatrix(final)),
            ),
        )
        run = network.run(ONE, trials=2, seed=1)
        fired = {
            name: set(run.spike_neuron.values[run.spike_unit.values == u])
            for u, name in enumerate(network.units)
        }
        assert fired == {"first": {0, 1}, "relay": {2}, "final": {0}}
        assert set(run.spike_trial.values[run.spike_unit.values == 2]) == {0, 1}

    def test_relative_strengths_scale_the_weight(self, probe):
        network = SpikingNetwork(
            (Population("a", 1, "glutamate", cell=QUICK), Population("b", 3, "GABA", cell=QUICK)),
            (Afferent("x", "a", 6 * nS, kind="regular"),),
            (Projection("a", "b", 0.1 * nS, connectivity=ExplicitMatrix([[1], [0], [2.5]])),),
        )
        g = probe(network, ONE, "b", "g_AMPA").max(axis=1)
        assert g[1] == 0
        assert g[2] / g[0] == pytest.approx(2.5)


class TestDale:
    """The sign of a synapse is that of the transmitter and of the reversal potential."""

    def test_the_transmitter_orders_the_rates_whatever_the_weight(self):
        weights = (("GABA", 0.2), ("GABA", 0.05), ("GABA", 0), ("glutamate", 0.1), ("glutamate", 1))
        posts = [f"post_{k}" for k in range(5)]
        network = SpikingNetwork(
            (
                Population("glutamate", 20, "glutamate"),
                Population("GABA", 20, "GABA"),
                *(Population(name, 20, "GABA") for name in posts),
            ),
            (
                Afferent("x", "glutamate", 1 * nS, fibres=40),
                Afferent("x", "GABA", 1 * nS, fibres=40),
                *(CurrentAfferent("x", name, 300 * pA) for name in posts),
            ),
            tuple(
                Projection(source, name, weight * nS)
                for name, (source, weight) in zip(posts, weights, strict=True)
            ),
        )
        run = network.run(steps({"x": [1]}, duration=150 * ms), trials=1, seed=1)
        rates = run.rate.sel(unit=posts).mean(["condition", "trial", "time"]).values
        assert (np.diff(rates) > 0).all()
        assert network.connections().sign.tolist()[7:] == [-1, -1, -1, 1, 1]

    @given(st.floats(-10, 10), st.sampled_from(["glutamate", "GABA"]))
    def test_no_weight_can_turn_a_sign(self, weight, transmitter):
        populations = (Population("a", 2, transmitter), Population("b", 2, "GABA"))
        if weight < 0:
            with pytest.raises(DescriptionError, match="Sign belongs to the transmitter"):
                Projection("a", "b", weight * nS)
        else:
            network = SpikingNetwork(populations, (), Projection("a", "b", weight * nS))
            row = network.connections().iloc[0]
            assert row.sign == (1 if transmitter == "glutamate" else -1)
            assert row.strength == pytest.approx(weight, rel=1e-9)

    def test_one_conductance_excites_or_inhibits_by_its_reversal_potential(self, probe):
        for reversal, rises in ((-80, False), (-65, None), (-50, True)):
            kind = GABA_A(reversal=reversal * mV)
            v = probe(one_spike(1, kind), ONE, "a", "v")[0] + 65e-3
            peak = v[1000:].max() if rises else v[1000:].min()
            if rises is None:
                assert np.abs(v[1000:]).max() < 1e-12  # a pure shunt moves nothing at rest
            else:
                assert (peak > 1e-3) if rises else (peak < -1e-3)
