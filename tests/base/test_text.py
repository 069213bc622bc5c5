"""Several things in one sentence."""

import pytest

from bioann.base.text import describe_silent, join_names


@pytest.mark.parametrize(
    ("things", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (range(3), "0, 1 and 2"),
        (range(6), "0, 1, 2, 3, 4 and 5"),
        (range(7), "0, 1, 2, 3, 4 and 2 more"),
    ],
)
def test_a_list_names_the_first_and_counts_the_rest(things, said):
    assert join_names(list(things)) == said


def test_what_is_silent_is_said_once():
    assert describe_silent("Unit", []) == ()
    assert describe_silent("Unit", ["a"]) == ("Unit 'a' is silent in every condition.",)
    assert describe_silent("Unit", ["a", "b"]) == (
        "2 units are silent in every condition: 'a' and 'b'.",
    )
