"""Several cores run parts of the lanes at the same time, and nothing shows."""

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base import cores
from bioann.base.errors import SimulationError
from bioann.bio.engines import cost, parallel
from bioann.bio.engines.cpp.program_cache import PROGRAM_FILE
from bioann.bio.engines.memory import Lanes, split_lanes


@pytest.fixture
def on(monkeypatch):
    """Let runs have so many cores, however short they are."""

    def set_to(count):
        monkeypatch.setattr(cost, "MIN_PARALLEL_SECONDS", 0.0)
        monkeypatch.setenv(cores.CORES_VARIABLE, str(count))

    return set_to


@pytest.fixture
def processes(monkeypatch):
    """All programs that were started."""
    processes = []

    class Popen(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(parallel.subprocess, "Popen", Popen)
    return processes


@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize(
    "record",
    [None, ba.Record(counts=True, voltage={"e": [0, 7]}), ba.Record(spikes=False)],
    ids=["spikes", "all", "rates"],
)
def test_two_cores_record_the_bits_of_one(circuit, stimulus, on, processes, record):
    runs = []
    for count in (1, 2, 3):
        on(count)
        del processes[:]
        runs.append(circuit().run(stimulus, trials=3, seed=1, engine="cpp", record=record))
        assert sum(Path(process.args[0]).name == PROGRAM_FILE for process in processes) == count
    assert float(runs[0].rate.sum()) > 0
    for other in runs[1:]:
        xr.testing.assert_identical(runs[0], other)


@pytest.mark.usefixtures("needs_compiler")
def test_a_runaway_is_the_same_on_two_cores(on):
    """The second of two lanes runs away first: what one core stops at is what is said."""
    wild = ba.SpikingNetwork(
        (ba.Population("e", 20, "glutamate", cell=ba.cells.LIF(t_ref=0 * ms)),),
        (ba.CurrentAfferent("I", "e", 300 * pA),),
        (ba.Projection("e", "e", 200 * nS),),
    )
    shown = ba.steps({"I": [0.9, 2]}, duration=100 * ms)
    errors = []
    for count in (1, 2):
        on(count)
        with pytest.raises(SimulationError) as caught:
            wild.run(shown, trials=1, seed=1, engine="cpp")
        errors.append(caught.value)
    assert "Hz in every neuron" in str(errors[0])
    assert str(errors[0]) == str(errors[1])
    xr.testing.assert_identical(errors[0].recording, errors[1].recording)


def wait_for(seconds, programs):
    with programs.start_program("sleep", str(seconds)) as process:
        code = process.wait()
    if code:
        raise RuntimeError(f"ended by {code}")
    return seconds


def test_jobs_give_in_order_and_no_more_than_the_cores_are_planned():
    planned, results = [], []

    def jobs():
        for k, seconds in enumerate((0.3, 0.0, 0.1, 0.0)):
            planned.append(k)
            assert len(planned) - len(results) <= 4
            yield partial(wait_for, seconds)

    for seconds in parallel.run_jobs(jobs(), 2):
        results.append(seconds)
    assert results == [0.3, 0.0, 0.1, 0.0]


def fail(programs):
    time.sleep(0.1)
    raise SimulationError("program", "an end", "none", "Wait.")


def interrupt(programs):
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)
    return wait_for(60, programs)


@pytest.fixture
def heard():
    """Ctrl-C is heard as at a terminal, though a shell's background jobs do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("jobs", "error"),
    [
        ((fail, partial(wait_for, 60)), SimulationError),
        ((partial(wait_for, 60), interrupt), KeyboardInterrupt),
    ],
    ids=["a failure", "Ctrl-C"],
)
def test_what_stops_a_run_ends_its_programs(jobs, error, processes, heard):
    with pytest.raises(error):
        list(parallel.run_jobs(iter(jobs), 2))
    assert all(process.returncode is not None for process in processes)
    with pytest.raises(ProcessLookupError):
        os.kill(processes[0].pid, 0)


def cannot():
    yield fail
    raise ValueError("the second cannot be made")


@pytest.mark.parametrize("count", [1, 2])
def test_the_first_of_several_errors_is_raised(count):
    with pytest.raises(SimulationError, match="got none"):
        list(parallel.run_jobs(cannot(), count))


@pytest.mark.slow
@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize(("wirings", "n_programs"), [(1, 5 + 2 * 5), (2, 2 * 5 + 2 * 5)])
def test_the_runs_of_a_pair_record_the_same_beside_each_other(
    circuit, stimulus, on, processes, wirings, n_programs
):
    """Halves, controls and effective weights on one core and on two, with one in several parts.

    On two cores each run has two programs: half the lanes each, or a wiring each.
    """
    ann = ba.RateNetwork(("e", "i"), channels=("x", "y"), W_in=[[1, 0], [1, 0]])
    same = ba.Correspondence((ba.Match("e", "e"), ba.Match("i", "i")))
    settle, controls = 20 * ms, {"weak": circuit(weight=0.5), "none": circuit(weight=0.0)}
    pair = ba.Pair("p", circuit(), ann, same, settle=settle, controls=controls, stimulus=stimulus)
    trees = []
    for count in (1, 2):
        on(count)
        options = {"trials": 2, "wirings": wirings, "seed": 1, "engine": "cpp"}
        trees.append(pair.run(effective_weights=True, **options).recording)
    assert sum(Path(process.args[0]).name == PROGRAM_FILE for process in processes) == n_programs
    xr.testing.assert_identical(*trees)
    assert list(trees[0].children) == list(trees[1].children)


@pytest.mark.usefixtures("needs_compiler")
def test_a_pair_tells_the_first_error_of_its_halves(circuit, stimulus, on):
    """The spiking model runs away while a control cannot even be begun."""
    wild = ba.SpikingNetwork(
        (ba.Population("e", 20, "glutamate", cell=ba.cells.LIF(t_ref=0 * ms)),),
        (ba.Afferent("x", "e", 100 * nS),),
        (ba.Projection("e", "e", 200 * nS),),
    )
    ann = ba.RateNetwork("e", channels="x", W_in=[[1]])
    same = ba.Correspondence((ba.Match("e", "e"),))
    broken = ba.BrianNetwork(lambda inputs, rng: 1 / 0, {"e": 1}, ("x",))
    shown = stimulus.sel(channel=["x"])
    settle, controls = 20 * ms, {"broken": broken}
    pair = ba.Pair("p", wild, ann, same, settle=settle, controls=controls, stimulus=shown)
    messages = []
    for count in (1, 2):
        on(count)
        with pytest.raises(SimulationError, match="less than a spike in two") as caught:
            pair.run(trials=1, seed=1, engine="cpp")
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_who_takes_no_more_ends_the_programs(processes):
    is_there = threading.Event()

    def sleeps(programs):
        with programs.start_program("sleep", "60") as process:
            is_there.set()
            process.wait()

    def ends_while_the_other_sleeps(programs):
        """The first job ends once the second runs: else its result is yielded before that."""
        assert is_there.wait(60)
        return wait_for(0, programs)

    results = parallel.run_jobs(iter([ends_while_the_other_sleeps, sleeps]), 2)
    assert next(results) == 0
    results.close()
    assert sorted(process.returncode for process in processes) == [-signal.SIGKILL, 0]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize(("conditions", "trials"), [(3, 2), (1, 5), (8, 1), (2, 2)])
def test_each_core_gets_a_part_and_all_fit_together(count, conditions, trials):
    lanes = Lanes(tuple(map(str, range(conditions))), trials, 1, 1e-4)
    for room in (1, 3, 100):
        sizes = [
            c.lanes.n for c in split_lanes(lanes, parallel.lanes_per_batch(lanes, room, count))
        ]
        assert sum(sizes) == lanes.n
        assert max(sizes) * count <= max(room, count)
    assert len(sizes) >= min(count, conditions)


@pytest.mark.parametrize("setting", ["0", "two", ""])
def test_a_number_of_cores_is_a_number(setting, monkeypatch):
    monkeypatch.setenv(cores.CORES_VARIABLE, setting)
    with pytest.raises(SimulationError, match=r"BIOANN_CORES.*1 or more.*Unset it"):
        cores.count_cores()


def test_a_process_that_works_for_another_takes_one_core(monkeypatch):
    monkeypatch.delenv(cores.CORES_VARIABLE, raising=False)
    monkeypatch.setattr(cores.multiprocessing, "parent_process", object)
    assert cores.count_cores() == 1
    monkeypatch.setenv(cores.CORES_VARIABLE, "2")
    assert cores.count_cores() == 2


@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize("method", ["run", "start_run"])
def test_parts_run_at_the_same_time(method, on, monkeypatch):
    """No program of several parts waits for another: all have started before one ends."""
    at_once = threading.Barrier(3, timeout=20)
    original = parallel.Programs.start_program

    @contextmanager
    def start_program(self, *command, **options):
        at_once.wait()
        with original(self, *command, **options) as process:
            yield process

    network = ba.SpikingNetwork(
        (ba.Population("e", 3, "glutamate"),), (ba.CurrentAfferent("I", "e", 400 * pA),)
    )
    shown = ba.steps({"I": [0.9, 1.0, 2]}, duration=20 * ms)
    options = {"trials": 1, "seed": 1, "engine": "cpp"}
    on(1)
    alone = network.run(shown, **options)
    on(3)
    monkeypatch.setattr(parallel.Programs, "start_program", start_program)
    beside = (
        network.run(shown, **options)
        if method == "run"
        else network.start_run(shown, **options)(parallel.Programs())
    )
    xr.testing.assert_identical(alone, beside)


def test_what_ends_all_programs_ends_those_of_a_part_and_not_the_other_way_round(processes):
    whole = parallel.Programs()
    one, other = whole.make_child(), whole.make_child()
    with one.start_program("sleep", "60") as first, other.start_program("sleep", "60") as second:
        one.kill()
        assert first.returncode == -9, "it has ended, and nobody else needs to wait for it"
        assert second.poll() is None
        whole.kill()
        assert second.returncode == -9
    for late in (whole, other, whole.make_child()):
        with (
            pytest.raises(RuntimeError, match="the run is over"),
            late.start_program("sleep", "60"),
        ):
            pass


def test_a_step_is_expected_to_take_what_its_exponentials_do(stimulus):
    """Wang-Buzsaki neurons, of six exponentials in each of four stages, took 393 ns, LIF 2.6."""

    def seconds(cell, n=10):
        network = ba.SpikingNetwork((ba.Population("e", n, "glutamate", cell=cell),))
        return cost.estimate_program_seconds(network, stimulus, Lanes(("a",), 1, 1, 1e-5))

    assert (
        seconds(ba.cells.LIF()) < seconds(ba.cells.EIF()) / 5 < seconds(ba.cells.WangBuzsaki()) / 25
    )
    assert seconds(ba.cells.LIF(), 20) == pytest.approx(2 * seconds(ba.cells.LIF()))
