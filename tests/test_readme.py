"""Every command and program in the README runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bioann.cli.main import main
from bioann.comparison.verdict_table import read_verdicts

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def find_code_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


COMMANDS = [line for block in find_code_blocks("sh") for line in block.splitlines() if line.strip()]


def summarise_verdicts() -> str:
    """Return the sentence of the README on the verdicts of the atlas, from their table."""
    table = read_verdicts(ROOT / "reports" / "verdicts.csv")
    counts = table.drop_duplicates(["pair", "id"]).verdict.value_counts()
    row = table.set_index("id").loc["E24"]  # the share of pairs with an equivalent response
    share, low, high = (f"{100 * x:.0f}" for x in (row.value, row.low, row.high))
    return (
        f"Of {counts.sum()} claims of five web pages, of the literature and of this project, "
        f"{counts['supported']} are supported, {counts['refuted']} refuted, {counts['depends']} "
        f"true up to a boundary and {counts['undecided']} undecided, and in "
        f"{row.value * row.n:.0f} of {row.n} pairs ({share} % [{low}, {high}]) the two models are "
        "equivalent in at least one response."
    )


def test_the_readme_has_the_counts_of_the_verdicts() -> None:
    assert summarise_verdicts() in " ".join(TEXT.split())


def run_command(*words: str, cwd: Path) -> str:
    result = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{' '.join(words)}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def test_the_readme_holds_only_commands_that_are_tested_here() -> None:
    tested_commands = re.compile(
        r"make (report|test)|\.venv/bin/bioann (new|check|run|list|show|atlas|doctor)\b.*"
    )
    assert COMMANDS
    assert [c for c in COMMANDS if not tested_commands.fullmatch(c)] == []


def test_the_program_writes_its_reports(tmp_path: Path) -> None:
    (program,) = find_code_blocks("python")
    lines = [line for line in program.splitlines() if line.strip()]
    assert len(lines) <= 12, "it is called twelve lines"
    run_command(sys.executable, "-c", program, cwd=tmp_path)
    assert (tmp_path / "brake.html").stat().st_size > 100_000
    assert (tmp_path / "brake.pdf").read_bytes().startswith(b"%PDF")


def test_the_notebook_runs_the_same_program() -> None:
    """The release executes it (tests/release), so that its outputs need not be stored."""
    path = ROOT / "docs" / "notebooks" / "first_comparison.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    programs = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert programs[0].strip() == find_code_blocks("python")[0].strip()
    assert [cell.get("outputs", []) for cell in cells] == [[]] * len(cells)


def test_the_bioann_commands_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, for each new one would import the package for seconds; `list` does not."""
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        program, *words = command.split()
        if words == ["list"]:
            run_command(str(BIN / Path(program).name), *words, cwd=tmp_path)
        elif program != "make":
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert (tmp_path / "reports" / "my_pair.html").exists()
    assert (tmp_path / "reports" / "atlas" / "atlas.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.skipif(
    not (ROOT / ".venv" / ".installed-core").exists(), reason="make would install .venv first"
)
def test_make_report_writes_the_reports_and_their_index(tmp_path: Path) -> None:
    assert "make report" in COMMANDS
    options = (f"OUT={tmp_path}", "RUN_OPTIONS=--trials 2")
    output = run_command("make", "--no-print-directory", "report", *options, cwd=ROOT)
    assert f"The reports are in {tmp_path}" in output
    names = ("inverter", "weighted_sum", "decision")
    expected = {f"{n}{end}" for n in names for end in (".html", ".pdf", ".json", ".csv", ".nc")}
    shown = {p.name for p in tmp_path.iterdir() if not p.name.startswith(".")}
    assert shown == expected | {"index.html"}


@pytest.mark.parametrize(("target", "selection"), [("test", ' -m "not slow"'), ("test-all", "")])
def test_make_test_leaves_out_what_is_slow_and_nothing_else(target: str, selection: str) -> None:
    assert "make test" in COMMANDS
    output = run_command("make", "--dry-run", "--no-print-directory", target, cwd=ROOT)
    last_command = output.strip().splitlines()[-1]
    # No other selection of tests: neither a path nor -k behind the module that is run.
    assert re.fullmatch(rf"\S*python -m pytest -n \d+{selection}", last_command)


FILE_NAMES = re.findall(r"\]\((?!http)([^)#]+)\)|`((?:models|analyses|bioann)/[^` ]*)`", TEXT)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_every_file_it_names_is_there(name: tuple[str, str]) -> None:
    assert (ROOT / (name[0] or name[1])).exists()
