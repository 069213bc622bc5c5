import contextlib
import json
import sys
import types

import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import OutputError
from bioann.comparison.as_json import NUMBER_COLUMNS, to_json
from bioann.comparison.verdict_table import verdict_table
from bioann.recordings import storage
from bioann.recordings.storage import recording_bytes


def test_a_recording_survives_its_file(tmp_path, tiny_pair, tiny_comparison):
    recording = tiny_comparison.run.recording
    ba.save_recording(recording, tmp_path / "tiny.nc")
    read = ba.open_recording(tmp_path / "tiny.nc")
    xr.testing.assert_identical(read, recording)
    assert type(read.attrs["pair"]) is str
    assert isinstance(read.attrs["seed"], int)
    again = ba.compare(ba.Run(tiny_pair, read))
    assert again.scores.equals(tiny_comparison.scores)


def test_a_run_is_saved_by_its_recording(tmp_path, tiny_comparison):
    with pytest.raises(OutputError, match=r"got Run\. Pass run\.recording"):
        ba.save_recording(tiny_comparison.run, tmp_path / "tiny.nc")


def test_equal_runs_give_equal_bytes(tiny_pair):
    """With one engine: ``auto`` takes another once a program of the network is in the cache."""
    one, again = (tiny_pair.run(trials=2, seed=1, engine="numpy") for _ in range(2))
    assert recording_bytes(again.recording) == recording_bytes(one.recording)
    assert to_json(ba.compare(again)) == to_json(ba.compare(one))


@pytest.mark.parametrize("content", [None, b"no netCDF"])
def test_what_is_no_recording_is_told(tmp_path, content):
    path = tmp_path / "x.nc"
    if content:
        path.write_bytes(content)
    with pytest.raises(OutputError, match=r"wanted a recording \(.nc\), got (No such|another)"):
        ba.open_recording(path)


def test_another_netcdf_file_is_told(tmp_path):
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    with pytest.raises(OutputError, match="got netCDF without a run of a pair"):
        ba.open_recording(tmp_path / "x.nc")


def test_json_is_strict_and_complete(tiny_comparison):
    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    document = json.loads(to_json(tiny_comparison, wall_time_s=1.5), parse_constant=refuse)
    assert list(document) == [
        "layout",
        "pair",
        "question",
        "source",
        "claims",
        "scores",
        "equivalence",
        "audit",
        "effective_weights",
        "signs",
        "flags",
        "window_s",
        "provenance",
    ]
    verdict = tiny_comparison.claims[0]
    assert document["claims"] == [
        {
            "id": "T1",
            "claim": "More in, more out.",
            "source": "all",
            "rule": verdict.claim.rule.text,
            "outcome": verdict.outcome,
            "because": verdict.because,
            "stated": "before the run",
            "numbers": json.loads(
                verdict_table(tiny_comparison)[list(NUMBER_COLUMNS)].to_json(
                    orient="records", double_precision=15
                )
            ),
        }
    ]
    assert list(document["scores"][0]) == list(tiny_comparison.scores.columns)
    assert [row["value"] for row in document["scores"]] == [
        None if value != value else value for value in tiny_comparison.scores.value
    ]
    cv = next(row for row in document["scores"] if row["metric"] == "CV of ISI")
    assert cv["best"] is None
    facts = document["provenance"]
    assert (facts["pair"], facts["seed"], facts["trials"]) == ("tiny", 1, 2)
    assert facts["wall_time_s"] == 1.5
    assert facts["versions"]["bioann"] == ba.__version__
    assert facts["dt_s"] == 1e-4
    assert facts["pair_hash"] == tiny_comparison.run.attrs["pair_hash"]


def test_a_dask_client_is_set_aside_because_it_cannot_lock_bytes_in_memory(monkeypatch):
    options = []

    def set_options(**choices):
        options.append(choices)
        return contextlib.nullcontext()

    config = types.SimpleNamespace(set=set_options)
    monkeypatch.setitem(sys.modules, "dask", types.SimpleNamespace(config=config))
    with storage._without_dask_client():
        assert options == [{"scheduler": "synchronous"}]


def test_a_file_states_its_format_and_the_recording_does_not(tmp_path, tiny_comparison):
    path = tmp_path / "r.nc"
    ba.save_recording(tiny_comparison.run.recording, path)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        assert tree.attrs["format"] == storage.FORMAT
    assert "format" not in ba.open_recording(path).attrs


def test_a_file_without_a_format_has_the_first(tmp_path, tiny_comparison):
    """Those that were written before there was a number."""
    path = tmp_path / "r.nc"
    tiny_comparison.run.recording.to_netcdf(path, engine="h5netcdf")
    assert ba.open_recording(path).identical(tiny_comparison.run.recording)


def test_a_file_of_a_later_format_is_refused(tmp_path, tiny_comparison, monkeypatch):
    path = tmp_path / "r.nc"
    monkeypatch.setattr(storage, "FORMAT", 2)
    ba.save_recording(tiny_comparison.run.recording, path)
    monkeypatch.undo()
    with pytest.raises(OutputError, match=r"r\.nc: wanted file format 1 .* got format 2.*newer"):
        ba.open_recording(path)
