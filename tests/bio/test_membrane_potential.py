"""The potential of a silent cell follows Ohm's law and the membrane equation."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA

import bioann as ba

CELL = ba.cells.LIF()  # 10 nS, 20 ms, rest at -65 mV


def network(*injections, n=3):
    population = ba.Population("cell", n, "glutamate", cell=CELL)
    drive = ba.CurrentAfferent("drive", "cell", 100 * pA)
    return ba.SpikingNetwork((population,), (drive,), injections=injections)


def steady(half, *levels):
    stimulus = ba.steps({"drive": levels}, duration=300 * ms)
    recording = half.run(stimulus, trials=2, seed=1)
    return recording.activation.isel(time=-1, unit=0).values


def test_the_steady_potential_is_current_over_conductance():
    # 100 pA through 10 nS is 10 mV, two thirds of the scale of 15 mV; negative just the same.
    potentials = steady(ba.Potential(network()), 1.0, -2.0, 0.0)
    assert potentials[:, 0] == pytest.approx([2 / 3, -4 / 3, 0.0], abs=1e-4)
    assert potentials[:, 1] == pytest.approx(potentials[:, 0], abs=1e-4)


@pytest.mark.slow
def test_a_shunt_divides_the_deflection_by_the_ratio_of_conductances():
    shunt = ba.Injection(
        "cell", conductance=5 * nS, receptor=ba.receptors.GABA_A(reversal=-65 * mV)
    )
    one, other = (steady(ba.Potential(network(*extra)), 1.0)[0, 0] for extra in ((), (shunt,)))
    assert one / other == pytest.approx(1.5, rel=1e-4)


def test_it_relaxes_with_the_membrane_time_constant():
    stimulus = ba.steps({"drive": [-1.0]}, duration=300 * ms, offset=200 * ms)
    recording = ba.Potential(network(), scale=1 * mV).run(
        stimulus, trials=1, seed=1, bin_width=1 * ms
    )
    after = recording.activation.sel(time=slice(0.21, 0.25)).values.ravel()
    assert np.diff(np.log(-after)) == pytest.approx(-1 / 20, rel=1e-3)


@pytest.mark.slow
def test_it_is_the_potential_of_the_networks_own_run():
    """Where a cell fires, its mean potential is between reset and threshold, lane by lane."""
    half = ba.Potential(network(n=1))
    stimulus = ba.steps({"drive": [0.0, 3.0]}, duration=300 * ms)
    both = half.run(stimulus, trials=1, seed=1)
    alone = half.run(stimulus.isel(condition=[1]), trials=1, seed=1)
    np.testing.assert_allclose(both.activation[1], alone.activation[0], rtol=1e-12)
    assert half.units == ("cell",)
    assert half.channels == ("drive",)
    assert 1 / 3 < float(both.activation[1].mean()) < 1
    assert half.network.run(stimulus, trials=1, seed=1).rate[1].mean() > 50
