import numpy as np
import pytest
from brian2 import ms, nS
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.sweeps import FullGrid, LatinHypercube, SobolSequence, read_axis
from bioann.sweeps.designs import make_design


@given(low=st.floats(0.01, 10), width=st.floats(0.1, 10), n=st.integers(2, 9), log=st.booleans())
def test_a_range_has_its_ends_and_evenly_spaced_values_or_logarithms(low, width, n, log):
    axis = read_axis(f"a, weight={low!r}..{low + width!r} nS:{n}{':log' if log else ''}")
    values = np.array([axis.in_display_unit(v) for v in axis.values])
    spaced = np.diff(np.log(values) if log else values)
    assert len(values) == n
    assert values[[0, -1]] == pytest.approx([low, low + width])
    assert spaced == pytest.approx(np.full(n - 1, spaced[0]), rel=1e-6)


def test_a_range_and_the_list_of_its_values_are_the_same_axis():
    assert read_axis("a=0.1..0.5nS:5").values == read_axis("a=0.1,0.2,0.3,0.4,0.5nS").values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weight", "wanted an address, '=' and values"),
        ("a=", "wanted a range or a list of numbers"),
        ("a=1..1nS:5", "the smaller end first, got 1..1"),
        ("a=2..1nS:5", "the smaller end first, got 2..1"),
        ("a=0..1nS:5:log", "a range above 0"),
        ("a=0..1nS", "a range with 2 to 1000000 values, got no count"),
        ("a=0..1nS:1", "got 1"),
        ("a=1,1nS", "each value once"),
        ("a=0..1nSS:3", "the name of a unit, got 'nSS'"),
        ("a=one,two", "a range or a list of numbers"),
    ],
)
def test_an_axis_that_is_none_says_what_to_write(text, message):
    with pytest.raises(DescriptionError, match=message.replace("(", r"\(")):
        read_axis(text)


def test_units_of_other_prefixes_are_read_and_unknown_ones_get_near_names():
    assert read_axis("a=1,2uS").values == pytest.approx((1e-6, 2e-6))
    with pytest.raises(UnknownNameError, match="Did you mean 'nS'"):
        read_axis("a=1..2nSs:3")


def test_a_grid_has_every_combination_once_with_the_last_parameter_fastest():
    grid = make_design({"a": [1, 2, 3], "b": [0.5, 1] * nS})
    points = [grid.get_point(k) for k in range(grid.n_points)]
    assert grid.n_points == 6 == len(set(points))
    assert points[:2] == [(1.0, 0.5e-9), (1.0, 1e-9)]


@pytest.mark.parametrize("design", [LatinHypercube, SobolSequence])
@pytest.mark.parametrize("n", [8, 16])
def test_samples_have_one_point_in_each_of_as_many_parts_of_every_range(design, n):
    axes = (read_axis("a=1..3", is_range=True), read_axis("b=10..20ms", is_range=True))
    table = design(axes, n, seed=1).table
    shares = np.sort((table - [1, 10e-3]) / [2, 10e-3], axis=0)
    assert (np.floor(shares * n) == np.arange(n)[:, None]).all()
    assert (table == design(axes, n, seed=1).table).all()
    assert not (table == design(axes, n, seed=2).table).all()


def test_an_impossible_number_of_points_says_what_it_would_take():
    axes = tuple(read_axis(f"{name}=0..1:1000") for name in "abcd")
    with pytest.raises(DescriptionError, match=r"got 1,000,000,000,000, which take 3,169 years"):
        FullGrid(axes)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "at least one parameter"),
        ({"a": []}, "at least one finite value"),
        ({"a": [1, float("nan")]}, "at least one finite value"),
        ({"a": [1, 1]}, "each value once"),
        ({"a": 3}, "several values"),
        ({"a": ["x"]}, "numbers or quantities"),
        ("a", "a mapping from addresses to values"),
        ([{"a": 1}, {"b": 1}], "point 2: wanted values of a, got b"),
        ([{"a": 1}, {"a": 1}], "each point once"),
    ],
)
def test_a_space_that_is_none_says_what_to_write(space, message):
    with pytest.raises(DescriptionError, match=message):
        make_design(space)


def test_values_of_two_dimensions_are_an_error():
    with pytest.raises(DimensionError, match="values of one dimension"):
        make_design({"a": [1 * nS, 1 * ms]})
    with pytest.raises(DescriptionError, match="point 2, 'a'"):
        make_design([{"a": 1 * nS}, {"a": 2}])
