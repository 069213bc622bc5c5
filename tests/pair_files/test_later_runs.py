"""A script that simulates more than once is read at its first simulation, and a note says so."""

import pytest

from bioann.pair_files.later_runs import flag_later_runs


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("run(1*ms)", None),
        ("net.run(0*ms)\nnet.run(350*ms)", None),
        ("for x in images:\n    net.run(350*ms)", "in a loop"),
        ("while True:\n    if x:\n        run(t)", "in a loop"),
        ("run(1*second)\nw = 2\nnet.run(1*second)", "2 times"),
        ("rates = [f() for x in y]\ndef run_all():\n    run(1*ms)", None),
    ],
)
def test_scripts_that_run_several_times_get_a_note(source, count):
    notes = flag_later_runs(source)
    assert len(notes) == (count is not None)
    assert all(f"calls run() {count}: this is its network at the first call" in n for n in notes)
