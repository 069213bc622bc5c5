"""The delay that the pair `dale` reads off its responses is the one that was planted."""

import numpy as np
import pytest
import xarray as xr

from bioann.models import dale


def rates(relay):
    """The rate network with synapses of their own, and a relay of so many ms in negative weights.

    Solved at 1 ms by stepping the synapses; the pair solves its linear part for unit steps.
    """
    ann, stimulus = dale.draw_rate_network(), dale.draw_test_stimulus()
    u = stimulus.values @ ann.W_in.T + ann.bias
    plus, minus = np.maximum(ann.W, 0), np.minimum(ann.W, 0)
    synapse = np.zeros((len(u), dale.N_UNITS))
    relayed, rows = synapse.copy(), []
    for t in range(u.shape[1]):
        inhibits = relayed if relay else synapse
        r = np.maximum(synapse @ plus.T + inhibits @ minus.T + u[:, t], 0)
        rows.append(r)
        relayed = relayed + (synapse - relayed) / (relay or 1)
        synapse = synapse + (r - synapse) / dale.SYNAPSE_TAU_MS
    binned = np.array(rows).transpose(1, 0, 2).reshape(len(u), -1, 10, dale.N_UNITS).mean(axis=2)
    time = 0.005 + 0.01 * np.arange(binned.shape[1])
    return xr.DataArray(binned, dims=("condition", "time", "match"), coords={"time": time})


def test_a_planted_relay_is_found():
    steady = dale.draw_test_stimulus().isel(time=slice(dale.ONSET_MS + 250, None)).mean("time")
    # Some units touch zero for some milliseconds, where the network is not linear.
    assert float(dale.RELAY_DELAY(rates(0), rates(dale.RELAY_LAG_MS), steady)) == pytest.approx(
        dale.RELAY_LAG_MS, rel=0.05
    )
    assert float(dale.RELAY_DELAY(rates(0), rates(0), steady)) == pytest.approx(0, abs=1e-9)


def test_the_average_over_units_follows_the_theory_of_the_planted_relay():
    steady = dale.draw_test_stimulus().isel(time=slice(dale.ONSET_MS + 250, None)).mean("time")
    courses = dale.RELAY_DELAY.average_time_courses(rates(0), rates(dale.RELAY_LAG_MS), steady)
    (time, measured), (theory_time, theory) = courses["measured"], courses["theory"]
    np.testing.assert_array_equal(time, theory_time)
    assert time[:2].tolist() == [5, 15]
    np.testing.assert_allclose(measured, theory, atol=0.05 * np.nanmax(theory))
