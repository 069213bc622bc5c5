"""``bioann run --decide`` and ``bioann plan``."""

import json

import pytest
from click.testing import CliRunner

from bioann.cli.decide_options import DEFAULT_MAX_TRIALS
from bioann.cli.main import main
from bioann.comparison.looks import MAX_TRIALS

#: The tiny pair with claims that are clear, undecided, and of two parts.
CLAIMS = (
    'claims=(ba.Claim("T1", "More in, more out.", "all",\n'
    "                         ba.Score(ba.metrics.SIGN_AGREEMENT) >= 1),),",
    "margin=ba.Margin(20 * Hz, 'the test'),\n"
    'claims=(ba.Claim("T1", "Small.", "all", ba.Score(ba.metrics.BIAS).between(-9, 9)),\n'
    '        ba.Claim("T2", "Same.", "all", ba.rules.Equivalent(),\n'
    "                 ba.Score(ba.metrics.BIAS) <= 9)),",
)
HZ = ("from brian2 import ms, nS", "from brian2 import Hz, ms, nS")


def invoke(*arguments, code=0):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_the_default_is_that_of_python():
    assert DEFAULT_MAX_TRIALS == MAX_TRIALS


def test_run_decides(pair_file, tmp_path):
    options = ("--decide", "--max-trials", 10, "--engine", "numpy", "--format", "json,nc")
    output = invoke("run", pair_file(HZ, CLAIMS), *options, "--out", tmp_path)
    document = json.loads((tmp_path / "tiny.json").read_text())
    trials = document["provenance"]["trials"]
    look, level = {5: (1, "97.5 %"), 10: (2, "97.5 %")}[trials]
    undecided = sum(claim["outcome"] == "undecided" for claim in document["claims"])
    end = "1 claim undecided" if undecided else "decided"
    assert f"  {end} after {trials} trials at look {look} of 2; intervals at {level}\n" in output
    assert "  supported  T1  Small.\n" in output
    assert document["flags"][0].startswith("Sequential decision, with looks at 5 and 10 trials:")
    assert document["provenance"]["command"] == (
        "bioann run tiny --decide --max-trials 10 --seed 1 --engine numpy"
    )
    assert document["effective_weights"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--max-trials", 20),
            "--max-trials: wanted --decide as well, which adds trials up to that number, got no "
            "--decide. Add --decide, or write --trials for a fixed number.",
        ),
        (
            ("--decide", "--trials", 20),
            "--decide: wanted the most trials only: it chooses trials and wirings itself, got "
            "--trials 20. Leave out --trials, and state --max-trials.",
        ),
        (
            ("--decide", "--max-trials", 4),
            "decide, max_trials: wanted a whole number, at least the 5 trials of the first look, "
            "got 4. With fewer trials, intervals do not cover what they claim: allow 5 or more.",
        ),
    ],
)
def test_options_that_do_not_go_together(pair_file, tmp_path, options, message):
    output = invoke("run", pair_file(), *options, "--out", tmp_path, code=1)
    assert output.splitlines()[-1] == f"Error: {message}"


def test_decide_without_claims(pair_file, tmp_path):
    path = pair_file((CLAIMS[0], ""))
    output = invoke("run", path, "--decide", "--out", tmp_path, code=1)
    assert "Error: decide, Pair 'tiny': wanted a pair with claims, got one without." in output
    assert "Error: plan, Pair 'tiny': wanted a pair with claims" in invoke("plan", path, code=1)


@pytest.mark.slow
def test_plan_prints_a_table(pair_file):
    output = invoke("plan", pair_file(HZ, CLAIMS), "--trials", 6, "--engine", "numpy")
    lines = output.splitlines()
    assert lines[:2] == [
        "tiny: pilot run of 6 trials with seed 20000",
        "  a run without --trials has 2 trials",
    ]
    assert lines[3].split("  ")[1:2] == ["response"]
    assert " of the spread" in lines[4]
    heading = next(line for line in lines if line.startswith("  claim"))
    assert heading.split() == ["claim", "needed", "value", "rule"]
    small = next(line for line in lines if line.startswith("  T1"))
    assert " trials " in small
    assert " supported " in small
    assert next(line for line in lines if line.startswith("  T2")).endswith("all 2 parts")
    assert "(identical: " in output
    assert "T1" not in invoke("plan", pair_file(HZ, CLAIMS), "--trials", 6, "--claims", "T2")


def test_plan_refuses_an_unknown_claim_before_it_runs(pair_file):
    output = invoke("plan", pair_file(), "--claims", "T9", code=1)
    assert (
        output
        == "Error: plan, Pair 'tiny': wanted the name of a claim, got 'T9'. "
        + output[output.index("Did") if "Did" in output else output.index("Choose") :]
    )
