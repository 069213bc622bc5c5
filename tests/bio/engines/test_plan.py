"""What a program depends on is the code of a network; its numbers are not in it."""

import re

import pytest
from brian2 import ms, mV, nS

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.engines import choice, cost
from bioann.bio.engines.cpp import codegen, compiler, engine, generated_network


def test_numbers_are_not_in_the_code(planned, circuit):
    one = planned(circuit())
    other = planned(
        circuit(weight=0.9, seed=5, cell=ba.cells.LIF(V_th=-52 * mV), tau=4 * ms),
        ba.steps({"x": [0.1, 0.2], "y": [0.0, 1.0]}, duration=90 * ms),
        trials=3,
        seed=9,
    )
    assert one.describe_code() == other.describe_code()


@pytest.mark.parametrize("other", [{"cell": ba.cells.AdaptingLIF()}, {"rise": 1 * ms}])
def test_equations_and_receptors_are(planned, circuit, other):
    assert planned(circuit()).describe_code() != planned(circuit(**other)).describe_code()


def test_the_time_step_is(planned, circuit):
    assert planned(circuit()).describe_code() != planned(circuit(), dt=5e-5).describe_code()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ba.cells.LIF(t_ref=2 * ms), ba.cells.LIF(t_ref=3 * ms), True),
        (ba.cells.LIF(t_ref=2 * ms), ba.cells.LIF(t_ref=0 * ms), False),
        (ba.cells.AdEx(a=2 * nS), ba.cells.AdEx(a=3 * nS), True),
        (ba.cells.AdEx(a=2 * nS), ba.cells.AdEx(a=0 * nS), False),
        (ba.cells.AdEx(a=2 * nS), ba.cells.AdEx(a=-2 * nS), False),
    ],
)
def test_a_step_depends_on_whether_there_is_a_refractory_period_and_on_signs_under_an_exponential(
    planned, circuit, one, other, same
):
    assert (
        planned(circuit(cell=one)).describe_code() == planned(circuit(cell=other)).describe_code()
    ) is same


@pytest.mark.parametrize("dependency", ["compiler", "FLAGS", "VECTOR_FLAGS", "cpu", "source"])
def test_a_program_is_named_by_its_surroundings_too(planned, circuit, dependency, monkeypatch):
    found_compiler = compiler.Compiler("/usr/bin/c++", "1.0")
    monkeypatch.setattr(compiler, "find_compiler", lambda: found_compiler)
    plan = planned(circuit())
    before = engine.program_key(plan)
    if dependency == "compiler":
        monkeypatch.setattr(
            compiler, "find_compiler", lambda: compiler.Compiler("/usr/bin/c++", "1.1")
        )
    elif dependency.isupper():
        monkeypatch.setattr(compiler, dependency, (*getattr(compiler, dependency), "-g"))
    elif dependency == "cpu":
        monkeypatch.setattr(compiler, "describe_cpu", lambda: "another")
    else:
        monkeypatch.setattr(compiler, "hash_sources", lambda: "changed")
    assert engine.program_key(plan) != before


def test_states_are_numbered_by_name(planned, circuit):
    """A program outlives the process that wrote it, and Brian2's own order changes with each."""
    plan = planned(circuit())
    text = codegen.write_program(plan).text
    numbered_states = re.findall(r"check_state\((\d+), _array_population_e_(\w+), ", text)
    assert numbered_states == [(str(k), name) for k, name in enumerate(["g_AMPA", "g_GABA_A", "v"])]
    assert generated_network.list_state_names(plan, "e") == ["g_AMPA", "g_GABA_A", "v"]


@pytest.fixture
def auto(monkeypatch):
    """The engines of ``'auto'``, with compilation in 2 s and a compiler that is never called."""
    monkeypatch.setattr(cost, "COMPILE_SECONDS", 2.0)
    monkeypatch.setattr(compiler, "find_compiler", lambda: compiler.Compiler("c++", "1"))
    monkeypatch.setattr(engine, "has_program", lambda plan: False)
    return choice.list_candidates("auto")


def test_auto_takes_what_is_expected_to_be_done_first(planned, circuit, auto, monkeypatch):
    plan = planned(circuit())
    assert choice.choose_engine(auto, plan).name == "numpy"
    assert choice.choose_engine(auto, plan, n_batches=1000).name == "cpp"
    assert choice.choose_engine(choice.list_candidates("cython"), plan).name == "cython"
    monkeypatch.setattr(engine, "has_program", lambda plan: True)
    assert choice.choose_engine(auto, plan).name == "cpp"


def test_compiling_pays_from_where_it_takes_less_than_the_runs_to_come(
    planned, circuit, auto, monkeypatch
):
    """Numpy's time for all runs, n * s, against c to compile and a tenth of n * s to run."""
    monkeypatch.setattr(cost, "COMPILE_SECONDS", 0.9)
    plan = planned(circuit())
    compile_seconds = cost.estimate_compile_seconds(plan)
    assert 1.1 < compile_seconds < 2.0  # what was measured from 7 to 39 code objects
    for runs in (1, 3):
        monkeypatch.setattr(cost, "EXPECTED_RUNS", runs)
        even = compile_seconds / (1 - cost.PROGRAM_TIME_RATIO) / runs
        for seconds, name in ((0.99 * even, "numpy"), (1.01 * even, "cpp")):
            monkeypatch.setattr(cost, "estimate_numpy_seconds", lambda plan, s=seconds: s)
            assert choice.choose_engine(auto, plan).name == name


def test_without_a_compiler_auto_says_so_once_and_takes_numpy(planned, circuit, auto, monkeypatch):
    monkeypatch.setattr(compiler, "find_compiler", lambda: None)
    choice.warn_unavailable_engine.cache_clear()
    plan = planned(circuit())
    message = r"simulates with engine 'numpy'.*engine 'cpp': wanted a C\+\+ compiler.*got none"
    with pytest.warns(UserWarning, match=message):
        assert choice.choose_engine(auto, plan, n_batches=1000).name == "numpy"
    # A second warning would be an error.
    assert choice.choose_engine(auto, plan, n_batches=1000).name == "numpy"


def test_programs_are_made_of_the_brian2_that_is_known(monkeypatch):
    """Its device is no public interface: refused by name, and no compiler for ``auto``."""
    monkeypatch.setattr(compiler, "find_version", lambda package: "2.12.0")
    assert compiler.find_compiler() is None
    with pytest.raises(
        SimulationError, match=r"wanted Brian2 2\.9\.x to 2\.11\.x.*got 2\.12\.0\. Use engine"
    ):
        compiler.require_compiler("cpp")


def test_an_unknown_brian2_compiles_by_itself(planned, circuit, auto, monkeypatch):
    """Its Cython modules need nothing that is private: one line says so."""
    monkeypatch.setattr(compiler, "find_version", lambda package: "2.12.0")
    monkeypatch.setattr(compiler, "search_compiler", lambda: compiler.Compiler("c++", "1"))
    choice.warn_unavailable_engine.cache_clear()
    plan = planned(circuit())
    with pytest.warns(UserWarning, match=r"engine 'cython'.*Brian2 2\.9\.x to 2\.11\.x.*2\.12\.0"):
        assert choice.choose_engine(auto, plan, n_batches=1000).name == "cython"
    assert choice.choose_engine(auto, plan, n_batches=1000).name == "cython"
