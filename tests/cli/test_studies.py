"""Commands with studies: alone, as a file, beside pairs, and where a pair is needed."""

import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.cli.main import main
from bioann.studies.cache import clear_studies


def test_the_commands_treat_a_study_as_a_pair(study_file, tmp_path):
    path, out = study_file(), tmp_path / "out"

    def call(*arguments):
        result = CliRunner().invoke(main, [*map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "T1  It is small." in call("show", path)
    assert "all requirements met" in call("check", path)
    assert "5 seeds, 0 from the cache" in call("run", path, "--out", out)
    assert "6 seeds, 5 from the cache" in call("run", path, "--out", out, "--trials", 6)
    assert "0 from the cache" in call("run", path, "--out", out, "--recompute", "--figures", "svg")
    names = {file.name for file in out.iterdir()}
    assert {f"tiny.{kind}" for kind in ("html", "pdf", "json", "csv", "nc")} <= names
    assert (out / "tiny_figures" / "study_curves.svg").exists()
    stored = ba.batch.read_comparison(out / "tiny.json")
    assert stored.claims.outcome.tolist() == ["supported"]
    page = (out / "tiny.html").read_text()
    assert "0 of 5 seeds" in page
    assert "1000 to 1004" in page


def call_command(*arguments, exit_code=0):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == exit_code, result.output
    return result.output


def test_pairs_and_studies_are_counted_apart(study_file, pair_file, tmp_path):
    study, pair, out = study_file(), pair_file(('"tiny"', '"small"'), name="small.py"), tmp_path
    printed = call_command("run", study, pair, "--out", out, "--format", "json", "--trials", 5)
    assert "\n1 pair, 1 study, 2 claims: " in printed
    printed = call_command("run", study, "--out", out, "--format", "json")
    assert "\n1 study, 1 claim: " in printed
    printed = call_command("run", study, "--out", out, "--format", "json", "--audit")
    assert "note: --audit: no effect on studies" in printed


def test_the_cache_lists_and_removes_the_data_of_studies(study_file, tmp_path):
    clear_studies()
    call_command("run", study_file(), "--out", tmp_path, "--format", "json")
    *_, row, total = call_command("cache").splitlines()
    assert row.startswith("5 seeds ")
    assert row.endswith("  tiny")
    assert total.startswith("1 study, 0.0 MB, in ")
    assert "data of 5 seeds removed from " in call_command("cache", "--clear")
    assert "no studies, 0.0 MB, in " in call_command("cache")


def test_data_by_other_code_of_a_helper_are_replaced_and_the_report_says_so(study_file, tmp_path):
    helper = tmp_path / "tiny_helper.py"
    path = study_file(
        ("import bioann as ba\n", f"import sys\n\nsys.path.insert(0, {str(tmp_path)!r})\n\n"
         "import bioann as ba\nfrom tiny_helper import shift\n"),
        (".normal(size=2)", ".normal(size=2) + shift()"),
    )  # fmt: skip
    options = ("run", path, "--out", tmp_path, "--format", "json,html")
    clear_studies("tiny")
    helper.write_text("def shift():\n    return 1\n")
    assert "5 seeds, 0 from the cache; " in call_command(*options)
    assert "5 seeds, 5 from the cache; " in call_command(*options)
    del sys.modules["tiny_helper"]
    helper.write_text("def shift():\n    return 0.25\n")
    expected = "5 seeds, 0 from the cache, which had 5 computed by other code or versions; "
    assert expected in call_command(*options)
    assert "5 computed by other code or versions" in (tmp_path / "tiny.html").read_text()
    del sys.modules["tiny_helper"]
    sys.path.remove(str(tmp_path))


@pytest.mark.slow
def test_a_study_whose_process_is_killed_goes_on_where_it_stopped(study_file, tmp_path):
    clear_studies("tiny")
    path = study_file(
        ("def draw(seed):", "def draw(seed):\n    import os, signal\n\n"
         "    if seed == 1003 and os.environ.get('KILL_TEST'):\n"
         "        os.kill(os.getpid(), signal.SIGKILL)\n"),
    )  # fmt: skip
    command = [sys.executable, "-m", "bioann.cli", "run", str(path), "--out", str(tmp_path)]
    done = subprocess.run(command, env=os.environ | {"KILL_TEST": "1"}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "tiny.json").exists()
    printed = call_command("run", path, "--out", tmp_path, "--format", "json")
    assert "5 seeds, 3 from the cache; " in printed


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("plan",), "wanted a pair, got a study, which has neither models nor trials. Use bio"),
        (("translate", "--to", "ann", "--out", "x.py"), "wanted a pair, got a study"),
        (("run", "--trials", "3"), "wanted at least 5 and at most 1000 seeds"),
    ],
)
def test_a_command_that_needs_something_else_says_what(study_file, command, message):
    assert message in call_command(*command, study_file(), exit_code=1)


def test_files_of_studies_are_compared_by_their_json(study_file, tmp_path):
    path = study_file()
    call_command("run", path, "--out", tmp_path, "--format", "json,nc")
    files = tmp_path / "tiny.json", tmp_path / "tiny.nc"
    assert "0 of 1 verdicts turned" in call_command("diff", files[0], files[0])
    assert "got data of a study. Compare its .json" in call_command(
        "diff", files[1], files[1], exit_code=2
    )
    printed = call_command("run", path, path, "--out", tmp_path, exit_code=1)
    assert "study 'tiny': wanted one study of that name" in printed


def test_a_new_study_may_not_have_the_name_of_a_pair(tmp_path):
    printed = call_command("new", "inverter", "--study", "--dir", tmp_path, exit_code=1)
    assert "wanted a name that no pair has" in printed
    assert not (tmp_path / "inverter.py").exists()
