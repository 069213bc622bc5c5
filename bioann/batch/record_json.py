"""Results of pairs and studies as JSON, from which equal objects are made again.

Only classes that this module lists are made, and they check what they are made of, as always: a
drawing with a script, say, is refused.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd

from bioann.base import equations
from bioann.reporting import claim_scale, document, rich_text, slider
from bioann.robustness import robustness

#: Modules whose dataclasses a record may have.
MODULES = (equations, claim_scale, document, rich_text, slider, robustness)


def list_record_classes(*others: type) -> dict[str, type]:
    """Return the classes that a record may have, by name; `others` are those of its own."""
    known_classes = (cls for module in MODULES for cls in vars(module).values())
    return {
        cls.__name__: cls
        for cls in (*known_classes, *others)
        if isinstance(cls, type) and dataclasses.is_dataclass(cls)
    }


def encode_record(value: Any) -> Any:
    """Return a value as JSON has it.

    Parameters
    ----------
    value : object
        Text, number, None, tuple, mapping from text, table, or object of a dataclass of these.

    Raises
    ------
    TypeError
        If it has something else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"number": repr(value)}
    if isinstance(value, (tuple, list)):
        return [encode_record(item) for item in value]
    if isinstance(value, dict):
        return {"mapping": [[str(key), encode_record(item)] for key, item in value.items()]}
    if isinstance(value, pd.DataFrame):
        columns = {str(name): encode_record(value[name].tolist()) for name in value.columns}
        types = [str(kind) for kind in value.dtypes]
        return {"table": list(columns.items()), "types": types}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        fields = {name: encode_record(getattr(value, name)) for name in names}
        return {"class": type(value).__name__, "fields": fields}
    raise TypeError(f"a record cannot have {type(value).__name__}")


def decode_record(value: Any, classes: dict[str, type]) -> Any:
    """Return the value of which `encode_record` made JSON; a list is a tuple again.

    Parameters
    ----------
    value : object
        What a JSON file has.
    classes : dict of str to type
        Classes that are made, from `list_record_classes`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is something else, or a class refuses its fields.
    """
    if isinstance(value, list):
        return tuple(decode_record(item, classes) for item in value)
    if not isinstance(value, dict):
        return value
    if "number" in value:
        return float(value["number"])
    if "mapping" in value:
        return {key: decode_record(item, classes) for key, item in value["mapping"]}
    if "table" in value:
        columns = {name: list(decode_record(items, classes)) for name, items in value["table"]}
        types = dict(zip(columns, value["types"], strict=True))
        return pd.DataFrame(columns).astype(types)
    fields = {name: decode_record(item, classes) for name, item in value["fields"].items()}
    return classes[value["class"]](**fields)
