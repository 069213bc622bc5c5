"""Optional dependencies, imported when they are first needed."""

from __future__ import annotations

import importlib
from types import ModuleType

from bioann.base.errors import MissingExtraError


def import_optional(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency; the error names the extra that installs it.

    Parameters
    ----------
    module : str
        Dotted name of the module (``"onnx"``).
    extra : str
        The extra of bioann that installs the library (``"interop"``).
    purpose : str
        The object that needs the library, for the error (``"ONNX file model.onnx"``).

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingExtraError
        If the library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # the library is installed, but one of its own dependencies is not
        raise MissingExtraError(
            purpose,
            f"the library {module!r}",
            "a Python without it",
            f"Install it with: pip install 'bioann[{extra}]'.",
        ) from error
