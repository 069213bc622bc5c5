"""One lane on several threads gives the bits of one thread, whatever its neurons are."""

import re

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base.cores import CORES_VARIABLE
from bioann.base.errors import SimulationError
from bioann.bio.engines import cost
from bioann.bio.engines.choice import choose_threads
from bioann.bio.engines.cpp import codegen, compiler
from bioann.bio.engines.parallel import subprocess
from bioann.bio.input_spikes.draw import Lanes

STIMULUS = ba.steps({"x": [1.0]}, duration=30 * ms)
TWO_COMPARTMENTS = ba.SpikingNetwork(
    (
        ba.Population("a", 130, "glutamate", cell=ba.cells.TwoCompartment()),
        ba.Population("b", 75, "GABA", cell=ba.cells.AdaptingLIF()),
    ),
    (ba.CurrentAfferent("x", "a", 300 * pA), ba.CurrentAfferent("x", "b", 500 * pA)),
    (ba.Projection("a", "b", 2 * nS), ba.Projection("b", "a", 1 * nS)),
)


def chain(weight=3 * nS, n=200, **projection):
    """Two populations, the first of which drives the second."""
    return ba.SpikingNetwork(
        (
            ba.Population("a", n, "glutamate"),
            ba.Population("b", n // 2, "glutamate", background=5 * nS),
        ),
        (ba.Afferent("x", "a", 9 * nS, fibres=30, delay=0.3 * ms),),
        (ba.Projection("a", "b", weight, **projection),),
    )


def couple_neurons(n=150):
    """Return neurons with drawn gap junctions, and others that they drive."""
    junctions = ba.cells.GapJunctions(0.3 * nS, ba.FixedProbability(0.1))
    return ba.SpikingNetwork(
        (
            ba.Population("a", n, "GABA", gap_junctions=junctions),
            ba.Population("b", n // 2, "glutamate", background=5 * nS),
        ),
        (ba.Afferent("x", "a", 9 * nS, fibres=30),),
        (ba.Projection("a", "b", 2 * nS),),
    )


@pytest.fixture
def commands(monkeypatch):
    """Commands of the programs that were started; every time step is worth another thread."""
    commands = []

    class Popen(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__(command, **options)
            commands.append(command)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    monkeypatch.setattr(cost, "MIN_THREAD_STEP_SECONDS", 1e-12)
    return commands


def run_on_threads(network, commands, monkeypatch, **options):
    """Run a single lane on 1, 2 and 3 threads."""
    runs = []
    for n_threads in (1, 2, 3):
        monkeypatch.setenv(CORES_VARIABLE, str(n_threads))
        commands.clear()
        runs.append(network.run(STIMULUS, trials=1, seed=1, engine="cpp", **options))
        assert str(n_threads) in [command[1] for command in commands if len(command) == 2]
    return runs


@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize(
    "network",
    [
        chain(connectivity=ba.FixedProbability(0.2)),
        chain(connectivity=ba.ExplicitMatrix(np.random.default_rng(1).random((100, 200)) * 3)),
        chain(delay=ba.Uniform(0.1 * ms, 3 * ms)),
        chain(connectivity=ba.FixedProbability(0.3), delay=ba.Uniform(0 * ms, 2 * ms)),
        couple_neurons(),
        chain(plasticity=ba.plasticity.TsodyksMarkram(U=0.4)),
        pytest.param(chain(plasticity=ba.plasticity.PairSTDP()), marks=pytest.mark.slow),
        pytest.param(TWO_COMPARTMENTS, marks=pytest.mark.slow),
    ],
    ids=[
        *("alike", "of their own strength", "of their own delay", "drawn, of their own delay"),
        *("gap junctions", "short-term", "learning", "tables that change"),
    ],
)
def test_threads_record_the_bits_of_one(network, commands, monkeypatch):
    record = ba.Record(counts=True, voltage={"a": [0, 70], "b": [1, 74]})
    one, *others = run_on_threads(network, commands, monkeypatch, record=record)
    assert one.sizes["spike"] > 100
    for other in others:
        xr.testing.assert_identical(one, other)


@pytest.mark.usefixtures("needs_compiler")
def test_a_runaway_on_threads_stops_where_one_thread_stops(commands, monkeypatch):
    wild = ba.SpikingNetwork(
        (ba.Population("e", 100, "glutamate", cell=ba.cells.LIF(t_ref=0 * ms)),),
        (ba.CurrentAfferent("x", "e", 600 * pA),),
        (ba.Projection("e", "e", 200 * nS),),
    )
    errors = []
    for n_threads in (1, 2):
        monkeypatch.setenv(CORES_VARIABLE, str(n_threads))
        with pytest.raises(SimulationError, match="Hz in every neuron") as caught:
            wild.run(ba.steps({"x": [2.0]}, duration=60 * ms), trials=1, seed=1, engine="cpp")
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    xr.testing.assert_identical(errors[0].recording, errors[1].recording)


@pytest.mark.usefixtures("needs_compiler")
def test_neurons_are_divided_unless_their_code_reads_others(planned):
    text = codegen.write_program(planned(chain(), STIMULUS)).text
    assert "const bool DIVISIBLE = true;" in text
    deliver = re.search(r"void deliver\(int part\) \{(.*?)\n\}", text, re.DOTALL)[1]
    exchange = re.search(r"void exchange\(bool slow\) \{(.*?)\n\}", text, re.DOTALL)[1]
    assert "projection_a_to_b_pre_codeobject" in deliver
    assert "_resetter_" in deliver
    assert "projection_a_to_b_pre_push_spikes" in exchange
    learning = codegen.write_program(planned(chain(plasticity=ba.plasticity.PairSTDP()), STIMULUS))
    deliver = re.search(r"void deliver\(int part\) \{(.*?)\n\}", learning.text, re.DOTALL)[1]
    assert not deliver.strip()


@pytest.mark.usefixtures("needs_compiler")
def test_a_compiler_without_threads_makes_programs_of_one(tmp_path):
    script = tmp_path / "c++"
    real = compiler.require_compiler("cpp").path
    script.write_text(f'#!/bin/sh\ncase "$*" in *-pthread*) exit 1;; esac\nexec {real} "$@"\n')
    script.chmod(0o755)
    without_threads = compiler.Compiler(str(script), "1")
    text = "#ifdef BIOANN_THREADS\n#error threads\n#endif\nint main() { return 3; }"
    without_threads.compile_object(text, tmp_path / "a.o")
    without_threads.link([tmp_path / "a.o"], tmp_path / "program")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 3


def test_short_steps_get_one_thread_and_lanes_come_first(monkeypatch):
    monkeypatch.setenv(CORES_VARIABLE, "8")
    lanes = Lanes(("a",), 1, 1, 1e-4, 1e-4, 0, ())
    threads = {n: choose_threads(chain(n=n), STIMULUS, lanes, 1) for n in (20, 2_000, 20_000)}
    assert threads[20] == 1
    assert 1 <= threads[2_000] <= threads[20_000] == 8
    assert choose_threads(chain(n=20_000), STIMULUS, lanes, 3) == 2
    assert choose_threads(chain(n=20_000), STIMULUS, lanes, 8) == 1
