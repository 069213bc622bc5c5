"""The balance that inhibitory plasticity reaches."""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS

from bioann.bio.afferent import Afferent
from bioann.bio.cells import LIF
from bioann.bio.connectivity import FixedProbability
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import InhibitorySTDP
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import DeltaSynapse
from bioann.stimuli.waveforms import steps


def network(target, upper=None):
    rule = InhibitorySTDP(eta=0.05, rate=target * Hz, upper=upper)
    return SpikingNetwork(
        (Population("e", 40, "glutamate"), Population("i", 40, "GABA")),
        (
            Afferent("drive", "e", 1.5 * nS, fibres=100, rate=10 * Hz),
            Afferent("always", "i", 1.5 * nS, fibres=100, rate=10 * Hz),
        ),
        (
            Projection(
                "i", "e", 0.3 * nS, connectivity=FixedProbability(0.5), plasticity=rule,
                name="learns",
            ),
        ),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("target", [8.0])
def test_the_targets_rate_becomes_the_one_that_is_asked_for(target):
    """Whatever the excitation: inhibition grows until it is balanced (Vogels et al. 2011)."""
    stimulus = steps({"drive": [1.0, 1.3], "always": [1.0, 1.0]}, duration=4000 * ms)
    run = network(target).run(stimulus, trials=1, seed=1, dt=0.25 * ms, bin_width=100 * ms)
    rate = run.rate.sel(unit="e").isel(trial=0)
    first, last = rate.isel(time=slice(0, 2)), rate.isel(time=slice(-15, None))
    assert (first.mean("time") > 3 * target).all()
    np.testing.assert_allclose(last.mean("time"), target, rtol=0.1)
    # More excitation is met by more inhibition.
    mean = run.weight_learns.mean(["trial", "synapse_learns"]).values
    assert mean[1] > 1.1 * mean[0] > 1.1 * 0.3e-9


def test_the_drift_vanishes_at_the_target_and_alpha_is_published():
    rule = InhibitorySTDP(eta=0.01, rate=5 * Hz, tau=20 * ms)
    assert rule.mean_drift(20, 5) == 0
    assert rule.mean_drift(20, 6) > 0 > rule.mean_drift(20, 4)
    assert "2*rate*tau" in rule.on_pre  # alpha = 2 rho_0 tau


def test_a_bound_that_is_too_low_misses_the_target_without_a_warning():
    """Most strengths lie at their bound, and the rate stays far above."""
    stimulus = steps({"drive": [1.0], "always": [1.0]}, duration=1000 * ms)
    run = network(8.0, upper=1.5).run(stimulus, trials=1, seed=1, dt=0.25 * ms)
    bound = 1.5 * 0.3e-9
    assert run.weight_learns.max() == pytest.approx(bound)
    assert run.weight_learns.mean() > 0.9 * bound
    assert run.rate.sel(unit="e").isel(time=slice(-30, None)).mean() > 2 * 8.0


@pytest.mark.slow
@pytest.mark.parametrize("eta", [1e-3, 4e-3])
def test_the_drift_of_independent_spikes_is_the_closed_form(eta):
    r"""eta nu_pre 2 tau (nu_post - rho0), of cells that fire by themselves, for a time T.

    For trains with n_pre and n_post spikes that are uniform in T, the expected sum over pairs is
    n_pre n_post (2 tau / T) (1 - tau / T), its variance n_pre n_post tau / T at most. Two synapses
    that share a train are uncorrelated given these numbers.
    """
    tau, target, seconds, n = 0.02, 5.0, 4.0, 20
    rule = InhibitorySTDP(eta=eta, rate=target * Hz, tau=tau * 1e3 * ms)
    relay, step = LIF(t_ref=0 * ms), DeltaSynapse()
    circuit = SpikingNetwork(
        (Population("post", n, "glutamate", relay), Population("pre", n, "GABA", relay)),
        (
            Afferent("x", "post", 30 * mV, receptor=step, rate=12 * Hz),
            Afferent("x", "pre", 30 * mV, receptor=step, rate=25 * Hz),
        ),
        (Projection("pre", "post", 1e-6 * nS, delay=0 * ms, plasticity=rule, name="learns"),),
    )
    stimulus = steps({"x": [1.0]}, duration=seconds * 1e3 * ms)
    run = circuit.run(stimulus, trials=1, seed=4, dt=0.25 * ms)
    change = run.weight_learns.values.ravel() / 1e-15 - 1
    pre, post = (
        run.rate.sel(unit=unit).mean().item() * seconds for unit in ("pre", "post")
    )  # spikes of a neuron
    pairs = pre * post * 2 * tau / seconds * (1 - tau / seconds)
    expected = eta * (pairs - 2 * target * tau * pre)
    standard_error = eta * np.sqrt(pre * post * tau / seconds) / n
    assert change.mean() == pytest.approx(expected, abs=4 * standard_error)
    # Without the correction for the ends of the run: mean_drift, of these rates.
    drift = rule.mean_drift(pre / seconds, post / seconds) * seconds
    assert change.mean() == pytest.approx(drift, abs=4 * standard_error + eta * pairs * tau)
    assert abs(drift) > 20 * standard_error
