"""Sweeps on a dask cluster of workers on this machine."""

import os
import signal
import warnings

import pytest
import xarray as xr
from brian2 import nS

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.batch.executors import ExecutorError, check_threads, connect_to_dask

SPACE = {"projection inh -> out, weight": [0.5, 1.0, 1.5] * nS, "unit out, bias": [0.0, 0.2]}
OPTIONS = {"seed": 1, "engine": "numpy", "references": False}


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip(
        "distributed", reason="dask is not installed: pip install 'bioann[cluster]'"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        )
        yield cluster
        cluster.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_results_of_this_process_although_a_worker_is_killed(
    cluster, swept_file, tmp_path
):
    expected = ba.sweep(swept_file, SPACE, out=tmp_path / "here", **OPTIONS)
    pids = [worker["pid"] for worker in _list_workers(cluster)]
    progress = []

    def kill_one_worker(state):
        progress.append(state)
        if state.finished and pids:
            os.kill(pids.pop(), signal.SIGKILL)
            pids.clear()

    results = ba.sweep(
        swept_file, SPACE, out=tmp_path / "there", scheduler=cluster.scheduler_address,
        report_progress=kill_one_worker, lanes=1, **OPTIONS,
    )  # fmt: skip
    xr.testing.assert_allclose(results, expected, rtol=1e-9)
    assert progress[-1].finished == 6
    assert len(list((tmp_path / "there").glob("points/*/*.json"))) == 6


def _list_workers(cluster):
    from distributed import Client

    with Client(cluster) as client:
        return [{"pid": pid} for pid in client.run(os.getpid).values()]


def test_workers_with_several_threads_are_refused():
    with pytest.raises(ExecutorError, match="workers with one thread each, got one with 4"):
        check_threads({"tcp://a:1": 4})
    check_threads({"tcp://a:1": 1})


def test_an_address_without_a_scheduler_is_an_error():
    pytest.importorskip("distributed", reason="dask is not installed")
    with (
        pytest.raises(DescriptionError, match="an address such as tcp://"),
        connect_to_dask("localhost"),
    ):
        pass
