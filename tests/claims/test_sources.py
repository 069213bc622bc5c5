"""The source of a pair is that of its claims, unless it states another."""

import dataclasses

import pytest

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.claims import sources
from bioann.claims.sources import TITLES, Source, cite_source, describe_sources

RULE = ba.Score(ba.metrics.RMSE) <= 0.2


def claim_by(*sources):
    return ba.Claim(f"T{len(sources)}", "It is close.", sources, RULE)


def test_each_source_is_cited_once_in_the_order_of_the_claims():
    claims = (claim_by("Gaddum 1937", "Schild 1949"), claim_by("ours"), claim_by("Schild 1949"))
    assert describe_sources(claims) == "Gaddum 1937; Schild 1949"


def test_a_project_names_itself_only_where_nobody_else_claims_anything():
    assert describe_sources((claim_by("ours"),)) == "ours"
    assert describe_sources(()) == describe_sources((claim_by(),)) == ""


@pytest.mark.parametrize("source", TITLES)
def test_a_citation_has_the_title_and_the_name_by_which_claims_cite(source):
    citation = cite_source(source)
    assert citation.startswith(f"'{TITLES[source]}'")
    assert source.strip("'") in citation


def test_a_pair_takes_the_sources_of_its_claims_and_keeps_one_of_its_own(tiny_pair):
    claims = (claim_by("AI Stack Exchange 2023"),)
    derived = dataclasses.replace(tiny_pair, source="", claims=claims)
    assert derived.source == cite_source("AI Stack Exchange 2023")
    assert (
        dataclasses.replace(tiny_pair, source="Author 2020", claims=claims).source == "Author 2020"
    )


def test_a_source_states_claims_as_a_claim_states_its_source():
    answers = {"supported": "Yes", "answer_score": RULE.score}
    dale = Source("ours", "after Dale (1935)")
    claim = dale.claim("B2", "It is close.", RULE, **answers)
    detail = {"source_detail": "after Dale (1935)"}
    assert repr(claim) == repr(ba.Claim("B2", "It is close.", "ours", RULE, **answers, **detail))
    assert claim.source == "ours, after Dale (1935)"


def test_a_claim_without_rules_and_a_source_without_name_are_errors():
    with pytest.raises(DescriptionError, match="Claim 'T1': wanted a sentence and one or more rul"):
        sources.OURS.claim("T1", "It is close.")
    with pytest.raises(DescriptionError, match="Source: wanted its name in words"):
        Source(" ")


def test_the_documents_that_are_ready_to_use_have_titles():
    ready = [value for value in vars(sources).values() if isinstance(value, Source)]
    assert {source.name for source in ready} == {"ours", *TITLES}
