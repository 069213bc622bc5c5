"""What a study computes, keeps and computes again."""

import dataclasses

import pytest
import xarray as xr

import bioann as ba
from bioann.studies import cache, run
from bioann.studies.cache import clear_studies, find_entry, hash_source, make_study_key

from .conftest import Settings, draw_noise


@pytest.fixture(autouse=True)
def empty_cache():
    clear_studies("noise")


def test_data_from_the_cache_are_those_that_were_computed(make_study):
    study = make_study()
    first, second = ba.run_study(study), ba.run_study(study)
    assert (first.dataset.attrs["n_cached"], second.dataset.attrs["n_cached"]) == (0, 6)
    xr.testing.assert_identical(first.dataset.drop_attrs(), second.dataset.drop_attrs())
    assert first.dataset.attrs["study_hash"] == second.dataset.attrs["study_hash"]
    assert second.scores.equals(first.scores)


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(make_study):
    def interrupt(seed):
        if seed == 1003:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ba.run_study(make_study(), report_seed=interrupt)
    numbers = []
    ba.run_study(make_study(), report_seed=numbers.append)
    assert numbers == [1003, 1004, 1005]
    ba.run_study(make_study(), seeds=7, report_seed=numbers.append)
    assert numbers[3:] == [1006]


def test_other_code_settings_or_seeds_are_computed_anew(make_study):
    ba.run_study(make_study())

    def draw_twice_the_noise(seed, settings):
        return 2 * draw_noise(seed, settings)

    changed = ba.run_study(make_study(compute=draw_twice_the_noise))
    assert changed.dataset.attrs["n_cached"] == 0
    assert ba.run_study(make_study(), seed=2).dataset.attrs["n_cached"] == 0
    assert ba.run_study(make_study(Settings(2.0))).dataset.attrs["n_cached"] == 0


def test_another_source_of_bioann_or_version_is_another_key(make_study, monkeypatch):
    key = make_study_key(make_study())
    other = dataclasses.replace(key, versions=dict(key.versions) | {"numpy": "0.1"})
    assert other.hash != key.hash
    before = key.hash
    assert hash_source() == hash_source()
    monkeypatch.setattr(cache, "hash_source", lambda: "other source")
    assert key.hash != before


def test_a_damaged_entry_is_computed_anew(make_study):
    study = make_study()
    first = ba.run_study(study)
    path = find_entry(study, 1000)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(bytes(content))
    again = ba.run_study(study)
    assert again.dataset.attrs["n_cached"] == 5
    xr.testing.assert_identical(first.dataset.drop_attrs(), again.dataset.drop_attrs())


def test_code_that_cannot_be_read_is_never_cached_and_the_report_says_so(make_study, monkeypatch):
    key = make_study_key(make_study())
    content = dataclasses.replace(key.content, unhashed=("compute (opaque)",))
    opaque = dataclasses.replace(key, content=content)
    monkeypatch.setattr(run, "make_study_key", lambda study: opaque)
    for _ in range(2):
        result = ba.run_study(make_study())
        assert result.dataset.attrs["n_cached"] == 0
        assert "Code that cannot be read" in result.flags[0]


def test_a_claim_that_was_stated_after_the_data_is_marked(make_study):
    study = make_study()
    assert ba.run_study(study).claim_times == ("before the run",)
    (claim,) = study.claims
    late = ba.Claim("N2", "It is.", "the tests", *claim.rules)
    result = ba.run_study(dataclasses.replace(study, claims=(claim, late)))
    assert result.claim_times == ("before the run", "after the run")
    assert "Stated after the data were computed: N2." in result.flags[0]
    anew = ba.run_study(dataclasses.replace(study, claims=(claim, late)), cached=False)
    assert anew.has_proven_claims
    assert anew.flags == ()


def test_a_study_without_randomness_is_exact_and_computed_once():
    calls = []

    def compute_square():
        calls.append(1)
        return xr.Dataset({"square": ("x", [1.0, 4.0])}, {"x": [1.0, 2.0]})

    square = ba.measure(lambda data: data.square, "square")
    study = ba.Study(
        "squares",
        compute_square,
        {"square": ("x",)},
        coordinates={"x": (1.0, 2.0)},
        claims=(ba.Claim("Q1", "2 x 2 = 4.", "the tests", square.at(x=2.0).between(4.0, 4.0)),),
    )
    result = ba.run_study(study, cached=False)
    assert result.claims[0].outcome == "supported"
    assert result.claims[0].judgement.p_value == 0
    assert list(result.scores.sampled) == ["exact", "exact"]
    assert result.repetitions == 0
    assert len(calls) == 1
