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
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import load
from bioann.pair_files.template import write_pair_source
from bioann.translate.to_ann.to_ann import to_ann
from bioann.translate.to_ann.validity import flag_out_of_range
from bioann.translate.to_bio.to_bio import to_bio
from bioann.translate.translation import Translation


def write_translation(
    name: str | Path, out: Path, *, side: str, method: str = "theory", seed: int
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
    method : {'theory', 'measured'}, optional
        How the transfer functions of a derived rate network are obtained.
    seed : int
        Seed of all random numbers of the translation, 0 or larger.

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
    translation = translate_pair(source, side, method=method, seed=seed)
    reference = repr(source.name)
    if str(name) != source.name:
        relative_path = os.path.relpath(find_subject_file(name).resolve(), out.resolve().parent)
        reference = f"HERE / {relative_path!r}"
    text = write_pair_source(out.stem, source.name, reference, side, translation)
    with write_atomically(out) as (temporary,):
        temporary.write_text(text, encoding="utf-8")
    return translation


def translate_pair(source: Pair, side: str, *, method: str, seed: int) -> Translation:
    """Derive one model of a pair; a rate network for the input range of the pair's stimulus."""
    if side == "bio":
        return to_bio(source.ann, seed=seed)
    input_ranges: dict[str, tuple[float, float]] = {}
    if isinstance(source.stimulus, xr.DataArray):
        for channel in source.bio.channels:
            values = source.stimulus.sel(channel=channel)
            input_ranges[channel] = (float(values.min()), float(values.max()))
    options: dict[str, Any] = {"method": method, "span": input_ranges, "seed": seed}
    translation = to_ann(source.bio, **options)
    if not isinstance(source.stimulus, xr.DataArray):
        return translation
    return dataclasses.replace(
        translation,
        flags=(*translation.flags, *flag_out_of_range(translation, source.stimulus)),
    )


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
