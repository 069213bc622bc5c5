"""JAX and optax, asked for when training begins: running a network needs neither."""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import Any

from bioann.base.optional import import_optional


def import_jax() -> ModuleType:
    """Give JAX, or say which extra brings it."""
    return import_optional("jax", "train", "training")


def import_optax() -> ModuleType:
    """Give optax, or say which extra brings it."""
    return import_optional("optax", "train", "training")


def use_precision(kind: str) -> contextlib.AbstractContextManager[Any]:
    """Compute with 32 or 64 bits inside a ``with`` block, and nowhere else.

    JAX computes with 32 bits unless told otherwise for the whole process; nothing here changes
    that for others.
    """
    if kind == "single":
        return contextlib.nullcontext()
    module = import_jax()
    if hasattr(module, "enable_x64"):
        return module.enable_x64(True)
    return import_optional("jax.experimental", "train", "training").enable_x64()  # before JAX 0.8
