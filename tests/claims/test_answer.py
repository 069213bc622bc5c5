"""The answer of a pair: a sentence for each outcome of one of its claims."""

import dataclasses

import pytest

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.claims.claim import OUTCOMES
from bioann.runs.claim_record import ANSWERS, read_claims

SCORE = ba.Score(ba.metrics.RMSE)
RULE = SCORE <= 0.2


def state(id="T1", **answers):
    return ba.Claim(id, "It is close.", "ours", RULE, **answers)


def test_an_answer_has_no_full_stop_and_prints_as_code():
    claim = state(supported="Yes: it is close.", answer_score=SCORE)
    assert claim.answers == {"supported": "Yes: it is close"}
    code = repr(claim).replace("\n", "")
    assert "supported='Yes: it is close', answer_score=" in code
    assert "refuted" not in code
    assert state().answers == {}


def test_the_claim_with_answers_answers_the_question_or_else_the_first(tiny_pair):
    first, second = state(), state("T2", refuted="No")
    for claims, expected in (((first, second), second), ((first,), first), ((), None)):
        assert dataclasses.replace(tiny_pair, claims=claims).answering_claim == expected
    with pytest.raises(DescriptionError, match="answers by 'T1', 'T2'"):
        dataclasses.replace(tiny_pair, claims=(state(supported="Yes"), second))


def test_the_number_of_an_answer_is_one_that_its_claim_names():
    other = ba.Score(ba.metrics.RMSE, "else")
    with pytest.raises(DescriptionError, match=r"'T1', answer_score: .* its scores: 'RMSE', got"):
        state(answer_score=other)
    with pytest.raises(DescriptionError, match="its refuted in words"):
        state(refuted=" ")


def test_answers_do_not_change_the_claim_that_a_recording_proves():
    assert {*OUTCOMES, "answer_score"} == set(ANSWERS)
    plain, answered = read_claims((state(), state(supported="Yes", answer_score=SCORE)))
    assert plain.hash == answered.hash


def test_the_figures_of_a_pair_can_be_drawn(tiny_pair):
    with pytest.raises(DescriptionError, match=r"figures: wanted .* 'responses.png'"):
        dataclasses.replace(tiny_pair, figures="responses.png")
