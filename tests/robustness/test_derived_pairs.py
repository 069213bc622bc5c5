"""Pairs that ship derive what follows from the cell again."""

import numpy as np
import pytest

import bioann as ba
from bioann.robustness.variants import make_variants


def build_point(name):
    pair = ba.load(name)
    variant = make_variants(pair, 1, 0.2, 1).variants[0]
    return pair, variant.build(), variant.factors


def test_rectification_expects_the_time_constant_of_the_changed_cell():
    _, pair, factors = build_point("rectification")
    conductances = (
        (10, "population cell, cell, g_L"),
        (1, "population cell, background, conductance"),
    )
    leak = sum(value * factors[address] for value, address in conductances)
    tau_ms = 200 * factors["population cell, cell, C"] / leak
    (memory,) = [m for m in pair.all_metrics if m.name.endswith("spiking model") and m.unit == "ms"]
    assert memory.best == pytest.approx(tau_ms)
    assert float(pair.ann.tau[0].tau) * 1e3 == pytest.approx(tau_ms)


def test_the_sets_of_sign_equivalence_differ_in_the_reversal_potential_alone():
    pair, changed, factors = build_point("sign_equivalence")
    sets = changed.bio.afferents[1:]
    assert [a.receptor.reversal for a in sets] == [
        a.receptor.reversal for a in pair.bio.afferents[1:]
    ]
    assert [a.name for a in sets] == [a.name for a in pair.bio.afferents[1:]]
    for value in ("weight", "rate", "fibres"):
        assert len({float(getattr(a, value)) for a in sets}) == 1
    assert sets[0].weight / pair.bio.afferents[1].weight == pytest.approx(
        factors["afferent E_m80 -> cell, weight"]
    )
    weights = changed.ann.W_in[0, 1:]
    assert (np.diff(weights) > 0).all()
    assert not np.allclose(weights, pair.ann.W_in[0, 1:])
