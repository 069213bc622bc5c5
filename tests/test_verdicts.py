"""The committed table of verdicts is what the pairs say today.

Every pair is run again, shorter: two trials. A number may be off by what two samples of so many
trials may differ, three times the standard error; what is exact has to come out the same.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bioann as ba
from bioann.base.randomness import make_rng
from bioann.batch import atlas
from bioann.bio.engines import choice
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.within_ceiling import WithinCeiling
from bioann.comparison import verdict_table
from bioann.pair_files.find import names

ROOT = Path(__file__).parent.parent
PATH = ROOT / "reports/verdicts.csv"
TRIALS = 2
#: Every so many conditions are enough for those that repeat each with another sample of noise.
THINNED = {"decision": 4}
#: Half the width of a 95% interval is about two standard errors.
STANDARD = 1.96
HELD = pd.read_csv(
    PATH, keep_default_na=False, na_values={k: [""] for k in verdict_table.NUMBER_COLUMNS}
)


@pytest.fixture(autouse=True)
def several_runs(monkeypatch):
    """Programs of the pairs are those of the contract's tests, too."""
    monkeypatch.setattr(choice, "EXPECTED_RUNS", 5)


def short(pair, stimulus):
    """Run what the claims of a pair look at: no ceiling and no control that no rule asks for."""
    asked = {"trials": TRIALS, "seed": 1}
    run = pair.run(stimulus, controls=False, **asked)
    rules = [rule for claim in pair.claims for rule in verdict_table.iterate_rules(claim.rule)]
    columns = {getattr(rule, "column", "value") for rule in rules}
    asked["bin_width"] = pair.bin_width_quantity
    if any(isinstance(rule, Equivalent | WithinCeiling) for rule in rules) or "ceiling" in columns:
        again = asked | {"seed": int(make_rng(1, "again").integers(2**62))}
        run["ceiling"] = xr.DataTree(pair.bio.run(stimulus, **again))
    if "chance" in columns:
        shuffled = ba.model.shuffle_signs(pair.ann, 20, seed=1)
        parts = [
            one.run(stimulus, trials=TRIALS, seed=1, bin_width=asked["bin_width"])
            for one in shuffled
        ]
        run["chance"] = xr.DataTree(xr.concat(parts, dim="shuffle"))
    for name in {m.against for m in pair.metrics} & set(pair.controls):
        run[name] = xr.DataTree(pair.controls[name].run(stimulus, **asked))
    return run


def allowed(held, thinned):
    """How far a value of `TRIALS` trials of part of the conditions may lie from the table's."""
    error = (held.high - held.low) / 2 / STANDARD
    return 3 * error * np.sqrt(thinned * held.trials / TRIALS + 1)


def test_the_table_has_every_pair():
    assert set(HELD.pair) == set(names()), f"make atlas renews {PATH}"


@pytest.mark.parametrize("name", dict.fromkeys(HELD.pair))
def test_a_short_run_of_every_pair_comes_out_as_the_table_says(name):
    pair = ba.load(name)
    held = HELD[HELD.pair == name]
    assert [c.id for c in pair.claims] == list(dict.fromkeys(held.id)), f"make atlas renews {PATH}"
    every = THINNED.get(name, 1)
    stimulus = pair.stimulus.isel(condition=slice(None, None, every))
    found = verdict_table.verdict_table(ba.compare(short(pair, stimulus), pair=pair))
    assert list(found.part) == list(held.part), f"make atlas renews {PATH}"
    rules = [rule for claim in pair.claims for rule in verdict_table.iterate_rules(claim.rule)]
    for now, then, rule in zip(found.itertuples(), held.itertuples(), rules, strict=True):
        said = f"{then.id}, {then.part}: {now.outcome}, {now.value:.4g}; the table has {then}"
        off = abs(now.value - then.value)
        exact = np.isnan(then.low) or then.low == then.high
        rounded = 1e-3 * abs(then.value) + 1e-6  # the table has four digits
        close = rounded if exact else rounded + allowed(then, every)
        assert off <= close, said
        # What the short run cannot decide is not turned by it, and its ceiling is a wider one.
        weaker = ("depends", "supported") if isinstance(rule, WithinCeiling) else ("depends",)
        assert now.outcome in (then.outcome, *weaker) or then.outcome == "depends", said


def test_a_table_is_renewed_pair_by_pair(tmp_path):
    path = tmp_path / "verdicts.csv"

    def entry(pair, label, value):
        row = (label, "It is.", "nobody", pair, "supported", "x", "supported", value, value, np.nan)
        numbers = pd.DataFrame([(*row, "", 2)], columns=list(verdict_table.VERDICT_COLUMNS))
        return atlas.Entry(pair, (), None, numbers)

    both = [entry("late", "B10a", 1.0), entry("early", "A2a", 2.0)]
    verdict_table.update_verdicts(path, atlas.verdicts(both))
    one = [entry("late", "B10a", 3.0), atlas.failed("early", ValueError("a hole"))]
    verdict_table.update_verdicts(path, atlas.verdicts(one))
    kept = pd.read_csv(path)
    assert list(kept.id) == ["A2a", "B10a"]
    assert list(kept.value) == [2.0, 3.0]


@pytest.mark.parametrize(
    ("label", "part", "digits"),
    [("A1a", "monotone", 3), ("A1a", "weight ratio", 3), ("B12a", "turn in biology", 2),
     ("B12a", "turn in the ANN", 2)],
)  # fmt: skip
def test_the_front_page_has_the_numbers_of_the_table(label, part, digits):
    row = HELD[(HELD.id == label) & HELD.part.str.contains(part)].iloc[0]
    assert f"{row.value:.{digits}f}" in (ROOT / "README.md").read_text(encoding="utf-8")
