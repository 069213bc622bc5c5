import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from brian2 import nS

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.batch import executors
from bioann.batch.executors import DeadWorkerError, WorkerProcesses
from bioann.comparison.verdict_table import verdict_table
from bioann.sweeps import LatinHypercube, read_axis, read_sweep
from bioann.sweeps.change_pair import change_pair
from bioann.sweeps.point_result import CLAIM_COLUMNS, SCORE_COLUMNS, list_rows, select_columns
from bioann.sweeps.store import SweepError

WEIGHT, BIAS = "projection inh -> out, weight", "unit out, bias"
SPACE = {WEIGHT: [0.5, 1.0] * nS, BIAS: [0.0, 0.2, 0.4]}
OPTIONS = {"seed": 1, "engine": "numpy", "references": False}


@pytest.fixture(scope="module")
def swept(swept_file, tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "all"
    return ba.sweep(swept_file, SPACE, out=out, **OPTIONS), out


def list_files(out):
    return {p.name: p.stat().st_mtime_ns for p in Path(out).glob("points/*/*.json")}


def test_results_are_labelled_by_parameters_and_equal_to_runs_of_the_pairs(swept, swept_file):
    results, _ = swept
    assert results.sizes[WEIGHT] == 2
    assert results[BIAS].values.tolist() == [0.0, 0.2, 0.4]
    assert (results.status == "done").all()
    pair = ba.load(swept_file)
    run = pair.run(trials=2, seed=1, engine="numpy", controls=False)
    comparison = ba.compare(run)
    point = results.sel({WEIGHT: 1.0, BIAS: 0.2})
    for row in list_rows(select_columns(comparison.scores, SCORE_COLUMNS)):
        values = dict(zip(SCORE_COLUMNS, row, strict=True))
        label = " ".join(filter(None, (values["metric"], values["match"], values["detail"])))
        stored = float(point.value.sel(score=label))
        assert stored == pytest.approx(
            np.nan if values["value"] is None else values["value"], nan_ok=True
        )
    claims = list_rows(select_columns(verdict_table(comparison), CLAIM_COLUMNS))
    assert [str(v) for v in point.outcome.values] == [claims[0][1]]


def test_a_stopped_sweep_goes_on_and_every_point_is_run_once(swept, swept_file, tmp_path):
    results, _ = swept
    out = tmp_path / "stopped"

    def stop_after_three(progress):
        if progress.finished >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ba.sweep(swept_file, SPACE, out=out, report_progress=stop_after_three, lanes=1, **OPTIONS)
    before = list_files(out)
    assert len(before) == 3
    assert (read_sweep(out).status == "pending").sum() == 3
    resumed = ba.sweep(swept_file, SPACE, out=out, lanes=4, **OPTIONS)
    after = list_files(out)
    assert len(after) == 6
    assert all(after[name] == time for name, time in before.items())
    xr.testing.assert_allclose(resumed, results, rtol=1e-9)
    assert read_sweep(out).identical(resumed)
    reports = []
    ba.sweep(swept_file, SPACE, out=out, report_progress=reports.append, **OPTIONS)
    assert [(p.stored, p.finished) for p in reports] == [(6, 0)]


def test_netcdf_and_csv_have_the_results(swept):
    results, out = swept
    with xr.open_dataset(out / "results.nc", engine="h5netcdf") as stored:
        assert stored.value.equals(results.value)
    lines = (out / "results.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert f"{WEIGHT} (nS)" in lines[0]


@pytest.mark.slow
def test_a_point_that_cannot_be_run_is_a_row_with_its_error(swept_file, tmp_path):
    space = {"projection inh -> out, weight": [-1, 1] * nS}
    results = ba.sweep(swept_file, space, out=tmp_path / "a", **OPTIONS)
    assert results.status.values.tolist() == ["failed", "done"]
    assert "wanted" in str(results.error.values[0])
    numbers = []
    ba.sweep(swept_file, space, out=tmp_path / "a", report_progress=numbers.append, **OPTIONS)
    assert numbers[0].stored == 2
    ba.sweep(
        swept_file, space, out=tmp_path / "a", retry_failed=True,
        report_progress=numbers.append, **OPTIONS,
    )  # fmt: skip
    assert numbers[-1].finished == 1


def test_a_space_without_a_valid_end_is_an_error_before_any_point(swept_file, tmp_path):
    with pytest.raises(DescriptionError, match="weight"):
        ba.sweep(swept_file, {WEIGHT: [-2, -1] * nS}, out=tmp_path / "a", **OPTIONS)
    assert not (tmp_path / "a").exists()


def test_a_folder_of_another_sweep_or_of_other_files_is_an_error(swept, swept_file, tmp_path):
    _, out = swept
    with pytest.raises(SweepError, match="options seed is 1, not 2"):
        ba.sweep(swept_file, SPACE, out=out, **{**OPTIONS, "seed": 2})
    with pytest.raises(SweepError, match="design axes is"):
        ba.sweep(swept_file, {WEIGHT: [0.5, 2] * nS}, out=out, **OPTIONS)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SweepError, match=r"an empty folder, or a sweep, got other files"):
        ba.sweep(swept_file, SPACE, out=tmp_path, **OPTIONS)
    with pytest.raises(SweepError, match=r"wanted the folder of a sweep"):
        read_sweep(tmp_path)


def test_a_damaged_point_is_named(swept, swept_file, tmp_path):
    out = tmp_path / "a"
    ba.sweep(swept_file, {BIAS: [0.1]}, out=out, **OPTIONS)
    (file,) = out.glob("points/*/*.json")
    file.write_text("{", encoding="utf-8")
    with pytest.raises(SweepError, match=f"file .*{file.name}.*Delete it"):
        read_sweep(out)


@pytest.mark.slow
def test_a_function_makes_the_pairs_and_its_arguments_are_the_parameters(swept_file, tmp_path):
    def pair_of(bias):
        return change_pair(ba.load(swept_file), {BIAS: bias})

    results = ba.sweep(pair_of, {"bias": [0.1, 0.3]}, out=tmp_path / "a", **OPTIONS)
    assert results.sizes["bias"] == 2
    with pytest.raises(DescriptionError, match="Did you mean 'bias'"):
        ba.sweep(pair_of, {"bais": [0.1]}, out=tmp_path / "b", **OPTIONS)
    with pytest.raises(DescriptionError, match="one that cannot be sent to them"):
        ba.sweep(pair_of, {"bias": [0.1]}, out=tmp_path / "b", jobs=2, **OPTIONS)


@pytest.mark.slow
def test_samples_are_points_with_the_parameters_as_coordinates(swept_file, tmp_path):
    axes = (
        read_axis(f"{BIAS}=0..1", is_range=True),
        read_axis(f"{WEIGHT}=0.5..1nS", is_range=True),
    )
    results = ba.sweep(swept_file, LatinHypercube(axes, 3, 1), out=tmp_path / "a", **OPTIONS)
    assert results.value.dims == ("score", "point")
    assert results[WEIGHT].attrs["units"] == "nS"
    assert read_sweep(tmp_path / "a").identical(results)
    assert json.loads((tmp_path / "a" / "sweep.json").read_text())["design"]["points"] == 3


@pytest.mark.slow
def test_worker_processes_give_the_same_results(swept, swept_file, tmp_path):
    results, _ = swept
    other = ba.sweep(swept_file, SPACE, out=tmp_path / "a", jobs=2, **OPTIONS)
    xr.testing.assert_allclose(other, results, rtol=1e-9)


def kill_this_process(path):
    """End this process by force, unless the file exists by now."""
    if not Path(path).exists():
        Path(path).write_text("been here", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def always_kill(value):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_one_that_dies_always_is_given_up(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(executors, "MAX_ATTEMPTS", 2)
    with WorkerProcesses(1) as processes:
        assert processes.submit(kill_this_process, str(tmp_path / "x")).result(60) == "alive"
        assert isinstance(processes.submit(always_kill, 1).exception(60), DeadWorkerError)
        assert processes.submit(abs, -2).result(60) == 2


def test_a_million_worker_processes_are_an_error(swept_file, tmp_path):
    with pytest.raises(DescriptionError, match="wanted at most 1000, got 1000000"):
        ba.sweep(swept_file, SPACE, out=tmp_path / "out", jobs=10**6, **OPTIONS)
