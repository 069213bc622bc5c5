"""What all analyses do alike: write all files or none, and say what is wrong in a sentence."""

import json

import click
import pytest
from click.testing import CliRunner

from bioann.analyses import digits
from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.base.errors import PairError
from bioann.reporting.document import Document, Paragraph, Section


@pytest.fixture
def call_command():
    """A command that answers, or fails as its option asks."""

    @analysis_command("Is it?\n\nAt length.", "python analyses/is_it.py")
    @click.option("--fail", is_flag=True)
    def command(out, engine, as_json, fail):
        if fail:
            raise PairError("the pair", "an answer", "none", "Ask again.")
        report = Document(
            "is it: a title", "Is it?", "It is.", (), (Section("Why", (Paragraph("So."),)),)
        )
        result = {"engine": engine}
        report_results(
            report, out, "is_it", result, as_json=as_json, other_files={"is_it.txt": b"yes"}
        )

    return lambda *arguments: CliRunner().invoke(command, [str(t) for t in arguments])


def test_the_report_stands_beside_its_other_files(call_command, tmp_path):
    result = call_command("--out", tmp_path / "new")
    assert result.exit_code == 0, result.output
    assert {p.name for p in (tmp_path / "new").iterdir()} == {
        "is_it.html",
        "is_it.pdf",
        "is_it.txt",
    }
    assert result.output.splitlines()[0] == "It is."


def test_json_is_one_object_with_the_time_it_took(call_command, tmp_path):
    numbers = json.loads(call_command("--out", tmp_path, "--json", "--engine", "numpy").output)
    assert numbers["engine"] == "numpy"
    assert 0 <= numbers["wall_time_s"] < 600


def test_an_error_is_a_sentence_and_leaves_nothing(call_command, tmp_path):
    result = call_command("--out", tmp_path / "new", "--fail")
    assert result.exit_code == 1
    assert "wanted an answer" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence_too(call_command, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = call_command("--out", tmp_path / "file" / "new")
    assert result.exit_code == 1
    assert "a path that leads through a file" in result.output


def test_help_is_the_question_and_an_example(call_command):
    output = call_command("--help").output
    assert "Is it?" in output
    assert "At length" not in output
    assert "Example: python analyses/is_it.py" in output


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (digits.main, ("--kinds", "dense,deep"), "'deep' is not one of"),
    ],
)
def test_a_wrong_item_of_a_list_is_named(command, arguments, message):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("text", "message"),
    [("4,many", "'many' is not a valid integer range"), ("4,1", "1 is not in the range x>=2")],
)
def test_a_number_that_is_none_or_too_small_is_named(text, message):
    with pytest.raises(click.BadParameter, match=message):
        CommaSeparated(click.IntRange(2)).convert(text, None, None)


def test_a_list_may_have_blanks():
    assert CommaSeparated(click.INT).convert("4, 8", None, None) == (4, 8)
