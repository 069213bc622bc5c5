"""What a census must find follows from how the weights were made."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import bioann as ba
from bioann.ann.layers.lstm import LSTM
from bioann.ann.signs import census as censuses
from bioann.base.errors import DescriptionError

RNG = np.random.default_rng(2)


def take_census(values, **options):
    census = ba.signs.census_of(
        [ba.signs.WeightMatrix("layer", "W", np.asarray(values), "input", **options)]
    )
    return census, census.layers.iloc[0]


def test_shares_sums_and_balance_by_hand():
    census, row = take_census([[1.0, -2.0, 0.0], [3.0, 0.0, -4.0]])
    assert row[["targets", "sources", "n"]].tolist() == [2, 3, 4]
    assert row.zero == pytest.approx(2 / 6)
    assert row.negative == 0.5
    assert (row.excitation, row.inhibition) == (4, 6)
    assert row.balance == pytest.approx(-0.2)
    assert row.mixed == 0  # the first source excites, the other two inhibit
    assert census.units["positive"].tolist() == [2, 0, 0]
    assert census.units["negative"].tolist() == [0, 1, 1]
    assert not census.units["violates"].any()


some_weights = arrays(
    float, st.tuples(*[st.integers(1, 6)] * 2), elements=st.sampled_from([-2.5, -1.0, 0.5, 3.0])
)


@settings(max_examples=40)
@given(some_weights)
def test_turning_all_signs_turns_what_is_signed_and_keeps_the_rest(values):
    (_, one), (_, other) = take_census(values), take_census(-values)
    assert other.negative == pytest.approx(1 - one.negative)
    assert other.balance == pytest.approx(-one.balance)
    assert other.q05 == pytest.approx(-one.q95)
    assert other.mixed == one.mixed
    assert other["norm"] == pytest.approx(one["norm"])


@settings(max_examples=40)
@given(some_weights)
def test_every_weight_is_counted_once_on_its_side_of_zero(values):
    census, row = take_census(values)
    bins = census.distributions
    assert bins["count"].sum() == row.n == (values != 0).sum()
    assert bins.loc[bins["high"] <= 0, "count"].sum() == (values < 0).sum()
    # No bin lies on both sides of zero.
    assert (np.sign(bins["low"] + bins["high"]) * bins["low"] >= -1e-12 * bins["high"].abs()).all()
    assert census.units["positive"].sum() == (values > 0).sum()


def test_dale_columns_are_found_where_they_are():
    columns = np.abs(RNG.normal(size=(30, 12))) * RNG.choice((-1, 1), 12)
    census, row = take_census(columns)
    assert row.mixed == 0
    assert (census.units["minority"] == 0).all()
    columns[4, 7] *= -1
    census, row = take_census(columns)
    assert row.mixed == pytest.approx(1 / 12)
    assert census.units.loc[census.units["violates"], "unit"].tolist() == [7]
    assert census.units["minority"].max() == pytest.approx(1 / 30)


def test_random_signs_break_dales_principle_as_often_as_coins_do():
    n = 6
    _, row = take_census(RNG.choice((-1.0, 1.0), size=(n, 20_000)))
    share = 1 - 2 / 2**n
    assert row.mixed == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 20_000))


def test_a_unit_answers_for_all_arrays_that_it_projects_through():
    within, out = np.abs(RNG.normal(size=(3, 3))), -np.abs(RNG.normal(size=(2, 3)))
    census = ba.signs.census_of(
        [
            ba.signs.WeightMatrix("recurrent", "U", within, "recurrent", recurrent=True),
            ba.signs.WeightMatrix("out", "W", out, "recurrent"),
        ]
    )
    assert (census.layers["mixed"] == 0).all()
    assert census.units["violates"].all()
    assert census.units["minority"].tolist() == [2 / 5] * 3


def test_spectra_are_those_of_known_matrices():
    turn = np.array([[0.0, -0.5], [0.5, 0.0]])
    census, row = take_census(turn, recurrent=True)
    assert row.radius == pytest.approx(0.5)
    eigenvalues = census.spectra[census.spectra["kind"] == "eigenvalue"]
    np.testing.assert_allclose(np.sort(eigenvalues["imag"]), [-0.5, 0.5])
    np.testing.assert_allclose(eigenvalues["real"], 0, atol=1e-15)
    _, row = take_census(np.outer(RNG.normal(size=20), RNG.normal(size=9)))
    assert row["rank"] == pytest.approx(1)
    _, row = take_census(np.eye(7) * 3)
    assert row["rank"] == pytest.approx(7)
    assert row["norm"] == pytest.approx(3)
    assert np.isnan(row.radius)  # of recurrent arrays only


@pytest.mark.slow
def test_a_random_recurrent_matrix_fills_the_circle():
    """Girko: eigenvalues of n x n normal numbers of variance 1/n have radius 1 (order n^-1/2)."""
    n = 400
    _, row = take_census(RNG.normal(size=(n, n)) / np.sqrt(n), recurrent=True)
    assert row.radius == pytest.approx(1, abs=3 / np.sqrt(n))
    # Marchenko and Pastur: the largest singular value of the same is 2.
    assert row["norm"] == pytest.approx(2, abs=0.05)


def test_a_matrix_too_large_for_its_spectrum_tells_its_norm(monkeypatch):
    values = RNG.normal(size=(30, 25))
    _, whole = take_census(values, recurrent=False)
    monkeypatch.setattr(censuses, "LARGEST_FULL_SPECTRUM", 20)
    census, row = take_census(values)
    assert len(census.spectra) == 1
    assert row["norm"] == pytest.approx(whole["norm"])
    assert np.isnan(row["rank"])


def test_kernels_count_by_map():
    kernel = RNG.normal(size=(5, 3, 2, 2))
    kernel[:, 1] = np.abs(kernel[:, 1])
    census, row = take_census(kernel)
    assert (row.targets, row.sources, row.n) == (5, 3, 60)
    assert census.units["positive"].iloc[1] == 20
    assert not census.units["violates"].iloc[1]


def test_the_table_of_a_network_names_its_layers():
    network = ba.LayeredNetwork(
        (
            ba.layers.Conv2d(RNG.normal(size=(3, 1, 2, 2))),
            ba.layers.Flatten(),
            ba.layers.Dense(-np.abs(RNG.normal(size=(4, 12)))),
        ),
        (1, 3, 3),
    )
    table = ba.signs.sign_census(network)
    assert isinstance(table, pd.DataFrame)
    assert table["layer"].tolist() == ["layer1", "layer3"]
    assert table["negative"].iloc[1] == 1
    rates = ba.RateNetwork(("a", "b"), W=[[0, -1], [2, 0]])
    table = ba.signs.sign_census(rates)
    assert table["weights"].tolist() == ["W_in", "W"]
    assert table["radius"].iloc[1] == pytest.approx(np.sqrt(2))
    with pytest.raises(DescriptionError, match="or a LayeredNetwork, got dict"):
        ba.signs.sign_census({})


def test_gates_are_told_one_by_one_and_eigenvalues_are_those_of_each():
    W, U = RNG.normal(size=(12, 2)), RNG.normal(size=(12, 3))
    table = ba.signs.sign_census(ba.LayeredNetwork((LSTM(W, U),)))
    gates = ["input", "forget", "candidate", "output"]
    assert table["weights"].tolist() == [f"{a}_{g}" for a in "WU" for g in gates]
    forget = table[table["weights"] == "U_forget"].iloc[0]
    assert forget.radius == pytest.approx(np.abs(np.linalg.eigvals(U[3:6])).max())
    assert table["radius"].isna().tolist() == [True] * 4 + [False] * 4
