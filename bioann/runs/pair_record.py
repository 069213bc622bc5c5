"""What a recording says about the pair that was run, and the check of a pair against it.

The *experiment* of a pair is everything that its responses and scores depend on: the models with
the code of their functions, correspondence, stimulus, settling time, read-out, bin width and
controls, and the margin, which is stated beforehand. Its question, source, figures, the parameter
that it varies, how it is derived and default numbers of trials and wirings are presentation; claims
and metrics are statements about a run (`bioann.runs.claim_record`). A pair whose experiment differs
from the recorded one is another pair.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from bioann.base.content.content import Content, list_content
from bioann.base.content.text import hash_values
from bioann.base.errors import PairError
from bioann.runs.description import PairDescription

#: Fields of a pair that its responses do not depend on.
PRESENTATION = (
    *("question", "source", "figures", "vary", "derive"),
    *("trials", "wirings", "claims", "metrics"),
)
#: Longest text of an attribute, in characters: netCDF files hold attributes of up to 64 kB.
MAX_ATTRIBUTE = 48_000
#: Longest content of such a text, in bytes: compression saves a factor of a thousand at most.
MAX_UNPACKED = 50_000_000
#: Differences that an error lists at most.
MAX_DIFFERENCES = 4


def read_experiment(pair: PairDescription, *, omit_defaults: bool = False) -> Content:
    """Return the content of the experiment of a pair, its code included."""
    return list_content(pair, without=PRESENTATION, omit_defaults=omit_defaults)


def pack_values(values: Mapping[str, str]) -> str:
    """Return the values of a content as one attribute of a recording.

    Parameters
    ----------
    values : mapping of str to str
        Text of each value by its path.

    Returns
    -------
    str
        Compressed JSON in base 64; of a very large pair one digest for each of its fields.
    """
    text = _compress({"values": dict(values)})
    return text if len(text) <= MAX_ATTRIBUTE else _compress({"fields": group_by_field(values)})


def _compress(document: dict[str, dict[str, str]]) -> str:
    return base64.b64encode(zlib.compress(json.dumps(document).encode(), 9)).decode()


def unpack_values(text: str) -> dict[str, dict[str, str]]:
    """Return what `pack_values` packed: ``values``, or ``fields`` of a very large pair."""
    try:
        # A limit, because zeros unpack to a thousand times their size.
        unpacked = zlib.decompressobj().decompress(base64.b64decode(text), MAX_UNPACKED)
        document: dict[str, dict[str, str]] = json.loads(unpacked)
    except (ValueError, TypeError, zlib.error) as error:
        raise PairError(
            "recording, attribute 'pair_content'",
            "the values of the pair as they were packed",
            f"{type(error).__name__}: {error}",
            "The file is damaged or hostile: run the pair anew.",
        ) from error
    return document


def group_by_field(values: Mapping[str, str]) -> dict[str, str]:
    """Return one digest for all values that belong to a field of the pair."""
    groups: dict[str, dict[str, str]] = {}
    for path, text in values.items():
        groups.setdefault(re.split(r"[.\[]", path, maxsplit=1)[0], {})[path] = text
    return {field: f"{len(g)} values {hash_values(g)}" for field, g in groups.items()}


def check_experiment(pair: PairDescription, attrs: Mapping[Any, Any]) -> None:
    """Check that a pair is the one that was run.

    Parameters
    ----------
    pair : PairDescription
        The pair that is to be compared with the recording.
    attrs : mapping
        Attributes of the recording. One that does not say what was run is not checked.

    Raises
    ------
    PairError
        If the experiments differ; the message lists the values that do.
    """
    if "pair_content" not in attrs:
        return
    content = read_experiment(pair)
    if content.hash == attrs["pair_hash"]:
        return
    differences = find_differences(pair, content, attrs)
    if differences:
        more = len(differences) - MAX_DIFFERENCES
        text = "; ".join(differences[:MAX_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")
        raise PairError(
            f"run of pair {attrs['pair']!r}",
            "the pair that was run",
            f"another pair of that name: {text}",
            "Pass the pair as it was when it was run, or run this one anew.",
        )


def find_differences(
    pair: PairDescription, content: Content, attrs: Mapping[Any, Any]
) -> tuple[str, ...]:
    """Describe the values in which a pair differs from the recorded one.

    New fields of bioann's own classes that have their default value are no difference. Nor is
    bytecode that another minor version of Python has compiled, because it cannot be compared.
    """
    document = unpack_values(str(attrs["pair_content"]))
    recorded, values = document.get("values", {}), dict(content.values)
    if "fields" in document:
        recorded, values = document["fields"], group_by_field(values)
    else:
        explicit = read_experiment(pair, omit_defaults=True).values
        values = {path: v for path, v in values.items() if path in recorded or path in explicit}
    is_comparable = has_same_bytecode(attrs)
    paths = [
        path
        for path in dict.fromkeys((*values, *recorded))
        if recorded.get(path) != values.get(path)
        and (is_comparable or not is_code(recorded.get(path, ""), values.get(path, "")))
    ]
    return tuple(
        f"{path or 'class'}: {recorded.get(path, 'nothing')} in the recording, "
        f"{values.get(path, 'nothing')} in the pair given"
        for path in _leave_out_members(paths)
    )


def list_content_changes(
    first: Mapping[Any, Any], second: Mapping[Any, Any]
) -> tuple[tuple[str, str, str], ...]:
    """List the values in which the recorded pairs of two runs differ.

    Parameters
    ----------
    first, second : mapping
        Attributes of two recordings, with ``pair_content`` and ``versions``.

    Returns
    -------
    tuple of (str, str, str)
        Path of the value, and its text in both runs; empty where a run does not have it. Bytecode
        of different minor versions of Python is left out, because it cannot be compared.
    """
    documents = [unpack_values(str(attrs["pair_content"])) for attrs in (first, second)]
    if all("values" in document for document in documents):
        values = [document["values"] for document in documents]
    else:
        values = [
            document.get("fields") or group_by_field(document.get("values", {}))
            for document in documents
        ]
    is_comparable = read_python_version(first) == read_python_version(second)
    paths = [
        path
        for path in dict.fromkeys((*values[0], *values[1]))
        if values[0].get(path) != values[1].get(path)
        and (is_comparable or not is_code(values[0].get(path, ""), values[1].get(path, "")))
    ]
    return tuple(
        (path or "class", values[0].get(path, ""), values[1].get(path, ""))
        for path in _leave_out_members(paths)
    )


def _leave_out_members(paths: Sequence[str]) -> list[str]:
    """Return the paths without those inside an object that differs as a whole."""
    known_paths = set(paths)
    return [path for path in paths if known_paths.isdisjoint(_list_parents(path))]


def _list_parents(path: str) -> list[str]:
    """Return the paths of the objects that a path is inside: ``a`` and ``a.b`` of ``a.b[0]``."""
    return [path[: match.start()] for match in re.finditer(r"[.\[]", path)]


def has_same_bytecode(attrs: Mapping[Any, Any]) -> bool:
    """Whether a recording was made by this minor version of Python, whose bytecode is the same."""
    return read_python_version(attrs) == [str(n) for n in sys.version_info[:2]]


def read_python_version(attrs: Mapping[Any, Any]) -> list[str]:
    """Return the major and the minor version of Python that made a recording."""
    version = str(json.loads(str(attrs.get("versions", "{}"))).get("python", ""))
    return version.split(".")[:2]


def is_code(*texts: str) -> bool:
    """Return whether recorded values of a pair are all hashes of functions, not numbers or text."""
    return all(text.startswith("code ") for text in texts)
