"""Many claims: adjusted p-values, and how many verdicts may be wrong."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from bioann.comparison.false_discoveries import adjust_p_values, count_errors


def make_table(*p_values):
    """Claims of one pair each, one row per claim."""
    labels = [f"A{k}" for k in range(len(p_values))]
    return pd.DataFrame({"pair": labels, "id": labels, "claim_p_value": p_values})


def test_the_adjustment_is_that_of_benjamini_and_yekutieli():
    p_values = np.array([0.001, 0.01, 0.02, 0.04])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    raw = p_values * 4 * harmonic / np.arange(1, 5)
    expected = np.minimum.accumulate(raw[::-1])[::-1].clip(max=1)
    assert adjust_p_values(make_table(*p_values)).values == pytest.approx(expected)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=20))
def test_the_adjustment_is_that_of_scipy(p_values):
    expected = scipy.stats.false_discovery_control(p_values, method="by")
    assert adjust_p_values(make_table(*p_values)).tolist() == expected.tolist()


@given(st.lists(st.floats(1e-6, 0.05), min_size=1, max_size=20))
def test_no_adjusted_value_is_smaller_than_its_own(p_values):
    adjusted = adjust_p_values(make_table(*p_values)).values
    assert (adjusted >= np.array(p_values) * (1 - 1e-12)).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()


def test_exact_and_undecided_claims_do_not_count():
    table = make_table(0.0, np.nan, 0.01)
    adjusted = adjust_p_values(table)
    assert adjusted.isna().tolist() == [True, True, False]
    assert adjusted.iloc[2] == pytest.approx(0.01)


def test_the_parts_of_a_claim_are_one_claim():
    one = make_table(0.01, 0.03)
    parts = pd.concat([one, one.iloc[:1]], ignore_index=True)
    adjusted = adjust_p_values(parts)
    assert adjusted.iloc[:2].tolist() == adjust_p_values(one).tolist()
    assert adjusted.iloc[2] == adjusted.iloc[0]


def test_the_count_names_what_does_not_survive():
    table = make_table(*[1e-5] * 19, 0.049)
    count = count_errors(table.assign(adjusted_p_value=adjust_p_values(table)))
    assert (count.n_claims, count.expected) == (20, pytest.approx(1.0))
    assert count.not_surviving == ("A19",)
    assert "at most 1.0 are expected to be" in count.text
    assert "all survive but 1: A19" in count.text


def test_without_random_verdicts_none_can_be_wrong():
    table = make_table(0.0)
    assert "No verdict" in count_errors(table.assign(adjusted_p_value=np.nan)).text


@pytest.mark.parametrize("n_false", [5, 20])
def test_the_share_of_false_discoveries_is_controlled(n_false):
    """Truths at their bound have uniform p-values; what is clear has tiny ones."""
    rng = np.random.default_rng(7)
    shares = []
    for _ in range(300):
        p_values = np.r_[np.full(20, 1e-6), rng.uniform(size=n_false)]
        stands = adjust_p_values(make_table(*p_values)).values <= 0.05
        shares.append(stands[20:].sum() / max(stands.sum(), 1))
    # The mean share is below 5 %; its standard error over 300 draws is below 0.4 %.
    assert np.mean(shares) < 0.05
