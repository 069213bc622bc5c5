"""What waits for its program, or runs, holds its numbers in a file and no longer in memory."""

import gc
import weakref

import pytest

from bioann.bio.engines.cpp.engine import CppEngine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import Record, RunRequest

TASK = RunRequest(3, {"e": 12, "i": 5}, Record(), 100, 6, "")

pytestmark = pytest.mark.usefixtures("needs_compiler")


@pytest.fixture
def ready(planned, circuit, tmp_path, monkeypatch):
    """Makes a program ready to run, and tells what its plan held."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def make():
        plan = planned(circuit())
        numbers = [generator.spikes for generator in plan.spike_generators]
        numbers += [s.pre for s in plan.synapses if s.pre is not None]
        return CppEngine().prepare_run(plan, TASK), [weakref.ref(each) for each in numbers]

    return make


@pytest.mark.slow
def test_arrays_go_once_they_are_in_the_file(ready, tmp_path):
    work, references = ready()
    gc.collect()
    assert references
    assert not [each for each in references if each() is not None]
    assert sum(file.stat().st_size for file in tmp_path.rglob("input")) > 10_000
    assert set(work(Programs()).activity) == {"e", "i"}


@pytest.mark.parametrize("runs", [True, False])
def test_the_file_goes_after_the_run_or_with_a_job_that_is_never_run(ready, tmp_path, runs):
    work, _ = ready()
    assert [*tmp_path.rglob("input")]
    if runs:
        work(Programs())
        assert not [*tmp_path.rglob("input")]
    del work
    gc.collect()
    assert not [*tmp_path.rglob("input")]
