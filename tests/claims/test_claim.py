import pandas as pd
import pytest

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.claims.claim import OUTCOMES, Claim, judge_claim
from bioann.claims.rules.all_of import at_least
from bioann.comparison.scores import SCORE_COLUMNS

SCORES = pd.DataFrame(
    [("y", "gain", "", 1.0, 0.9, 1.1, *[float("nan")] * 4, 1.0, "", "")] * 2,
    columns=list(SCORE_COLUMNS),
)
NONE = pd.DataFrame()


def claim(rule):
    return Claim("A1", "A negative weight is an inhibitory synapse.", "somebody", rule)


@pytest.mark.parametrize(("bound", "outcome"), [(0.5, "supported"), (1, "depends"), (2, "refuted")])
def test_a_verdict_follows_from_the_rule(bound, outcome):
    verdict = judge_claim(claim(at_least("gain", bound)), SCORES[:1], NONE)
    assert verdict.outcome == outcome
    assert verdict.outcome in OUTCOMES
    assert verdict.because.startswith("gain is 1.0")
    assert verdict.claim.id == "A1"


def test_a_rule_that_names_no_score_names_its_claim():
    with pytest.raises(UnknownNameError, match=r"Claim 'A1', rule .*name of a metric, got 'gian'"):
        judge_claim(claim(at_least("gian", 1)), SCORES[:1], NONE)


def test_a_rule_that_names_two_scores_names_its_claim():
    with pytest.raises(DescriptionError, match=r"Claim 'A1', rule .*wanted one score named 'gain'"):
        judge_claim(claim(at_least("gain", 1)), SCORES, NONE)


@pytest.mark.parametrize("wrong", [{"sentence": ""}, {"rule": "gain > 1"}, {"rule": None}])
def test_a_claim_has_a_sentence_and_a_rule(wrong):
    parts = {"id": "A1", "sentence": "So.", "source": "", "rule": at_least("gain", 1)} | wrong
    with pytest.raises(DescriptionError, match="Claim 'A1': wanted a sentence and a rule"):
        Claim(**parts)
