"""The table keeps what was found, and is used only for exactly the pair that was run."""

import dataclasses

import pandas as pd
import pytest

import bioann as ba
from bioann.base.errors import OutputError
from bioann.robustness.robustness import ClaimRobustness, Robustness
from bioann.robustness.robustness_table import (
    find_robustness,
    hash_subject,
    read_table,
    update_table,
)

CLAIMS = (
    ClaimRobustness(
        "T1",
        "supported",
        {"point 1": "supported", "point 2": "refuted", "half step": "undecided", "x": "failed"},
        'turns where afferent "in" -> out, weight is larger',
    ),
    ClaimRobustness("T2", "refuted", {"point 1": "refuted"}),
)


def make_robustness(subject="tiny", hash="0f", **changes):
    robustness = Robustness(subject, hash, 8, 0.2, 1, CLAIMS, {"half step": "no, none"}, 1.5)
    return dataclasses.replace(robustness, **changes)


def test_a_table_that_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "robustness.csv"
    pairs = [make_robustness(), make_robustness("other", trials=3)]
    for robustness in pairs:
        update_table(path, robustness)
    assert list(read_table(path).values()) == sorted(pairs, key=lambda r: r.subject)


def test_rows_of_a_pair_are_replaced_and_those_of_others_stay(tmp_path):
    path = tmp_path / "robustness.csv"
    for robustness in (make_robustness(), make_robustness("other"), make_robustness(hash="1")):
        update_table(path, robustness)
    table = read_table(path)
    assert (table["tiny"].hash, table["other"].hash) == ("1", "0f")
    rows = pd.read_csv(path)
    assert rows.id.tolist() == ["T1", "T1", "T2", "T2"]
    assert rows.stays.tolist() == [1, 1, 1, 1]
    assert rows.summary[0] == (
        "stays in 1 of 3 variants; refuted at 1 point; undecided with half step; "
        "1 variant did not run; " + CLAIMS[0].turning
    )


def test_a_table_that_does_not_exist_is_empty(tmp_path):
    assert read_table(tmp_path / "none.csv") == {}


def test_another_file_is_an_error(tmp_path):
    path = tmp_path / "robustness.csv"
    path.write_text("id,pair\nT1,tiny\n")
    with pytest.raises(OutputError) as caught:
        read_table(path)
    assert "wanted a table that 'bioann robustness' wrote, got one without verdict, " in str(
        caught.value
    )
    with pytest.raises(OutputError):
        update_table(path, make_robustness())
    assert path.read_text() == "id,pair\nT1,tiny\n"


def test_labels_and_hashes_that_look_like_numbers_stay_texts(tmp_path):
    path = tmp_path / "robustness.csv"
    robustness = make_robustness(hash="12e4", claims=(dataclasses.replace(CLAIMS[1], id="1"),))
    update_table(path, robustness)
    assert read_table(path) == {"tiny": robustness}


@pytest.mark.parametrize(
    ("old", "new"),
    [("point 1=refuted", "point 1 refuted"), (",8,0.2,1,", ",eight,0.2,1,"), ("{", "[")],
)
def test_rows_that_were_edited_are_an_error(old, new, tmp_path):
    path = tmp_path / "robustness.csv"
    update_table(path, make_robustness())
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(OutputError, match=r"wrote, got rows of 'tiny' with .* Name another"):
        read_table(path)


def test_only_the_same_pair_is_looked_up(tiny_pair):
    table = {"tiny": make_robustness(hash=hash_subject(tiny_pair))}
    assert find_robustness(table, tiny_pair) == table["tiny"]
    claim = ba.Claim("T1", "More.", "all", ba.Score(ba.metrics.SIGN_AGREEMENT) >= 0.9)
    stronger = dataclasses.replace(tiny_pair.bio.afferents[0], fibres=6)
    for changes in (
        {"claims": (claim,)},
        {"trials": 3},
        {"bio": dataclasses.replace(tiny_pair.bio, afferents=(stronger,))},
        {"ann": ba.RateNetwork(("out",), channels=("in",), W_in=[[2.0]])},
        {"name": "other"},
    ):
        assert find_robustness(table, dataclasses.replace(tiny_pair, **changes)) is None
    question = dataclasses.replace(tiny_pair, question="Another?")
    assert find_robustness(table, question) == table["tiny"]


def test_a_pair_that_is_derived_otherwise_is_another_one(tiny_pair):
    def derive(bio):
        return dataclasses.replace(tiny_pair, bio=bio)

    def derive_otherwise(bio):
        return dataclasses.replace(tiny_pair, bio=bio, trials=7)

    functions = (None, derive, derive_otherwise)
    pairs = [dataclasses.replace(tiny_pair, derive=function) for function in functions]
    assert len({hash_subject(pair) for pair in pairs}) == 3
