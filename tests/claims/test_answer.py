"""The answer of a pair: a sentence for each outcome of a claim that the pair has."""

import dataclasses

import pytest

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError

SCORE = ba.Score(ba.metrics.RMSE)
CLAIM = ba.Claim("T1", "It is close.", "ours", SCORE <= 0.2)


def test_an_answer_names_its_claim_and_has_no_full_stop():
    answer = CLAIM.to_answer(supported="Yes: it is close.", score=SCORE)
    assert answer.claim == "T1"
    assert answer.sentences["supported"] == "Yes: it is close"
    assert answer.sentences["refuted"] == ""
    assert dataclasses.replace(answer) == answer


def test_a_pair_has_the_claim_and_the_score_of_its_answer(tiny_pair):
    claims = {"claims": (CLAIM,)}
    answer = CLAIM.to_answer(supported="Yes", score=SCORE)
    assert dataclasses.replace(tiny_pair, **claims, answer=answer).answer == answer
    other = ba.Claim("T2", "It is not.", "ours", SCORE >= 0.2)
    with pytest.raises(UnknownNameError, match=r"answer: wanted .*claim.*, got 'T2'"):
        dataclasses.replace(tiny_pair, **claims, answer=other.to_answer(supported="Yes"))
    wrong_score = CLAIM.to_answer(supported="Yes", score=ba.Score(ba.metrics.RMSE, "else"))
    with pytest.raises(DescriptionError, match="scores that claim 'T1' names: 'RMSE', got"):
        dataclasses.replace(tiny_pair, **claims, answer=wrong_score)


def test_an_answer_is_words_by_a_claim_not_a_sentence_alone(tiny_pair):
    with pytest.raises(DescriptionError, match=r"answer=claim\.to_answer"):
        dataclasses.replace(tiny_pair, answer="Yes, it does.")
    with pytest.raises(DescriptionError, match="its refuted in words"):
        CLAIM.to_answer(refuted=" ")


def test_a_key_figure_can_be_drawn(tiny_pair):
    with pytest.raises(DescriptionError, match="key_figure: wanted one figure"):
        dataclasses.replace(tiny_pair, key_figure="responses.png")
