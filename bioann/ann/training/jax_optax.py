"""Import of JAX and optax, optional dependencies that only training needs."""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import Any

from bioann.base.optional import import_optional


def import_jax() -> ModuleType:
    """Return JAX; raise `MissingExtraError` if it is not installed."""
    return import_optional("jax", "train", "training")


def import_optax() -> ModuleType:
    """Return optax; raise `MissingExtraError` if it is not installed."""
    return import_optional("optax", "train", "training")


def use_precision(kind: str) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which JAX computes with 32 (``'single'``) or 64 bits (``'double'``).

    The setting of the process, 32 bits by default, is unchanged outside of the context.
    """
    if kind == "single":
        return contextlib.nullcontext()
    jax = import_jax()
    if jax.__version_info__ >= (0, 8):
        return jax.enable_x64(True)
    return import_optional("jax.experimental", "train", "training").enable_x64()
