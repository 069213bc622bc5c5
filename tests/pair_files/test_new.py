import subprocess
import sys

import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import DescriptionError, OutputError
from bioann.cli.main import main
from bioann.pair_files.find import read_summary
from bioann.pair_files.new import write_new_pair


def test_the_pair_that_is_written_has_its_name_and_a_summary(tmp_path):
    pair, _ = write_new_pair("my_pair", tmp_path)
    assert ba.load(pair).name == "my_pair"
    assert read_summary(pair).startswith("My pair: ")


def test_it_is_short_and_says_why(tmp_path):
    text = write_new_pair("my_pair", tmp_path)[0].read_text()
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("    # ") >= 5
    assert "$" not in text


def test_its_test_passes_and_would_notice_a_change(tmp_path):
    write_new_pair("my_pair", tmp_path)
    changed, _ = write_new_pair("changed", tmp_path)
    changed.write_text(changed.read_text().replace("[[1.0, -1.0]]", "[[1.0, 1.0]]"))
    # One process for both, because each imports the package for seconds.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:logging"]
    command += ["test_my_pair.py", "test_changed.py::test_claims"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "1 failed, 12 passed" in done.stdout, done.stdout
    assert "FAILED test_changed.py::test_claims" in done.stdout
    assert "'1': 'refuted'" in done.stdout


def test_the_command_writes_both_and_says_what_next(tmp_path):
    result = CliRunner().invoke(main, ["new", "my_pair", "--dir", str(tmp_path / "pairs")])
    assert result.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "pairs").iterdir()) == [
        "my_pair.py",
        "test_my_pair.py",
    ]
    assert f"bioann check {tmp_path / 'pairs' / 'my_pair.py'}" in result.stdout


@pytest.mark.parametrize("there", ["my_pair.py", "test_my_pair.py"])
def test_nothing_is_overwritten(tmp_path, there):
    (tmp_path / there).write_text("mine")
    with pytest.raises(OutputError, match=r"wanted the name of a new file, got .*, which exists"):
        write_new_pair("my_pair", tmp_path)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(there, "mine")]


@pytest.mark.parametrize(
    "name", ["", "a b", "1st", "_hidden", "../up", "naïve", "class", "numpy", "random"]
)
def test_a_name_that_no_module_can_have_is_refused(tmp_path, name):
    with pytest.raises(DescriptionError, match="Try 'my_inverter'"):
        write_new_pair(name, tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_path_that_is_too_long_is_named(tmp_path):
    with pytest.raises(OutputError, match="wanted a name that the file system can hold"):
        write_new_pair("my_pair", tmp_path / ("x" * 300))
    assert not any(tmp_path.iterdir())
