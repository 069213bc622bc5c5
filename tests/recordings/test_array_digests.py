"""A file whose numbers were changed is recognised; storing a recording changes no digest."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis.extra import numpy as hnp

import bioann as ba
from bioann.base.errors import OutputError
from bioann.recordings.array_digests import DIGESTS, digest_array, digest_arrays


def test_every_array_of_a_run_has_a_digest(tiny_comparison):
    recording = tiny_comparison.run.recording
    digests = json.loads(recording.attrs[DIGESTS])
    assert {"stimulus/stimulus", "bio/rate", "bio/spike_time", "ann/activation"} <= set(digests)
    assert {"bio/unit", "bio/condition", "bio/time"} <= set(digests)
    assert recording.attrs[DIGESTS] == digest_arrays(recording)


def test_a_file_changes_no_digest(tmp_path, tiny_comparison):
    recording = tiny_comparison.run.recording
    ba.save_recording(recording, tmp_path / "tiny.nc")
    assert digest_arrays(ba.open_recording(tmp_path / "tiny.nc")) == recording.attrs[DIGESTS]


def test_a_changed_number_is_an_error_that_names_the_array(tmp_path, tiny_comparison):
    changed = tiny_comparison.run.recording.copy(deep=True)
    changed["bio"]["rate"].values[0, 0, 3, 0] += 1e-9
    ba.save_recording(changed, tmp_path / "tiny.nc")
    with pytest.raises(OutputError) as caught:
        ba.open_recording(tmp_path / "tiny.nc")
    message = str(caught.value)
    assert "tiny.nc, node 'bio', variable 'rate': wanted the array that was recorded" in message
    assert message.endswith("restore the original, or run the pair anew.")


@pytest.mark.slow
def test_a_relabelled_condition_and_a_missing_array_are_errors(tmp_path, tiny_comparison):
    recording = tiny_comparison.run.recording
    data = recording["ann"].to_dataset()
    for changed, variable in (
        (data.assign_coords(condition=data.condition.values[::-1]), "condition"),
        (data.drop_vars("activation"), "activation"),
    ):
        nodes = {f"/{name}": node.to_dataset() for name, node in recording.children.items()}
        tree = xr.DataTree.from_dict(nodes | {"/ann": changed})
        tree.attrs = dict(recording.attrs)
        ba.save_recording(tree, tmp_path / "tiny.nc")
        with pytest.raises(OutputError, match=f"node 'ann', variable '{variable}'"):
            ba.open_recording(tmp_path / "tiny.nc")


def test_a_node_that_was_left_out_is_no_error(tmp_path, tiny_comparison):
    ba.save_recording(tiny_comparison.run.recording.drop_nodes("ceiling"), tmp_path / "tiny.nc")
    assert "ceiling" not in ba.open_recording(tmp_path / "tiny.nc").children


@given(hnp.arrays(np.float32, (2, 3)))
def test_the_digest_is_that_of_the_bytes(values):
    one = xr.Variable(("a", "b"), values)
    assert digest_array(one) == digest_array(xr.Variable(("a", "b"), values.astype(">f4")))
    assert digest_array(one) != digest_array(xr.Variable(("b", "a"), values))
    changed = values.copy()
    changed[1, 2] = 1 if values[1, 2] != 1 else 2
    assert digest_array(one) != digest_array(xr.Variable(("a", "b"), changed))
