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
