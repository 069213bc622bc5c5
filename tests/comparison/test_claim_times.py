"""A comparison says which claims were stated after the run, as the recording proves it."""

import dataclasses
import json

import pytest

import bioann as ba
from bioann.comparison.as_json import to_json
from bioann.reporting.html import render_html
from bioann.reporting.sections import make_document

PROOF = "The claims and their rules were written before the run: it recorded their hashes."


def with_claims(comparison, *claims):
    pair = dataclasses.replace(comparison.pair, claims=claims)
    return ba.compare(comparison.run, pair=pair)


def test_claims_of_a_run_were_stated_before_it(tiny_comparison):
    again = ba.compare(tiny_comparison.run.recording, pair=tiny_comparison.pair)
    assert again.claim_times == ("before the run",)
    assert again.claims_after_run == ()
    assert again.has_proven_claims


def test_a_claim_that_was_added_or_changed_is_reported(tiny_comparison):
    (claim,) = tiny_comparison.pair.claims
    gain = ba.Score(ba.metrics.GAIN)
    new = ba.Claim("T2", "The gain is one.", "us", gain.between(0.5, 2))
    changes = {
        "sentence": "More in, less out.",
        "source": "some",
        "rules": (gain >= 0,),
        "id": "T3",
    }
    for name, value in changes.items():
        names = ("id", "sentence", "source", "rules")
        fields = {field: getattr(claim, field) for field in names} | {name: value}
        rules = fields.pop("rules")
        comparison = with_claims(tiny_comparison, ba.Claim(*fields.values(), *rules), new)
        assert comparison.claim_times == ("after the run", "after the run")
        assert comparison.claims_after_run == (fields["id"], "T2")
    comparison = with_claims(tiny_comparison, claim, new)
    assert comparison.claim_times == ("before the run", "after the run")
    assert "Stated after the run, or changed since: T2." in comparison.flags
    assert [c["stated"] for c in json.loads(to_json(comparison))["claims"]] == [
        "before the run",
        "after the run",
    ]
    assert not comparison.has_proven_claims


def make_measure(bound):
    def compute_share(response, stimulus):
        return (response > bound).mean("condition")

    return ba.measure(compute_share, "share")


def test_the_code_of_a_measure_belongs_to_its_claim(tiny_pair):
    def make_pair(bound):
        claim = ba.Claim("M", "Half.", "us", make_measure(bound).of("ann") >= 0.5)
        return dataclasses.replace(tiny_pair, claims=(claim,))

    run = make_pair(0.1).run(trials=1, seed=1, engine="numpy", controls=False)
    assert ba.compare(run, pair=make_pair(0.1)).claims_after_run == ()
    assert ba.compare(run, pair=make_pair(0.2)).claims_after_run == ("M",)


def test_nothing_is_claimed_of_a_recording_without_hashes(tiny_comparison):
    recording = tiny_comparison.run.recording.copy()
    recording.attrs = {
        k: v for k, v in recording.attrs.items() if k not in ("claims", "pair_content")
    }
    comparison = ba.compare(recording, pair=tiny_comparison.pair)
    assert comparison.claim_times == ("unknown",)
    assert comparison.claims_after_run == ()
    assert not comparison.has_proven_claims
    assert any("does not identify its pair" in flag for flag in comparison.flags)


@pytest.mark.slow
@pytest.mark.parametrize("is_late", [False, True])
def test_a_report_says_when_its_claims_were_stated(tiny_comparison, is_late):
    comparison = tiny_comparison
    if is_late:
        rule = ba.Score(ba.metrics.GAIN) >= 0
        comparison = with_claims(
            comparison, *comparison.pair.claims, ba.Claim("T2", "So.", "us", rule)
        )
    page = render_html(make_document(comparison))
    assert (PROOF in page) != is_late
    assert ("So. [stated after the run]" in page) == is_late
