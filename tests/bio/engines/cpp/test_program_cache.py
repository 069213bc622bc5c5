"""Programs are kept by what they depend on, whole or not at all."""

import errno
import multiprocessing
import os
import shutil
import signal
import time

import pytest
from click.testing import CliRunner

from bioann.base.errors import OutputError
from bioann.bio.engines.cpp import program_cache
from bioann.bio.integration.step_constants import StepConstant
from bioann.cli.main import main

FACTORS = {"population_e": {"step_kept_g_0": StepConstant("decay", (("-1/tau",),), 5e-5)}}


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def build(program, content=b"program"):
    program.write_bytes(content)
    return FACTORS


def forbidden(program):
    raise AssertionError("is in the cache")


def test_what_was_built_once_is_there_for_the_next_run():
    built = program_cache.find_or_build("a", "e, i", build)
    program = program_cache.find_or_build("a", "e, i", forbidden)
    assert program.path.read_bytes() == b"program"
    assert program.step_constants == built.step_constants == FACTORS
    assert program_cache.find_program("b") is None


@pytest.mark.parametrize("file", [program_cache.PROGRAM_FILE, program_cache.ENTRY_FILE])
@pytest.mark.parametrize("content", [b"", b"{}", b"half a"])
def test_a_damaged_entry_is_built_again(file, content):
    (program_cache.find_or_build("a", "e", build).folder / file).write_bytes(content)
    assert program_cache.find_program("a") is None
    assert program_cache.find_or_build("a", "e", build).path.read_bytes() == b"program"


def test_a_build_that_fails_leaves_nothing():
    def half(program):
        program.write_bytes(b"half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        program_cache.find_or_build("a", "e", half)
    assert list(program_cache.programs_folder().iterdir()) == []
    assert program_cache.find_or_build("a", "e", build).path.read_bytes() == b"program"


def test_a_full_disk_is_said_and_leaves_nothing():
    def full(program):
        program.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match=r"disk space for a program.*No space.*--clear.*TMPDIR"):
        program_cache.find_or_build("a", "e", full)
    assert list(program_cache.programs_folder().iterdir()) == []


def slowly(program):
    time.sleep(0.3)
    with (program_cache.cache_folder() / "built").open("a") as file:
        file.write("x")
    return build(program)


def ask(folder):
    os.environ["XDG_CACHE_HOME"] = folder
    program_cache.find_or_build("a", "e", slowly)


@pytest.mark.slow
def test_two_processes_that_want_one_program_build_it_once(tmp_path):
    both = [
        multiprocessing.get_context("spawn").Process(target=ask, args=(str(tmp_path),))
        for _ in range(2)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert (program_cache.cache_folder() / "built").read_text() == "x"


def half_built(program):
    program.write_bytes(b"half")
    (program_cache.cache_folder() / "half").touch()
    time.sleep(600)


def begin(folder):
    os.environ["XDG_CACHE_HOME"] = folder
    program_cache.find_or_build("a", "e", half_built)


@pytest.mark.slow
def test_a_build_that_is_killed_holds_no_lock_and_what_it_left_goes(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=begin, args=(str(tmp_path),))
    process.start()
    while not (program_cache.cache_folder() / "half").exists():
        assert process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert program_cache.find_program("a") is None
    assert program_cache.find_or_build("a", "e", build).path.read_bytes() == b"program"
    assert [folder.name for folder in program_cache.programs_folder().iterdir()] == ["a"]


def test_the_least_recently_used_ones_go(monkeypatch):
    for k, name in enumerate("abc"):
        program = program_cache.find_or_build(
            name, name, lambda program: build(program, b"x" * 1000)
        )
        os.utime(program.folder / program_cache.ENTRY_FILE, (k, k))
    assert program_cache.find_program("a") is not None  # so that b is the one unused for longest
    monkeypatch.setattr(program_cache, "MAX_BYTES", 3.5 * program_cache.list_programs()[0].size)
    program_cache.find_or_build("d", "d", lambda program: build(program, b"x" * 1000))
    assert {e.folder.name for e in program_cache.list_programs()} == {"a", "c", "d"}


def test_the_command_line_shows_and_clears():
    program_cache.find_or_build("a", "left, right", build)
    output = CliRunner().invoke(main, ["cache"]).output
    assert "left, right" in output
    assert "1 program(s)" in output
    assert "1 program(s) removed" in CliRunner().invoke(main, ["cache", "--clear"]).output
    assert program_cache.list_programs() == []


@pytest.mark.parametrize(
    "content",
    [b"[1]", b"null", b'{"title": 1, "hash": [], "factors": 3}', b"[" * 100_000, b"\xff"],
)
def test_an_entry_of_another_shape_is_built_again(content):
    program = program_cache.find_or_build("a", "e", build)
    (program.folder / program_cache.ENTRY_FILE).write_bytes(content)
    assert program_cache.find_or_build("a", "e", build).step_constants == FACTORS


def test_a_file_in_the_place_of_an_entry_is_replaced():
    folder = program_cache.find_or_build("a", "e", build).folder
    shutil.rmtree(folder)
    folder.write_text("no folder")
    assert program_cache.find_or_build("a", "e", build).path.read_bytes() == b"program"
