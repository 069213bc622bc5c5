"""What the compiled program writes of the spikes, in blocks, with neurons in two bytes or four."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.engines.cpp import program
from bioann.bio.engines.cpp.engine import CppEngine
from bioann.bio.engines.numpy_engine import NumpyEngine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest

pytestmark = pytest.mark.usefixtures("needs_compiler")

TASK = RunRequest(3, {"e": 12, "i": 5}, ba.Record(counts=True), 100, 6, "")


def layer(n):
    """Neurons that a current alone drives."""
    return ba.SpikingNetwork(
        (ba.Population("e", n, "glutamate"),), (ba.CurrentAfferent("I", "e", 1 * pA),)
    )


def assert_same(one, other):
    xr.testing.assert_identical(one.drop_attrs(deep=False), other.drop_attrs(deep=False))


@pytest.mark.parametrize(
    ("conditions", "n"),
    [(1, 2**16), (2, 2**15), (1, 2**16 + 1), (2, 2**15 + 1), (7000, 10)],
)
def test_every_neuron_has_its_number(conditions, n):
    """Up to 65,536 in all lanes take two bytes; and a block is 32,768 spikes."""
    stimulus = ba.steps({"I": 2000 + np.arange(conditions)}, duration=12 * ms)
    runs = [layer(n).run(stimulus, trials=1, seed=1, engine=e) for e in ("numpy", "cpp")]
    assert_same(*runs)
    spikes = runs[1]
    counts_of_neuron = np.zeros((conditions, n), dtype=int)
    np.add.at(counts_of_neuron, (spikes.spike_condition.values, spikes.spike_neuron.values), 1)
    assert counts_of_neuron.min() > 0
    assert spikes.sizes["spike"] > 2**16


def test_silence_is_written_too():
    stimulus = ba.steps({"I": [0, 1]}, duration=20 * ms)
    runs = [layer(3).run(stimulus, trials=2, seed=1, engine=e) for e in ("numpy", "cpp")]
    assert_same(*runs)
    assert runs[1].sizes["spike"] == 0
    assert not runs[1].rate.any()


@pytest.mark.parametrize("engine", [NumpyEngine(), CppEngine()], ids=["numpy", "cpp"])
def test_all_that_is_counted_is_the_same_spikes(planned, circuit, engine):
    result = engine.prepare_run(planned(circuit()), TASK)(Programs())
    for name, size in TASK.sizes.items():
        activity = result.activity[name]
        assert activity.spikes_per_step.min() > 0
        assert (
            activity.spikes_per_step.sum()
            == len(activity.spike_neurons)
            == len(activity.spike_steps)
            > 20
        )
        # By time, and by neuron within a step: the recording's order rests on it.
        assert (
            np.diff(activity.spike_steps.astype(int) * TASK.n_lanes * size + activity.spike_neurons)
            > 0
        ).all()
        counts = np.bincount(activity.spike_neurons, minlength=TASK.n_lanes * size)
        np.testing.assert_array_equal(counts.reshape(TASK.n_lanes, size), activity.neuron_counts)
        at = activity.spike_neurons // size, activity.spike_steps // TASK.steps_per_bin
        binned = np.zeros((TASK.n_lanes, TASK.n_bins), dtype=int)
        np.add.at(binned, at, 1)
        np.testing.assert_array_equal(binned, activity.bin_counts)


def test_a_run_that_is_stopped_has_the_spikes_of_one_that_ends_there():
    wild = ba.SpikingNetwork(
        (
            ba.Population("calm", 3, "glutamate"),
            ba.Population("e", 50, "glutamate", cell=ba.cells.LIF(t_ref=0 * ms)),
        ),
        (ba.CurrentAfferent("I", "e", 300 * pA), ba.CurrentAfferent("I", "calm", 900 * pA)),
        (ba.Projection("e", "e", 200 * nS),),
    )
    stimulus = ba.steps({"I": [0, 1]}, duration=100 * ms)
    with pytest.raises(SimulationError) as caught:
        wild.run(stimulus, trials=1, seed=1, engine="cpp")
    stopped = caught.value.recording
    end = stopped.sizes["time"] * 10 * ms
    until = wild.run(ba.steps({"I": [0, 1]}, duration=end), trials=1, seed=1, engine="cpp")
    before = stopped.isel(spike=stopped.spike_time.values < float(end / (1000 * ms)) - 1e-9)
    assert_same(before, until)
    assert set(before.spike_unit.values) == {0, 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device without room")
@pytest.mark.parametrize("file", ["spikes", "output"])
@pytest.mark.parametrize("size", ["large", "small"])
def test_a_full_disk_is_told(planned, circuit, file, size, monkeypatch):
    """Also where so little is written that only the end of a file shows it."""
    # Who reads that device never comes to its end.
    monkeypatch.setattr(program, "_read_output", lambda *_: ({}, {}))
    work = CppEngine().prepare_run(planned(circuit()), TASK)
    if size == "small":
        few = planned(layer(3), ba.steps({"I": [900]}, duration=60 * ms))
        work = CppEngine().prepare_run(few, RunRequest(1, {"e": 3}, ba.Record(), 100, 6, ""))
    (work.folder / file).symlink_to("/dev/full")
    # There is no room for what the program says of it either.
    (work.folder / "errors").symlink_to("/dev/null")
    with pytest.raises(
        SimulationError, match=r"exit code 3 the output cannot be written.*disk space"
    ):
        work(Programs())
    assert not work.folder.exists()


def test_a_file_that_lacks_spikes_is_told(tmp_path):
    """Numbers of neurons that nobody wrote would be looked up in tables."""
    heads = np.array([0, 2], dtype=np.int32), np.array([1, 3], dtype=np.int32)
    few, many = np.array([4, 65535], dtype=np.uint16), np.array([1, 2, 65536], dtype=np.int32)
    blocks = [heads[0], few, heads[1], many, heads[0], few]
    (tmp_path / "spikes").write_bytes(b"".join(part.tobytes() for part in blocks))
    arrays = [np.full(4, -1, dtype=np.int32), np.full(3, -1, dtype=np.int32)]
    program._read_spikes([(arrays[0], 2**16), (arrays[1], 2**16 + 1)], tmp_path)
    assert [array.tolist() for array in arrays] == [[4, 65535, 4, 65535], [1, 2, 65536]]
    arrays[1] = np.full(4, -1, dtype=np.int32)
    with pytest.raises(SimulationError, match=r"wanted a file of 8 spikes.* got 7"):
        program._read_spikes([(arrays[0], 2**16), (arrays[1], 2**16 + 1)], tmp_path)
