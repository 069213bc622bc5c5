"""The committed table of verdicts is what the pairs say today.

Pairs are run again, shorter: two trials; one in three in ``make test``, all of them in ``make
atlas-check``. A number may be off by what two samples of so many
trials may differ, three times the standard error; what is exact has to come out the same. Two
trials have no interval: the outcome is decided again from the interval of the table, by the rule
as the pair states it today.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.batch import atlas, atlas_entries
from bioann.batch.atlas_entries import ATLAS
from bioann.bio.engines import cost
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import Evidence
from bioann.comparison import verdict_table
from bioann.comparison.scores import find_margins
from bioann.pair_files.find import list_pairs, list_studies, list_subjects

ROOT = Path(__file__).parent.parent
PATH = ROOT / "reports/verdicts.csv"
TRIALS = 2
#: Share of the pairs that are run again whenever tests run; the others are as slow together.
ONE_IN = 3
#: Half the width of a 95% interval is about two standard errors.
Z_95 = 1.96
TABLE = pd.read_csv(
    PATH, keep_default_na=False, na_values={k: [""] for k in verdict_table.NUMBER_COLUMNS}
)


@pytest.fixture(autouse=True)
def several_runs(monkeypatch):
    """Programs of the pairs are those of the contract's tests, too."""
    monkeypatch.setattr(cost, "EXPECTED_RUNS", 5)


def run_shortened(pair):
    """Run what the claims of a pair look at: no ceiling and no control that no rule asks for."""
    options = {"trials": TRIALS, "seed": 1}
    stimulus = pair.stimulus
    run = pair.run(controls=False, **options)
    rules = [part for claim in pair.claims for part in claim.rule.single_rules]
    columns = {score.column for rule in rules for score in rule.scores}
    options["bin_width"] = pair.bin_width_quantity
    if any(isinstance(rule, Equivalent) for rule in rules) or "ceiling" in columns:
        ceiling_options = options | {"seed": int(make_rng(1, "again").integers(2**62))}
        if ba.model.has_drawn_wiring(pair.bio):
            ceiling_options["wirings"] = TRIALS
        run.recording["ceiling"] = xr.DataTree(pair.bio.run(stimulus, **ceiling_options))
    if "chance" in columns:
        networks = ba.model.shuffle_signs(pair.ann, 20, seed=1)
        recordings = [
            network.run(stimulus, trials=TRIALS, seed=1, bin_width=options["bin_width"])
            for network in networks
        ]
        run.recording["chance"] = xr.DataTree(xr.concat(recordings, dim="shuffle"))
    for name in {name for m in pair.all_metrics for name in m.models} & set(pair.controls):
        run.recording[name] = xr.DataTree(pair.controls[name].run(stimulus, **options))
    return run


def compute_tolerance(row):
    """How far a value of `TRIALS` trials may lie from the table's."""
    error = (row.high - row.low) / 2 / Z_95
    return 3 * error * np.sqrt(row.trials / TRIALS + 1)


def compute_study_table(name, path):
    """Run a study as the atlas does: for tests JAX is compiled to round training differently."""
    code = (
        "import sys, bioann as ba; from bioann.comparison.verdict_table import verdict_table;"
        "verdict_table(ba.run_study(ba.load_study(sys.argv[1]))).to_csv(sys.argv[2])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "XLA_FLAGS"}
    command = [sys.executable, "-c", code, name, str(path)]
    subprocess.run(command, check=True, env=environment)
    return pd.read_csv(path, keep_default_na=False, na_values={"value": [""]})


def test_the_table_has_every_pair_and_study():
    assert set(TABLE.pair) == {*list_subjects(), ATLAS}, f"make atlas renews {PATH}"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (k % ONE_IN != 0))
        for k, name in enumerate(n for n in dict.fromkeys(TABLE.pair) if n in list_pairs())
    ],
)
def test_a_short_run_of_a_pair_comes_out_as_the_table_says(name):
    pair = ba.load(name)
    rows = TABLE[TABLE.pair == name]
    assert [c.id for c in pair.claims] == list(dict.fromkeys(rows.id)), f"make atlas renews {PATH}"
    table = verdict_table.verdict_table(ba.compare(run_shortened(pair)))
    assert list(table.part) == list(rows.part), f"make atlas renews {PATH}"
    rules = [part for claim in pair.claims for part in claim.rule.single_rules]
    evidence = Evidence(table, find_margins(pair))
    for current, stored, rule in zip(table.itertuples(), rows.itertuples(), rules, strict=True):
        result = f"{current.outcome}, {current.value:.4g}"
        message = f"{stored.id}, {stored.part}: {result}; the table has {stored}"
        difference = abs(current.value - stored.value)
        is_exact = stored.sampled == "exact"
        rounding = 1e-3 * abs(stored.value) + 1e-6  # the table has four digits
        tolerance = rounding if is_exact else rounding + compute_tolerance(stored)
        assert difference <= tolerance, message
        decided = rule.decide(stored.low, stored.high, evidence)
        assert decided == stored.outcome, message
        if is_exact:
            assert current.outcome == stored.outcome, message


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name != "activation_table"))
        for name in list_studies()
        if name in set(TABLE.pair)
    ],
)
def test_a_study_comes_out_as_the_table_says(name, tmp_path):
    table = compute_study_table(name, tmp_path / "table.csv")
    rows = TABLE[TABLE.pair == name]
    assert list(table.part) == list(rows.part), f"make atlas renews {PATH}"
    assert list(table.outcome) == list(rows.outcome)
    # The same seeds: the table has four digits, and training rounds in its own way elsewhere.
    np.testing.assert_allclose(table.value, rows.value, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("label", dict.fromkeys(TABLE.id))
def test_the_verdict_of_a_claim_follows_from_its_parts(label):
    parts = TABLE[TABLE.id == label]
    outcomes, n = set(parts.outcome), len(parts)
    fails = ((parts.outcome == "refuted") & (parts.p_value <= 0.05 / n)).any()
    expected = "refuted" if fails else "undecided"
    if not fails and outcomes <= {"supported", "depends"}:
        expected = "supported" if outcomes == {"supported"} else "depends"
    assert set(parts.verdict) == {expected}


def test_a_table_is_renewed_pair_by_pair(tmp_path):
    path = tmp_path / "verdicts.csv"

    def make_entry(pair, label, value):
        row = (label, "It is.", "nobody", pair, "supported", "x", "supported", value, value, np.nan)
        sample = ("", 2, "trials", 0.01, 0.01, 0.01, 2)
        numbers = pd.DataFrame([(*row, *sample)], columns=list(verdict_table.VERDICT_COLUMNS))
        return atlas.AtlasEntry(pair, (), None, numbers)

    entries = [make_entry("late", "B10a", 1.0), make_entry("early", "A2a", 2.0)]
    verdict_table.update_verdicts(path, atlas_entries.concatenate_verdicts(entries))
    renewed = [
        make_entry("late", "B10a", 3.0),
        atlas.make_failed_entry("early", ValueError("a hole")),
    ]
    verdict_table.update_verdicts(path, atlas_entries.concatenate_verdicts(renewed))
    table = pd.read_csv(path)
    assert list(table.id) == ["A2a", "B10a"]
    assert list(table.value) == [2.0, 3.0]


@pytest.mark.parametrize(
    ("label", "part", "digits"),
    [("A1a", "monotone", 3), ("A1a", "inhibitory over excitatory", 3), ("B12a", "spiking model", 2),
     ("B12a", "rate model", 2)],
)  # fmt: skip
def test_the_front_page_has_the_numbers_of_the_table(label, part, digits):
    row = TABLE[(TABLE.id == label) & TABLE.part.str.contains(part)].iloc[0]
    assert f"{row.value:.{digits}f}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_front_page_counts_the_verdicts_of_the_table():
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    verdicts = TABLE.drop_duplicates("id").verdict.value_counts()
    assert f"Of {verdicts.sum()} claims" in text
    words = {"depends": "true up to a boundary"}
    for outcome, count in verdicts.items():
        assert f"{count} {'are ' * (outcome == 'supported')}{words.get(outcome, outcome)}" in text
    share = TABLE[TABLE.id == "E24"].iloc[0]
    interval = f"{100 * share.value:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]"
    assert interval in text
