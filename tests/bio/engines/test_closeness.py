"""How close engines come: the same bits without an exponential, its last digit otherwise.

All engines are given the same random numbers and step by the same formulas in doubles. What may
differ is `exp`: NumPy's own loops and the C library round its last digit their own way, at most a
few units (2e-16 relative). A trajectory carries that on.
"""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.bio.engines.cpp import compiler

pytestmark = pytest.mark.skipif(
    compiler.find_compiler() is None, reason="no C++ compiler was found"
)

#: Volts. Rounding of 1 in 1e16 on 0.1 V is 1e-17 V in each step; spikes, whose upswing multiplies
#: a difference by up to 1e6, and some 1e3 steps leave it below a nanovolt.
CLOSE = 1e-9
VOLTAGE = ba.Record(voltage={"e": [0, 3]})


def run(network, engine, duration=60 * ms, **options):
    stimulus = ba.steps({"x": [0.4, 1.0], "I": [0.5, 1.0]}, duration=duration)
    stimulus = stimulus.sel(channel=list(network.channels))
    return network.run(stimulus, trials=2, seed=1, engine=engine, record=VOLTAGE, **options)


def alone(cell, current=200 * pA):
    """Cells that only a current drives."""
    return ba.SpikingNetwork(
        (ba.Population("e", 4, "glutamate", cell=cell),), (ba.CurrentAfferent("I", "e", current),)
    )


def coupled(cell, receptor):
    """Cells in noise that excite each other and are driven by Poisson fibres."""
    return ba.SpikingNetwork(
        (ba.Population("e", 4, "glutamate", cell=cell, background=ba.Background(4 * nS)),),
        (ba.Afferent("x", "e", 2 * nS, fibres=40),),
        (ba.Projection("e", "e", 0.5 * nS, receptor),),
    )


def driven():
    """Cells that only Poisson fibres drive: few pieces of code, for Cython takes 3 s for each."""
    return ba.SpikingNetwork(
        (ba.Population("e", 4, "glutamate"),), (ba.Afferent("x", "e", 2 * nS, fibres=60),)
    )


def spikes(recorded):
    names = ("condition", "trial", "unit", "neuron", "time")
    return [recorded[f"spike_{name}"].values for name in names]


def assert_same_trains(one, other):
    for a, b in zip(spikes(one), spikes(other), strict=True):
        np.testing.assert_array_equal(a, b)


def apart(one, other):
    """Largest difference of potentials in volts."""
    return float(np.abs(one.voltage_e - other.voltage_e).max())


LINEAR = {"cython": driven, "cpp": lambda: coupled(ba.cells.LIF(), ba.receptors.AMPA())}


@pytest.mark.parametrize("engine", ["cpp", pytest.param("cython", marks=pytest.mark.slow)])
def test_bits_are_the_same_where_a_step_needs_no_exponential(engine, monkeypatch):
    """Decays are worked out once for all engines, so linear cells and synapses step by products."""
    if engine == "cython":  # without -ffast-math no -O changes a result, and -O0 compiles sooner
        flags = tuple("-O0" if flag == "-O2" else flag for flag in compiler.FLAGS)
        monkeypatch.setattr(compiler, "FLAGS", flags)
    network = LINEAR[engine]()
    reference, other = run(network, "numpy"), run(network, engine)
    assert reference.sizes["spike"] > 20
    xr.testing.assert_identical(reference.drop_attrs(deep=False), other.drop_attrs(deep=False))


NONLINEAR = {
    "EIF with NMDA": lambda: coupled(ba.cells.EIF(), ba.receptors.NMDA()),
    "Wang-Buzsaki": lambda: coupled(ba.cells.WangBuzsaki(), ba.receptors.AMPA()),
    "GridEIF by Euler": lambda: coupled(ba.cells.GridEIF(), ba.receptors.AMPA()),
}
SLOW = ("Wang-Buzsaki", "GridEIF by Euler")


@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [
        pytest.param(network, marks=pytest.mark.slow if name in SLOW else ())
        for name, network in NONLINEAR.items()
    ],
    ids=NONLINEAR,
)
def test_exponentials_move_potentials_by_their_last_digit(network):
    described = network()
    reference, other = (run(described, e, duration=20 * ms) for e in ("numpy", "cpp"))
    assert reference.sizes["spike"] > 5
    assert_same_trains(reference, other)
    assert apart(reference, other) < CLOSE
