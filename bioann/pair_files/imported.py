"""Read the network of a Brian2 script, and write it with a rate network as a pair file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bioann.base.errors import BioannError, DescriptionError, OutputError
from bioann.base.files import write_atomically
from bioann.pair_files.script_process import ScriptReading, run_script
from bioann.pair_files.translated import check_pair_path


def import_script(
    script: Path,
    out: Path,
    *,
    channels: Mapping[str, str],
    capacitance: float,
    method: str,
    timeout: float,
    seed: int,
    report: Callable[[str], None],
) -> tuple[ScriptReading, tuple[Path, ...]]:
    """Run a Brian2 script in a process of its own up to ``run()``, and write a pair file.

    Parameters
    ----------
    script : pathlib.Path
        The script. All of its code before the first ``run()`` is executed; nothing is simulated.
    out : pathlib.Path
        The pair file to write; its stem becomes the name of the pair. Lists of more than 50
        numbers are written to a ``.npz`` file beside it.
    channels : mapping of str to str
        Name of a variable of the script, by the name of the channel that it becomes.
    capacitance : float
        Membrane capacitance in pF of cells whose equations state only time constants.
    method : {'theory', 'measured', 'identification'}
        How the transfer functions of the rate network are obtained, as for `bioann.to_ann`.
    timeout : float
        Longest duration in seconds of the script up to ``run()`` and of the translation.
    seed : int
        Seed of the translation to the rate network.
    report : callable
        ``report(line)`` is called before the script runs, and with its last lines of output.

    Returns
    -------
    reading : ScriptReading
        What was read, with decisions and flags.
    files : tuple of pathlib.Path
        The files that were written.

    Raises
    ------
    OutputError
        If a file exists or cannot be written.
    UserCodeError
        If the script fails, exits, ends without ``run()`` or takes too long.
    DescriptionError, UnknownNameError
        If the script does not exist, or its network has no counterpart: see `bioann.from_brian2`.
    """
    check_pair_path(out, "bioann import")
    data_file = out.with_suffix(".npz")
    if data_file.exists():
        expected, got = "no data file of the new pair yet", f"{data_file}, which exists"
        remedy = "Choose another name or folder; nothing is overwritten."
        raise OutputError("bioann import, --out", expected, got, remedy)
    if not script.is_file():
        remedy = "Check the path."
        raise DescriptionError("bioann import", "a Python script", f"no file {script}", remedy)
    options = {
        "name": out.stem,
        "channels": dict(channels),
        "capacitance": capacitance,
        "method": method,
        "seed": seed,
    }
    report(f"Running the code of {script} up to its first run(), in a process of its own.")
    reading, output = run_script(script, options, timeout)
    for line in [f"Output of {script}:", *(f"  {line}" for line in output)] if output else []:
        report(line)
    if isinstance(reading, BioannError):
        raise reading
    files = (out, data_file) if reading.arrays else (out,)
    with write_atomically(*files) as temporary:
        temporary[0].write_text(reading.source, encoding="utf-8")
        if reading.arrays:
            # NumPy's stub takes keyword arguments for its option to allow pickles.
            np.savez_compressed(temporary[1], **reading.arrays)  # type: ignore[arg-type]
    return reading, files
