"""What is changed in Brian2's code is changed in all of it, and changes no bit."""

import subprocess

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.engines.cpp import codegen, compiler
from bioann.bio.engines.cpp.vectorise import vectorise

#: Two compartments, adaptation, current that changes at every stimulus step, and a gain that does.
NETWORK = ba.SpikingNetwork(
    (
        ba.Population(
            "e", 3, "glutamate", cell=ba.cells.TwoCompartment(), background=ba.Background(4 * nS)
        ),
        ba.Population("a", 5, "GABA", cell=ba.cells.AdaptingLIF()),
    ),
    (
        ba.CurrentAfferent("x", "e", 300 * pA),
        ba.ElectrodeArray(("x", "y"), "a", 400 * pA, np.linspace(0.1, 1, 10).reshape(5, 2)),
    ),
    (ba.Projection("e", "a", 2 * nS), ba.Projection("a", "e", 1 * nS)),
)


@pytest.fixture
def moving():
    """Every stimulus step differs from the one before, in both conditions and channels."""
    values = np.random.default_rng(1).random((2, 60, 2)) + np.linspace(0.5, 1, 60)[None, :, None]
    return ba.stimuli.make_stimulus(values, channels=("x", "y"))


@pytest.mark.slow
@pytest.mark.usefixtures("needs_compiler")
def test_tables_that_change_at_every_step_give_the_bits_of_numpy(moving):
    voltage = ba.Record(voltage={"e": [0, 2], "a": [1]})
    options = {"trials": 3, "seed": 1, "record": voltage}
    numpy, cpp = (NETWORK.run(moving, engine=engine, **options) for engine in ("numpy", "cpp"))
    assert numpy.sizes["spike"] > 20
    xr.testing.assert_identical(numpy.drop_attrs(deep=False), cpp.drop_attrs(deep=False))


@pytest.mark.usefixtures("needs_compiler")
def test_every_population_is_stepped_without_a_table_look_up_per_neuron(planned, moving):
    text = codegen.write_program(planned(NETWORK, moving)).text
    assert text.count("#pragma GCC ivdep") == len(NETWORK.populations)
    assert text.count(" = _find_") == len(NETWORK.afferents)
    assert "_values[timestep" not in text


@pytest.mark.usefixtures("needs_compiler")
def test_every_threshold_and_every_pathway_is_changed(planned, moving):
    text = codegen.write_program(planned(NETWORK, moving)).text
    inputs = sum(len(p.background) for p in NETWORK.populations)
    assert text.count("auto _fires = ") == len(NETWORK.populations)
    assert text.count("_pre.each(_part, ") == inputs + len(NETWORK.projections)
    assert "if(_cond)" not in text
    assert "_spiking_synapses" not in text
    assert "char* _" not in text


@pytest.mark.slow
@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize("n", [31, 32, 150])
def test_neurons_that_are_asked_together_fire_each_by_itself(n):
    # Lanes of 31, 32 and 150 neurons: groups of 32 that end with a lane, and within one.
    few = ba.FixedProbability(0.1)
    rng = np.random.default_rng(n)
    # Strengths of their own, in another order than that in which spikes come to their synapses.
    strengths = rng.random((n, 2 * n)) * (rng.random((n, 2 * n)) < 0.2)
    network = ba.SpikingNetwork(
        (ba.Population("e", n, "glutamate", background=9 * nS), ba.Population("i", 2 * n, "GABA")),
        (ba.Afferent("x", "i", 2 * nS, fibres=40, delay=0.3 * ms),),
        (
            ba.Projection("e", "i", 1 * nS, connectivity=few, delay=0 * ms),
            ba.Projection("i", "e", 2 * nS, None, ba.ExplicitMatrix(strengths), delay=2.3 * ms),
            ba.Projection("i", "i", 1 * nS, connectivity=few),
        ),
    )
    stimulus = ba.steps({"x": [0.5, 1.0, 0.8]}, duration=50 * ms)
    numpy, cpp = (network.run(stimulus, trials=1, seed=1, engine=e) for e in ("numpy", "cpp"))
    assert numpy.sizes["spike"] > 10 * n
    xr.testing.assert_identical(numpy.drop_attrs(deep=False), cpp.drop_attrs(deep=False))


@pytest.mark.parametrize(
    "name", ["population_e_stateupdater_codeobject", "synapses_pre_codeobject"]
)
def test_code_without_tables_or_loops_over_neurons_stays_as_it_is(name):
    text = "const double t = _ptr_t[0];\nfor(int k=0; k<_N; k++)\n{\n v[k] = t;\n}\n"
    assert vectorise(name, text) == text


@pytest.mark.usefixtures("needs_compiler")
def test_a_compiler_that_knows_no_vectors_does_without(tmp_path):
    script = tmp_path / "c++"
    real = compiler.require_compiler("cpp").path
    script.write_text(f'#!/bin/sh\ncase "$*" in *-march=*) exit 1;; esac\nexec {real} "$@"\n')
    script.chmod(0o755)
    compiler_without_vectors = compiler.Compiler(str(script), "1")
    texts = {
        "a.o": "int three() { return 3; }",
        "b.o": "int three(); int main() { return three(); }",
    }
    for name, text in texts.items():
        compiler_without_vectors.compile_object(text, tmp_path / name)
    compiler_without_vectors.link([tmp_path / name for name in texts], tmp_path / "program")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 3
    with pytest.raises(SimulationError, match=r"error: .*nothing"):
        compiler_without_vectors.compile_object("nothing;", tmp_path / "c.o")
    assert not (tmp_path / "c.o").exists()
