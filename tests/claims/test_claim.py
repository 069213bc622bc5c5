import pytest

from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.claims.claim import OUTCOMES, Claim, judge_claim
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.score import Score
from bioann.metrics.agreement import BIAS, GAIN
from bioann.metrics.metric import Metric
from tests.claims.evidence import make_evidence, score_row

TYPO = Metric("gian", max)

ROW = score_row(1.0, 0.9, 1.1)


def claim(rule):
    return Claim("A1", "A negative weight is an inhibitory synapse.", "somebody", rule)


@pytest.mark.parametrize(
    ("bound", "outcome"), [(0.5, "supported"), (1, "undecided"), (2, "refuted")]
)
def test_a_verdict_follows_from_the_rule(bound, outcome):
    verdict = judge_claim(claim(Score(GAIN) >= bound), make_evidence(ROW))
    assert verdict.outcome == outcome
    assert verdict.outcome in OUTCOMES
    assert verdict.because.startswith("gain: 1.0")
    assert verdict.claim.id == "A1"


def test_a_rule_that_names_no_score_names_its_claim():
    with pytest.raises(UnknownNameError, match=r"Claim 'A1', score .*name of a metric, got 'gian'"):
        judge_claim(claim(Score(TYPO) >= 1), make_evidence(ROW))


def test_a_rule_that_names_two_scores_names_its_claim():
    with pytest.raises(DescriptionError, match=r"Claim 'A1', score 'gain': wanted one row"):
        judge_claim(claim(Score(GAIN) >= 1), make_evidence(ROW, ROW))


@pytest.mark.parametrize(
    ("sentence", "rules"), [("", (Score(GAIN) >= 1,)), ("So.", ()), ("So.", ("gain > 1",))]
)
def test_a_claim_has_a_sentence_and_a_rule(sentence, rules):
    with pytest.raises(DescriptionError, match="Claim 'A1': wanted a sentence and one or more"):
        Claim("A1", sentence, "", *rules)


def test_all_rules_of_a_claim_have_to_hold():
    rules = (Score(GAIN) >= 0.5, Score(BIAS) >= 0.5)
    assert Claim("A1", "So.", "", *rules).rule == AllOf(rules)
    assert Claim("A1", "So.", "", rules[0]).rule == rules[0]
