import pickle

import pytest

from bioann.base import errors

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.BioannError)
]
ARGUMENTS = ("Projection 'a' -> 'b'", "a conductance >= 0", "-3 nS", "Use a GABA population.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_who_what_was_wanted_what_came_and_what_to_do(kind):
    error = kind(*ARGUMENTS)
    said = "Projection 'a' -> 'b': wanted a conductance >= 0, got -3 nS. Use a GABA population."
    assert str(error) == said
    assert (error.obj, error.expected, error.got, error.remedy) == ARGUMENTS


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_one_of_ours_and_comes_back_from_a_worker_process(kind):
    error = pickle.loads(pickle.dumps(kind(*ARGUMENTS)))
    assert isinstance(error, errors.BioannError)
    assert type(error) is kind
    assert str(error) == str(kind(*ARGUMENTS))


def test_users_can_catch_the_kinds_python_has_for_it():
    assert issubclass(errors.DimensionError, errors.DescriptionError)
    assert issubclass(errors.DescriptionError, ValueError)
    assert issubclass(errors.UnknownNameError, KeyError)
    assert issubclass(errors.StimulusError, ValueError)
    assert issubclass(errors.SimulationError, RuntimeError)
    assert issubclass(errors.OutputError, OSError)


def test_an_unknown_name_gets_the_nearest_names():
    error = errors.unknown_name_error(
        "Afferent 'x'", "population", "lefft", ["left", "right", "pool"]
    )
    assert error.remedy == "Did you mean 'left'?"
    assert error.expected == "the name of a population"
    assert error.got == "'lefft'"


def test_a_name_near_to_none_gets_the_list_cut_at_twelve():
    few = errors.unknown_name_error("x", "unit", "zzz", ["a", "b"])
    assert few.remedy == "Choose one of: 'a', 'b'."
    many = errors.unknown_name_error("x", "unit", "zzz", [f"unit{i}" for i in range(13)])
    assert "'unit11', ..." in many.remedy
    assert "unit12" not in many.remedy


def test_nothing_to_choose_from_is_said():
    assert errors.unknown_name_error("x", "channel", "a", []).remedy == (
        "There is no channel to choose from yet; add one."
    )
