"""Libraries that come with an extra of bioann: imported when first needed."""

from __future__ import annotations

import importlib
from types import ModuleType

from bioann.base.errors import MissingExtraError


def import_optional(module: str, extra: str, purpose: str) -> ModuleType:
    """Import a library, or say which extra brings it.

    Parameters
    ----------
    module : str
        Its dotted name (``"onnx"``).
    extra : str
        The extra of bioann that it comes with (``"interop"``).
    purpose : str
        What needs it, for the error (``"ONNX file model.onnx"``).

    Returns
    -------
    module
        The library.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # the library is there, and misses something of its own
        raise MissingExtraError(
            purpose,
            f"the library {module!r}",
            "a Python without it",
            f"Install it with: pip install 'bioann[{extra}]'.",
        ) from error
