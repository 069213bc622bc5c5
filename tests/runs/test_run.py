"""A run is a pair and its recording."""

import copy

import bioann as ba


def test_a_run_shows_nodes_and_provenance_of_its_recording(tiny_comparison):
    run = tiny_comparison.run
    assert run.pair is tiny_comparison.pair
    assert run["bio"] is run.recording["bio"]
    assert run.children == run.recording.children
    assert run.attrs is run.recording.attrs
    assert repr(run).startswith("Run of pair 'tiny': 2 trial(s), seed 1; stimulus, bio, ann")
    assert "bio" in run._repr_html_()


def test_a_copy_of_a_run_has_its_pair(tiny_comparison):
    run = copy.deepcopy(tiny_comparison.run)
    assert run.pair == tiny_comparison.pair
    assert ba.compare(run).scores.equals(tiny_comparison.scores)


def test_a_seed_beyond_64_bits_is_kept_in_a_file(tiny_pair, tmp_path):
    recording = tiny_pair.run(trials=1, seed=2**70, controls=False).recording
    ba.save_recording(recording, tmp_path / "run.nc")
    assert int(ba.open_recording(tmp_path / "run.nc").attrs["seed"]) == 2**70
