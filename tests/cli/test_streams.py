"""Standard streams that are closed or full."""

import errno
import os
import sys

import pytest
from click.testing import CliRunner

from bioann.cli.main import main
from bioann.cli.startup import replace_closed_streams


def test_closed_streams_are_replaced_by_the_null_device(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    replace_closed_streams()
    assert sys.stdin.read() == ""
    assert [s.name for s in (sys.stdout, sys.stderr)] == [os.devnull] * 2
    print("nothing", file=sys.stderr)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


def test_open_streams_stay():
    before = sys.stdout, sys.stderr
    replace_closed_streams()
    assert (sys.stdout, sys.stderr) == before


def test_a_full_device_behind_standard_output_is_no_bug(monkeypatch):
    def write(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("bioann.cli.main.find.list_pairs", write)
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: output of the command: wanted room for the files, got")


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".py", "a\0.py"])
def test_a_name_that_no_file_can_have_is_unknown(name):
    result = CliRunner().invoke(main, ["show", name])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: pair ")
    assert "wanted" in result.stderr
