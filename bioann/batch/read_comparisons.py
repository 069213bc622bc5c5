"""Read the comparisons of earlier runs from JSON files, recordings or folders of these."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import OutputError, UnknownNameError, unknown_name_error
from bioann.comparison.comparison import compare
from bioann.comparison.run_history import PairHistory, RunHistory
from bioann.comparison.stored_comparison import (
    StoredComparison,
    is_comparison,
    load_json,
    parse_comparison,
    store_comparison,
)
from bioann.pair_files.load import load
from bioann.recordings.storage import open_recording

#: Endings of files that hold a run or its scores.
RUN_ENDINGS = (".json", ".nc")
#: Largest JSON file that is read, in bytes.
MAX_JSON_BYTES = 200_000_000
_REMEDY = "Name a file that 'bioann run' wrote (.json or .nc), or a folder of such files."


@name_argument_errors
def read_comparison(path: str | Path) -> StoredComparison:
    """Read the comparison of one run.

    Parameters
    ----------
    path : str or pathlib.Path
        JSON that ``bioann run`` or `bioann.report` wrote; or a recording (``.nc``), whose pair is
        loaded by its name and compared anew.

    Returns
    -------
    StoredComparison
        Verdicts, scores and provenance.

    Raises
    ------
    OutputError
        If the file does not exist, is damaged, or has another layout.
    UnknownNameError
        If its ending is neither, or the pair of a recording is not installed.
    PairError
        If the pair of a recording is no longer the one that was run.
    """
    file = Path(path)
    if not file.exists():
        raise OutputError(f"run {path}", "a run", "No such file or directory", _REMEDY)
    if file.suffix.lower() == ".nc":
        return _compare_recording(file)
    if file.suffix.lower() != ".json":
        raise unknown_name_error(f"run {path}", "file ending", file.suffix, RUN_ENDINGS)
    return parse_comparison(_read_json(file), str(path))


def _compare_recording(file: Path) -> StoredComparison:
    """Compare a recording anew, with the pair of its name that is installed."""
    recording = open_recording(file)
    name = str(recording.attrs.get("pair", ""))
    try:
        pair = load(name)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"run {file}",
            "a recording of a pair that can be loaded by its name",
            f"one of {name!r}",
            f"Name the JSON of that run, {file.with_suffix('.json').name}, or pass the comparison "
            "from Python.",
        ) from error
    return store_comparison(compare(recording, pair=pair), str(file))


def _read_json(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size <= MAX_JSON_BYTES and file.is_file():
            return file.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"run {file}", "a file that can be read", reason, _REMEDY) from error
    got = f"{size / 1e6:.0f} MB" if file.is_file() else "a folder, pipe or device"
    expected = f"a file of at most {MAX_JSON_BYTES / 1e6:.0f} MB"
    raise OutputError(f"run {file}", expected, got, _REMEDY)


def read_comparisons(path: str | Path) -> dict[str, StoredComparison]:
    """Read the comparisons in a file or a folder, by the name of their pair.

    Parameters
    ----------
    path : str or pathlib.Path
        A file as for `read_comparison`, or a folder with at most one run of each pair. A recording
        is read only if there is no JSON beside it; JSON of other kinds is left out.

    Returns
    -------
    dict of str to StoredComparison
        At least one comparison.

    Raises
    ------
    OutputError
        If there is none, or more than one of a pair; or as from `read_comparison`.
    """
    folder = Path(path)
    if not folder.is_dir():
        comparison = read_comparison(path)
        return {comparison.pair: comparison}
    comparisons: dict[str, StoredComparison] = {}
    for comparison in read_all_comparisons(_list_runs(folder.iterdir())):
        earlier = comparisons.setdefault(comparison.pair, comparison)
        if earlier is not comparison:
            raise OutputError(
                f"folder {path}",
                "one run of each pair",
                f"two of {comparison.pair!r}: {earlier.origin} and {comparison.origin}",
                "Name one of these files, or see all runs with 'bioann history'.",
            )
    if not comparisons:
        raise OutputError(f"folder {path}", "runs of pairs", "none", _REMEDY)
    return comparisons


@name_argument_errors
def read_history(path: str | Path) -> RunHistory:
    """Read all runs in a folder and its subfolders, by pair and in the order of time.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder; its subfolders may be named after commits, dates or versions.

    Returns
    -------
    RunHistory
        The runs of each pair in the order of the dates that they recorded; runs without a date
        come first, in the order of their names. `bioann.report` writes it as HTML and PDF.

    Raises
    ------
    OutputError
        If it is not a folder, or has no run; or as from `read_comparison`.
    """
    folder = Path(path)
    if not folder.is_dir():
        got = "a file" if folder.exists() else "No such file or directory"
        raise OutputError(f"folder {path}", "a folder with runs", got, _REMEDY)
    runs: dict[str, list[StoredComparison]] = {}
    for comparison in read_all_comparisons(_list_runs(folder.rglob("*"))):
        runs.setdefault(comparison.pair, []).append(comparison)
    if not runs:
        raise OutputError(f"folder {path}", "runs of pairs", "none", _REMEDY)
    pairs = [
        PairHistory(pair, tuple(sorted(runs[pair], key=lambda run: (run.date, run.origin))))
        for pair in sorted(runs)
    ]
    return RunHistory(str(path), tuple(pairs))


def read_all_comparisons(files: Iterable[Path]) -> list[StoredComparison]:
    """Read files, but for JSON that is none of a comparison, such as that of a census."""
    comparisons = []
    for file in files:
        if file.suffix.lower() == ".json":
            content = _read_json(file)
            if is_comparison(load_json(content, str(file))):
                comparisons.append(parse_comparison(content, str(file)))
        else:
            comparisons.append(read_comparison(file))
    return comparisons


def _list_runs(files: Iterable[Path]) -> list[Path]:
    """Return the files of runs in the order of their names, one for each run."""
    paths = sorted(f for f in files if f.suffix.lower() in RUN_ENDINGS and f.name[0] != ".")
    stems = {f.with_suffix("") for f in paths if f.suffix.lower() == ".json"}
    return [f for f in paths if f.suffix.lower() == ".json" or f.with_suffix("") not in stems]
