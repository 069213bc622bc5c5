import re

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.engines.cpp import compiler
from bioann.cli import doctor
from bioann.cli.main import main


def states(folder):
    return {f.subject: f.state for f in doctor.check_installation(folder)}


@pytest.mark.slow
def test_a_whole_installation_has_no_problem(tmp_path):
    found = states(tmp_path)
    assert "PROBLEM" not in found.values()
    for needed in ("python", "brian2", "numpy", "typst", "engine numpy", "PDF (typst)"):
        assert found[needed] == "ok"
    assert found["engine cpp"] == ("ok" if compiler.find_compiler() else "absent")
    assert found["engine cython"] in ("ok", "absent")
    assert not any(tmp_path.iterdir())


def test_it_says_why_an_engine_is_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    told = {f.subject: f.detail for f in doctor.check_installation(tmp_path)}
    assert told["engine cpp"] == told["engine cython"]
    assert told["engine cpp"].startswith("no C++ compiler, so auto selects numpy")


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ("numpy>=1", ""),
        ("numpy>=99", r"2\.\S+ is installed, wanted >=99: pip install 'numpy>=99'"),
        ("no-such-package-here>=1", "is not installed: pip install 'no-such-package-here>=1'"),
    ],
)
def test_versions_are_compared(needed, said):
    assert re.fullmatch(said, doctor.describe_problem(Requirement(needed)))


def test_only_what_this_python_needs_is_asked_for():
    listed = [f.subject for f in doctor.check_dependencies()]
    assert listed.count("numpy") == 1
    assert "jax" not in listed
    assert "extra train" in listed


def test_what_raises_is_a_finding():
    def broken():
        raise ImportError("libgomp.so.1 is missing")

    assert doctor.try_action("engine", broken, "Install it.") == doctor.InstallationCheck(
        "engine", "PROBLEM", "ImportError: libgomp.so.1 is missing. Install it."
    )


def test_an_error_of_ours_says_itself_what_to_do():
    def broken():
        raise SimulationError("a", "b", "c", "Do d.")

    assert doctor.try_action("x", broken, "").detail == "a: wanted b, got c. Do d."


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    found = {f.subject: f for f in doctor.check_installation(file)}[f"folder {file}"]
    assert found.state == "PROBLEM"
    assert found.detail.endswith("Choose another with --out.")


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    found = {f.subject: f for f in doctor.check_installation(tmp_path / "a" / "b")}
    assert found[f"folder {tmp_path / 'a' / 'b'}"].detail == "does not exist; it will be created"
    assert not (tmp_path / "a").exists()


def test_a_silent_simulation_is_a_problem(monkeypatch, tmp_path):
    class Silent(ba.SpikingNetwork):
        def run(self, stimulus, **options):
            return super().run(stimulus * 0, **options).isel(spike=slice(0, 0))

    monkeypatch.setattr(ba, "SpikingNetwork", Silent)
    assert states(tmp_path)["engine numpy"] == "PROBLEM"


def test_the_command_tells_and_counts(tmp_path, monkeypatch):
    good = CliRunner().invoke(main, ["doctor", "--out", str(tmp_path)])
    assert good.exit_code == 0
    assert good.stdout.endswith("Everything that a run needs is installed.\n")
    monkeypatch.setattr(doctor, "describe_problem", lambda requirement: "is not installed")
    bad = CliRunner().invoke(main, ["doctor", "--out", str(tmp_path)])
    assert bad.exit_code == 1
    assert "PROBLEM  brian2" in bad.stdout
