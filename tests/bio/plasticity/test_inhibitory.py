"""The balance that inhibitory plasticity reaches."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS

from bioann.bio.afferent import Afferent
from bioann.bio.connectivity import FixedProbability
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import InhibitorySTDP
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.stimuli.waveforms import steps


def network(target):
    rule = InhibitorySTDP(eta=0.05, rate=target * Hz)
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
