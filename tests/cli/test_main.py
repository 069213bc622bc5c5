import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.cli.main import main
from bioann.pair_files.find import list_pairs, list_studies, list_subjects
from tests.conftest import TINY

#: Pairs that are shown in every run of the suite.
QUICK = ("inverter", "weighted_sum", "dendrite")
#: A model that presses Ctrl-C in the middle of its simulation.
INTERRUPTING = """    import os, signal
    import brian2 as b2

    def build(inputs, rng):
        group = b2.NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0", name="out")
        press = b2.NetworkOperation(
            lambda t: os.kill(os.getpid(), signal.SIGINT) if t > 20*ms else None, name="press"
        )
        return b2.Network(group, press)

    bio = ba.BrianNetwork(build, populations={"out": 3}, channels=("in",))
    ann ="""


def invoke(*arguments, code=0):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def list_reports(folder):
    """Return the names of the files that a user sees: what `--resume` needs is hidden."""
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_what_others_wrote_cannot_steer_the_terminal(pair_file):
    question = "\\x1b[2JWhat\\nbioann: all claims supported\\u202e?"
    path = pair_file(("Does a test run?", question))
    lines = invoke("show", path).splitlines()
    assert lines[1] == "  Question: \N{REPLACEMENT CHARACTER}[2JWhat bioann: all claims supported?"


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)])
def test_every_command_has_help_with_an_example(command):
    said = invoke(*command, "--help")
    assert "Example:" in said
    assert f"  bioann {' '.join(command)}".rstrip() in said


def test_version():
    assert invoke("--version") == f"bioann, version {ba.__version__}\n"


def test_list_names_every_pair_and_study_with_its_first_line():
    *lines, total = invoke("list").splitlines()
    assert [line.split()[0] for line in lines] == list(list_subjects())
    assert total == f"{len(list_pairs())} pairs, {len(list_studies())} studies"
    assert "Inverter: " in lines[list(list_subjects()).index("inverter")]


def test_list_as_json():
    rows = json.loads(invoke("list", "--json"))
    assert [row["name"] for row in rows] == list(list_subjects())
    assert rows[0].keys() == {"name", "kind", "summary", "file"}
    assert [row["name"] for row in rows if row["kind"] == "study"] == list(list_studies())


@pytest.mark.parametrize("command", ["['list']", "['--help']"])
def test_what_should_answer_at_once_imports_nothing_slow(command):
    code = (
        f"import sys; from bioann.cli.main import main; main({command}, standalone_mode=False); "
        "sys.exit(bool({'brian2', 'numpy', 'xarray'} & set(sys.modules)))"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr


def test_show_tells_all_that_is_in_a_pair(pair_file):
    assert invoke("show", pair_file()) == (
        "tiny\n"
        "  Question: Does a test run?\n"
        "  Source: the tests\n"
        "\n"
        "Spiking model: spiking network\n"
        "  responses: out (3 neurons)\n"
        "  in (stimulus)  -> out  AMPA 2 nS x 5  +  glutamate on AMPA, E_rev 0 mV\n"
        "\n"
        "Rate model: rate network\n"
        "  responses: out\n"
        "  in (stimulus)  -> out  +1\n"
        "\n"
        "Correspondence\n"
        "  out corresponds to out; 100 Hz is activation 1\n"
        "\n"
        "Stimulus: 2 conditions of 0.3 s, time step 1 ms; responses are scored from 0.1 s on\n"
        "  in: activation from 0 to 0.5\n"
        "\n"
        "Claims\n"
        "  T1  More in, more out.\n"
        "      source: all\n"
        "      supported if sign agreement is at least 1.00\n"
    )


def test_show_reads_signed_sums_and_what_is_alone(pair_file):
    path = pair_file(
        ('ba.Match("out", "out")', 'ba.Match({"out": 1, "off": -1}, "out", name="net")'),
        ('ba.Population("out"', 'ba.Population("off", 2, "GABA"), ba.Population("out"'),
    )
    line = "  + 1 out \N{MINUS SIGN} 1 off corresponds to out (named net); 100 Hz is activation 1\n"
    assert line in invoke("show", path)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in list_pairs()],
)
def test_show_works_for_every_pair_that_ships(name):
    assert invoke("show", name).startswith(f"{name}\n  Question: ")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The arguments, the folder and the output of a run that writes all formats."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "tiny.py").write_text(TINY, encoding="utf-8")
    arguments = ("-m", "bioann.cli", "run", folder / "tiny.py", "--out")
    done = python(*arguments, folder / "out")
    assert done.returncode == 0, done.stderr
    return arguments, folder / "out", done.stdout


def test_run_writes_everything_and_says_what_it_found(written):
    _, out, said = written
    assert sorted(p.name for p in out.iterdir()) == [
        f"tiny.{f}" for f in ("csv", "html", "json", "nc", "pdf")
    ]
    assert (out / "tiny.html").read_text().startswith("<!DOCTYPE html>")
    assert (out / "tiny.pdf").read_bytes().startswith(b"%PDF")
    told = json.loads((out / "tiny.json").read_text())
    assert told["provenance"]["trials"] == 2
    assert told["provenance"]["wall_time_s"] > 0
    assert told["provenance"]["date"].endswith("+00:00")
    verdict = told["claims"][0]
    assert "tiny: Does a test run?\n" in said
    assert (
        f"  {verdict['outcome']:9}  T1  More in, more out.\n             {verdict['because']}"
        in said
    )
    for form in ("html", "pdf", "json", "csv", "nc"):
        assert str(out / f"tiny.{form}") in said
    assert said.splitlines()[-1].startswith("1 pair, 1 claim: ")


@pytest.mark.slow
def test_the_recording_of_a_run_can_be_compared_again(pair_file, tmp_path):
    path = pair_file()
    invoke("run", path, "--out", tmp_path, "--format", "nc,json", "--trials", 3, "--seed", 5)
    run = ba.open_recording(tmp_path / "tiny.nc")
    assert (run.attrs["trials"], run.attrs["seed"]) == (3, 5)
    scores = ba.compare(run, pair=ba.load(path)).scores
    told = json.loads((tmp_path / "tiny.json").read_text())["scores"]
    assert [row["value"] for row in told] == [None if v != v else v for v in scores.value]


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(written, tmp_path):
    arguments, one, _ = written
    other = tmp_path / "other"
    # Each in a process of its own, with a hash seed of its own.
    done = python(*arguments, other)
    assert done.returncode == 0, done.stderr
    for name in ("tiny.html", "tiny.pdf", "tiny.csv", "tiny.nc"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


@pytest.mark.slow
def test_several_pairs_get_an_index(pair_file, tmp_path):
    out = tmp_path / "out"
    two = pair_file(), pair_file(('"tiny"', '"other"'), name="other.py")
    said = invoke("run", *two, "--out", out, "--format", "html,json")
    page = (out / "index.html").read_text()
    assert all(f'href="{name}"' in page for name in ("tiny.html", "other.html", "tiny.json"))
    assert said.endswith(f"All reports: {out / 'index.html'}\n")
    assert "2 pairs, 2 claims: " in said


@pytest.mark.slow
def test_an_audit_tells_how_every_score_moves(pair_file, tmp_path):
    out = tmp_path / "out"
    invoke("run", pair_file(), "--trials", "2", "--out", out, "--format", "json,html", "--audit")
    told = json.loads((out / "tiny.json").read_text())
    assert told["provenance"]["command"].endswith("--audit")
    scored = {(s["match"], s["metric"], s["detail"]): s["value"] for s in told["scores"]}
    for row in told["audit"]:
        value = scored[row["match"], row["metric"], row["detail"]]
        assert row["value"] == value
        if row["move"] is not None:
            assert row["move"] == pytest.approx(row["halved"] - value, abs=1e-12)
    assert any(row["move"] for row in told["audit"]), "half a step changes something"
    assert "at half its time step" in (out / "tiny.html").read_text()


def test_no_index_without_html(pair_file, tmp_path):
    two = pair_file(), pair_file(('"tiny"', '"other"'), name="other.py")
    invoke("run", *two, "--out", tmp_path / "out", "--format", "json")
    assert list_reports(tmp_path / "out") == ["other.json", "tiny.json"]


@pytest.mark.slow
def test_a_pair_without_claims_is_reported_too(pair_file, tmp_path):
    without = 'claims=(ba.Claim("T1"', 'claims=()and(ba.Claim("T1"'
    one = pair_file(without)
    two = pair_file(without, ('"tiny"', '"other"'), name="other.py")
    said = invoke("run", one, two, "--out", tmp_path / "out", "--format", "html")
    assert "no claims" in said
    assert "no claim" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.slow
def test_verdicts_do_not_change_the_exit_code(pair_file, tmp_path):
    path = pair_file(
        ("ba.Score(ba.metrics.SIGN_AGREEMENT) >= 1", "ba.Score(ba.metrics.SIGN_AGREEMENT) <= -1")
    )
    said = invoke("run", path, "--out", tmp_path, "--format", "html", "--figures", "svg")
    assert "refuted" in said
    page, files = (tmp_path / "tiny.html").read_text(), list((tmp_path / "tiny_figures").iterdir())
    assert {path.suffix for path in files} == {".svg", ".csv"}
    assert all(f'href="tiny_figures/{path.name}"' in page for path in files)


def test_reports_that_were_written_stay_when_a_later_pair_fails(pair_file, tmp_path):
    out = tmp_path / "out"
    bad = pair_file(('"tiny"', '"bad"'), ("[0.0, 0.5]", "[0.0, -0.5]"), name="bad.py")
    invoke("run", pair_file(), bad, "--out", out, "--format", "json", code=1)
    assert list_reports(out) == ["tiny.json"]


def test_check_names_every_check(pair_file):
    path = pair_file()
    said = invoke("check", path).splitlines()
    assert len(said) == 12
    assert all(line.startswith("ok      ") for line in said[:-1])
    assert said[-1] == f"{path}: all requirements met"


def test_check_fails_loudly(pair_file):
    path = pair_file(('question="Does a test run?"', 'question=""'))
    said = invoke("check", path, code=1)
    assert (
        "FAILED  question and source are there\n"
        "        Pair 'tiny', question: wanted one sentence, got nothing. "
        "Write Pair(..., question='Does ...?').\n"
    ) in said
    assert said.endswith(f"{path}: 1 FAILED\n")


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(pair_file, tmp_path):
    out = tmp_path / "out"
    path = pair_file(("    ann =", INTERRUPTING))
    done = python("-m", "bioann.cli", "run", path, "--out", out)
    assert done.returncode == 130
    assert done.stdout == ""
    assert done.stderr == "\nInterrupted; no incomplete file was written.\n"
    assert not out.exists()


def test_an_error_of_our_own_making_is_no_traceback_either(monkeypatch):
    def broken():
        raise RuntimeError("out of order")

    monkeypatch.setattr("bioann.pair_files.find.list_pairs", broken)
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: bioann: wanted to finish 'list', got RuntimeError: out of order. This is a bug in "
        "bioann: please report the output of 'bioann --traceback list ...'.\n"
    )
    shown = CliRunner().invoke(main, ["--traceback", "list"])
    assert shown.exit_code == 1
    assert 'raise RuntimeError("out of order")' in shown.stderr


@pytest.mark.slow
def test_brian2_keeps_quiet_about_errors(pair_file):
    done = python("-m", "bioann.cli", "run", pair_file(("2 * nS", "-2 * nS")))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: pair file ")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m bioann.cli list | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_terminal_without_a_minus_sign_is_served(pair_file):
    path = pair_file(("[[1.0]]", "[[-1.0]]"))
    western = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = python("-m", "bioann.cli", "show", path, env=western)
    assert done.returncode == 0, done.stderr
    assert "in (stimulus)  -> out  ?1\n" in done.stdout


def test_show_lists_the_address_value_and_range_of_every_parameter(pair_file):
    lines = invoke("show", pair_file(), "--parameters").splitlines()
    assert "afferent in -> out, weight: 2 nS (>= 0 nS)" in lines
    assert "unit out, weight from channel in: 1" in lines


def test_show_tells_what_a_pair_varies_and_what_that_costs(pair_file):
    path = pair_file(
        (
            "        trials=2,",
            '        trials=2, vary=ba.vary("unit out, bias", [0, 1]),',
        )
    )
    assert "Varied: unit out, bias, 2 values, 2 trials of each condition at each" in invoke(
        "show", path
    )
