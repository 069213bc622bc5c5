"""Derive one model of a pair from the other, and write both as a new pair file."""

from __future__ import annotations

import dataclasses
import keyword
import os
import re
from pathlib import Path
from typing import Any

import xarray as xr

from bioann.base.errors import DescriptionError, OutputError
from bioann.base.files import write_atomically
from bioann.model import is_recorded
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import load
from bioann.pair_files.template import write_pair_source
from bioann.translate.identification.options import IdentificationOptions
from bioann.translate.to_ann.to_ann import to_ann
from bioann.translate.to_ann.validity import flag_out_of_range
from bioann.translate.to_bio.to_bio import to_bio
from bioann.translate.translation import Translation


def write_translation(
    name: str | Path,
    out: Path,
    *,
    side: str,
    method: str = "theory",
    seed: int,
    identification: IdentificationOptions | None = None,
) -> Translation:
    """Translate a pair, and write the result as a pair file.

    Parameters
    ----------
    name : str or pathlib.Path
        Name or file of the pair, as for `bioann.load`.
    out : pathlib.Path
        The file to write; its stem becomes the name of the new pair.
    side : {'ann', 'bio'}
        The model to derive from the other.
    method : {'theory', 'measured', 'identification'}, optional
        How a rate network is derived, as for `bioann.to_ann`.
    seed : int
        Seed of all random numbers of the translation, 0 or larger.
    identification : IdentificationOptions, optional
        Options of a rate network that is fitted to responses.

    Returns
    -------
    Translation
        The derived model with its decisions and warnings, as written to the file.

    Raises
    ------
    BioannError
        If the pair cannot be loaded or translated, or the file exists or cannot be written.
    """
    source = load(name)
    check_pair_path(out, "bioann translate")
    translation = translate_pair(
        source, side, method=method, seed=seed, identification=identification
    )
    reference = repr(source.name)
    if str(name) != source.name:
        relative_path = os.path.relpath(find_subject_file(name).resolve(), out.resolve().parent)
        reference = f"HERE / {relative_path!r}"
    text = write_pair_source(out.stem, source.name, reference, side, translation)
    with write_atomically(out) as (temporary,):
        temporary.write_text(text, encoding="utf-8")
    return translation


def translate_pair(
    source: Pair,
    side: str,
    *,
    method: str,
    seed: int,
    identification: IdentificationOptions | None = None,
) -> Translation:
    """Derive one model of a pair; a rate network for the input range of the pair's stimulus."""
    if side == "bio":
        if identification is not None:
            expected = "None for a spiking network, which is derived from the weights"
            remedy = "Leave out the options of a fit, or derive the rate network."
            raise DescriptionError("translation, identification", expected, "options", remedy)
        return to_bio(source.ann, seed=seed)
    options: dict[str, Any] = {"method": method, "seed": seed, "identification": identification}
    if not is_recorded(source.bio):  # recorded levels are a range of their own
        options["span"] = _find_input_ranges(source)
    translation = to_ann(source.bio, **options)
    if not isinstance(source.stimulus, xr.DataArray):
        return translation
    return dataclasses.replace(
        translation,
        flags=(*translation.flags, *flag_out_of_range(translation, source.stimulus)),
    )


def _find_input_ranges(source: Pair) -> dict[str, tuple[float, float]]:
    """Return lowest and highest level of each channel in the stimulus of a pair, if it has one."""
    if not isinstance(source.stimulus, xr.DataArray):
        return {}
    channels = {name: source.stimulus.sel(channel=name) for name in source.bio.channels}
    return {name: (float(v.min()), float(v.max())) for name, v in channels.items()}


def check_pair_path(out: Path, command: str) -> None:
    """Check that a path is a valid name for a pair file and does not exist yet.

    Parameters
    ----------
    out : pathlib.Path
        The path, option ``--out`` of the command.
    command : str
        The command, for errors: ``"bioann translate"``.

    Raises
    ------
    DescriptionError
        If it is no name for a Python module.
    OutputError
        If the file exists.
    """
    stem = out.stem
    is_valid = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", stem) and not keyword.iskeyword(stem)
    if out.suffix != ".py" or not is_valid:
        raise DescriptionError(
            f"{command}, --out",
            "a .py file whose name consists of letters, digits and underscores",
            repr(out.name),
            "Choose a name such as 'my_pair.py'.",
        )
    if out.exists():
        raise OutputError(
            f"{command}, --out",
            "the name of a new file",
            f"{out}, which exists",
            "Choose another name or folder; nothing is overwritten.",
        )
