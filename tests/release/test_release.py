"""The release checks fail when they should: with a runner that installs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release import __main__ as release, archives, installed
from tests.release.checks import (
    CheckFailedError,
    CheckLog,
    CheckSkippedError,
    require_success,
    run_process,
)
from tests.release.environment import Environment, find_python
from tests.release.outcomes import EnvironmentOutcomes

TRACKED = (
    *("bioann/__init__.py", "bioann/models", "bioann/reporting/report.typ", "models/inverter.py"),
    *("analyses/f_i.py", "tests/test_pair.py", "docs/conf.py", "LICENSE", ".gitignore", ".ci/run"),
)
METADATA = {
    f"bioann-1.dist-info/{name}"
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
}
WHEEL = METADATA | {
    *("bioann/__init__.py", "bioann/reporting/report.typ"),
    *("bioann/models/inverter.py", "bioann/analyses/f_i.py"),
}
SDIST = {
    *("bioann/__init__.py", "bioann/reporting/report.typ", "models/inverter.py", "analyses/f_i.py"),
    *("tests/test_pair.py", "docs/conf.py", "LICENSE", "PKG-INFO", "setup.cfg"),
}


class FakeRunner:
    """Answers commands by the first rule whose words they hold, and records them."""

    def __init__(self, *rules: tuple[str, int, str]) -> None:
        self.rules, self.commands, self.variables = rules, [], []

    def __call__(self, command, folder, variables):
        text = " ".join(command)
        self.commands.append(list(command)), self.variables.append(dict(variables))
        code, output = next(((c, o) for words, c, o in self.rules if words in text), (0, ""))
        return subprocess.CompletedProcess(command, code, output)


@pytest.fixture
def environment(tmp_path):
    for folder in ("work", "home", "env/lib/python3.12/site-packages/numpy"):
        (tmp_path / folder).mkdir(parents=True)
    return Environment(tmp_path, Path("constraints.txt"), tmp_path / "downloads", FakeRunner())


def with_runner(environment, *rules):
    return Environment(
        environment.folder, environment.constraints, environment.downloads, FakeRunner(*rules)
    )


def test_a_wheel_and_an_sdist_that_are_complete_pass():
    assert archives.check_wheel(WHEEL, TRACKED).startswith("9 files")
    assert archives.check_sdist(SDIST, TRACKED).startswith("9 files")


@pytest.mark.parametrize("name", sorted(WHEEL))
def test_a_wheel_that_lacks_any_file_fails(name):
    missing = name.partition(".dist-info/")[2] or name
    with pytest.raises(CheckFailedError, match=f"wheel lacks {missing}"):
        archives.check_wheel(WHEEL - {name}, TRACKED)


@pytest.mark.parametrize("name", sorted(SDIST - {"PKG-INFO", "setup.cfg"}))
def test_an_sdist_that_lacks_any_file_fails(name):
    with pytest.raises(CheckFailedError, match=f"distribution lacks {name}"):
        archives.check_sdist(SDIST - {name}, TRACKED)


def test_files_that_should_not_be_there_are_named():
    with pytest.raises(CheckFailedError, match=r"not be there: tests/test_pair\.py"):
        archives.check_wheel(WHEEL | {"tests/test_pair.py"}, TRACKED)
    with pytest.raises(CheckFailedError, match=r"not be there: bioann/models/inverter\.py"):
        archives.check_sdist(SDIST | {"bioann/models/inverter.py"}, TRACKED)


def test_sources_are_copied_with_their_links(tmp_path):
    (tmp_path / "from" / "models").mkdir(parents=True)
    (tmp_path / "from" / "models" / "a.py").write_text("1")
    (tmp_path / "from" / "link").symlink_to("models")
    archives.copy_files(("models/a.py", "link"), tmp_path / "from", tmp_path / "to")
    assert (tmp_path / "to" / "link").is_symlink()
    assert (tmp_path / "to" / "link" / "a.py").read_text() == "1"


def raise_error(error):
    raise error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (None, "passed", 0),
        (CheckSkippedError("no such Python"), "skipped", 1),
        (CheckFailedError("it broke"), "FAILED", 1),
        (OSError("disk full"), "FAILED", 1),
        (subprocess.TimeoutExpired("pip", 5), "FAILED", 1),
    ],
)
def test_each_check_is_a_line_and_decides_the_exit_code(error, status, code):
    lines = []
    log = CheckLog(lines.append)
    log.run("name", lambda: "done" if error is None else raise_error(error))
    (line,) = lines
    assert line.startswith(status)
    assert "name: " in line
    assert log.exit_code == code


def test_a_skipped_check_does_not_spoil_those_that_pass():
    log = CheckLog(lambda line: None)
    log.run("works", lambda: "")
    log.skip("3.99", "no such Python")
    assert log.exit_code == 0


def test_a_command_that_fails_shows_its_last_lines():
    output = "\n".join(map(str, range(100)))
    with pytest.raises(CheckFailedError, match=r"(?s)exit code 3 of pip install.*\s99$") as caught:
        require_success(subprocess.CompletedProcess(["pip", "install"], 3, output))
    assert " 50" not in str(caught.value)


def test_pip_installs_what_is_pinned_from_a_path_with_spaces(environment):
    environment.install("/with a space/bioann.whl[train]")
    (command,) = environment.run.commands
    assert command[-3:] == ["--constraint", "constraints.txt", "/with a space/bioann.whl[train]"]


def test_an_environment_sees_nothing_of_the_callers_python(environment, monkeypatch):
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "BIOANN_CORES", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "/elsewhere")
    environment.call("-c", "pass")
    (variables,) = environment.run.variables
    assert variables["HOME"] == str(environment.home)
    assert "/elsewhere" not in variables.values()


def test_a_python_is_asked_for_its_version(monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: f"/shims/{name}")
    assert find_python("3.12", FakeRunner(("/shims/python3.12", 0, "3.12\n"))) is not None
    assert find_python("3.12", FakeRunner(("/shims/python3.12", 127, "not found"))) is None
    assert find_python("3.12", FakeRunner(("/shims/python3.12", 0, "3.11\n"))) is None
    program = tmp_path / "versions" / "3.12.7" / "bin" / "python3.12"
    program.parent.mkdir(parents=True), program.touch()
    rules = (("/shims/", 127, "not found"), (str(program), 0, "3.12\n"))
    assert find_python("3.12", FakeRunner(*rules)) == str(program)


def make_facts(message="Install it with: pip install 'bioann[neo]'.", **others):
    facts = {"messages": {"neo": {"to_neo": message}}, "declared": ["neo", "dev"]}
    return facts | {"source": ["neo"]} | others


def test_errors_that_name_their_extra_pass():
    assert installed.judge_missing_extras(make_facts()) == "neo (to_neo)"


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (make_facts(None), r"to_neo does not say to install bioann\[neo\]: no error"),
        (make_facts("Install 'bioann[data]'"), r"to_neo does not say to install bioann\[neo\]"),
        (make_facts("ImportError: no module named neo"), "ImportError"),
        (make_facts(declared=["neo", "dev", "maps"]), "differ .*: maps"),
        (make_facts(source=["neo", "nwb"]), "differ .*: nwb"),
    ],
)
def test_an_error_or_a_list_without_the_extra_fails(facts, problem):
    with pytest.raises(CheckFailedError, match=problem):
        installed.judge_missing_extras(facts)


def make_notebook(**output):
    return {"cells": [{"cell_type": "code", "outputs": [output]}, {"cell_type": "markdown"}]}


def test_a_notebook_has_to_show_a_figure():
    page = {"text/html": ["<div>", "<svg></svg>"]}
    notebook = make_notebook(output_type="execute_result", data=page)
    assert installed.judge_notebook(notebook).startswith("by nbclient; 1 cells")
    text = {"text/html": "<b>Comparison</b>"}
    with pytest.raises(CheckFailedError, match="no figure"):
        installed.judge_notebook(make_notebook(output_type="execute_result", data=text))
    with pytest.raises(CheckFailedError, match="raised ValueError"):
        installed.judge_notebook(make_notebook(output_type="error", ename="ValueError"))


def test_a_run_that_writes_nothing_fails(environment):
    with pytest.raises(CheckFailedError, match=r"inverter\.html was not written"):
        installed.check_run(environment)


def test_another_version_than_that_of_the_archive_fails(environment):
    environment = with_runner(environment, ("--version", 0, "bioann, version 0.1.01"))
    with pytest.raises(CheckFailedError, match=r"0\.1\.01"):
        installed.check_version(environment, "0.1.0")


def test_folders_are_writable_again_after_the_check(environment):
    rules = (("probe", 1, "Permission denied"), ("inverter", 1, "no cache"))
    environment = with_runner(environment, *rules)
    with pytest.raises(CheckFailedError, match="no cache"):
        installed.check_read_only(environment)
    for folder in (environment.home, environment.find_packages() / "numpy"):
        assert folder.stat().st_mode & 0o200


def test_a_user_who_can_write_everywhere_skips_the_check(environment):
    with pytest.raises(CheckSkippedError, match="can write to site-packages in any mode"):
        installed.check_read_only(environment)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_folder_that_may_not_be_written_cannot(tmp_path):
    """Also for the superuser, whose privilege is given up."""
    for folder in ("work", "home", "temporary", "env/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "env" / "bin" / "python").symlink_to(sys.executable)
    environment = Environment(tmp_path, Path("c"), tmp_path / "downloads", run_process)
    try:
        environment.forbid_writing(environment.home)
    except CheckSkippedError as error:
        pytest.skip(str(error))
    program = f"open({str(environment.home / 'file')!r}, 'w')"
    with pytest.raises(CheckFailedError, match="PermissionError"):
        environment.call_unprivileged("-c", program, variables=environment.variables)
    environment.allow_writing(environment.home)
    environment.call_unprivileged("-c", program, variables=environment.variables)


@pytest.fixture
def run_release(tmp_path, monkeypatch):
    """Run the program on 3.11 and 3.12; it returns the environments that it tried."""

    def build(self, python, folder):
        for kind in release.KINDS:
            self.archives[kind] = tmp_path / f"bioann.{kind}"
            self.archives[kind].touch()
        return "ok"

    def run(*options, failing=()):
        tried = []

        def check_install(self, python, version, *words):
            tried.append(f"{version} {' '.join(words)}")
            if tried[-1] in failing:
                self.log.counts["FAILED"] += 1
            return tried[-1] not in failing

        monkeypatch.setattr(release.Release, "check_install", check_install)
        monkeypatch.setattr(sys, "argv", ["release", "--out", str(tmp_path), *options])
        assert release.main() == bool(failing)
        return tried

    monkeypatch.setattr(release.Release, "build", build)
    monkeypatch.setattr(release.Release, "check_contents", lambda self: True)
    monkeypatch.setattr(release, "find_python", lambda v, run: None if v == "3.13" else f"py{v}")
    return run


def test_the_program_installs_both_archives_with_and_without_extras(run_release):
    expected = [
        f"{version} {kind} {install}"
        for version in ("3.11", "3.12")
        for kind in ("wheel", "sdist")
        for install in ("core", "extras")
    ]
    assert run_release() == expected
    assert run_release() == expected


def test_environments_that_failed_can_be_repeated_alone(run_release):
    failing = ("3.11 sdist extras", "3.12 wheel core")
    run_release(failing=failing)
    assert run_release("--failed", failing=failing[1:]) == list(failing)
    assert run_release("--failed") == [failing[1]]
    assert run_release("--failed") == []


def test_environments_that_an_interrupted_run_did_not_finish_are_repeated(
    run_release, tmp_path, monkeypatch
):
    run_release("--python", "3.11", "--archives", "wheel")

    def interrupt(*arguments):
        raise KeyboardInterrupt

    run_release("--python", "3.12", "--installs", "core", failing=("3.12 sdist core",))
    monkeypatch.setattr(release.Release, "check_install", interrupt)
    monkeypatch.setattr(sys, "argv", ["release", "--out", str(tmp_path)])
    with pytest.raises(KeyboardInterrupt):  # while it repeats "3.11 wheel core"
        release.main()
    assert run_release("--failed") == [
        *("3.11 wheel core", "3.11 sdist core", "3.11 sdist extras"),
        *("3.12 wheel extras", "3.12 sdist core", "3.12 sdist extras"),
    ]


def test_an_environment_that_passed_with_an_earlier_archive_is_marked(tmp_path):
    archive = tmp_path / "bioann.whl"
    archive.write_text("old")
    outcomes = EnvironmentOutcomes(tmp_path)
    outcomes.note("3.11, wheel, core only", archive, passed=True)
    assert outcomes.find_reason_to_skip("3.11, wheel, core only", archive) == "passed before"
    archive.write_text("new")
    reason = outcomes.find_reason_to_skip("3.11, wheel, core only", archive)
    assert reason == "passed before, with an earlier archive"
    outcomes.note("3.11, wheel, core only", archive, passed=False)
    assert outcomes.find_reason_to_skip("3.11, wheel, core only", archive) is None


def test_pip_keeps_its_downloads_where_it_is_told(tmp_path):
    maker = release.Release(tmp_path, CheckLog(), tmp_path / "kept")
    assert maker.make_environment("a").variables["PIP_CACHE_DIR"] == str(tmp_path / "kept")


def test_every_extra_is_installed_but_those_left_out_for_a_reason(tmp_path):
    extras = release.Release(tmp_path, CheckLog()).extras
    assert {"train", "neo", "docs"} <= set(extras)
    assert "torch" not in extras
