"""Estimates of memory, compared with what is available before anything is built."""

from __future__ import annotations

from bioann.base.errors import BioannError

try:
    import psutil
except ImportError:  # where the system modules that it needs are missing
    psutil = None

#: Bytes that are assumed to be available where nothing tells: those of a small computer.
ASSUMED_BYTES = 4 * 2**30
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def count_available_bytes() -> int:
    """Return the bytes of memory that a process can still get without swapping."""
    return ASSUMED_BYTES if psutil is None else int(psutil.virtual_memory().available)


def format_bytes(n_bytes: float) -> str:
    """Return a number of bytes with a unit, rounded to two digits: ``'1.2 GB'``."""
    scale = 0
    while n_bytes >= 995 and scale < len(_UNITS) - 1:
        n_bytes, scale = n_bytes / 1000, scale + 1
    return f"{float(f'{n_bytes:.2g}'):.10g} {_UNITS[scale]}"


def check_memory(
    error: type[BioannError], obj: str, items: str, n_bytes: float, remedy: str
) -> None:
    """Raise an error for an object that does not fit into the available memory.

    Parameters
    ----------
    error : type of BioannError
        Class of the error.
    obj : str
        The object, for the error.
    items : str
        What takes the memory, with its size (``"1e+12 neurons"``).
    n_bytes : float
        Estimate of the memory that it takes, in bytes.
    remedy : str
        What to change, a sentence.

    Raises
    ------
    BioannError
        Of the class `error`, if the estimate exceeds the available memory.
    """
    available = count_available_bytes()
    if n_bytes > available:
        raise error(
            obj,
            f"at most the {format_bytes(available)} of memory that are available",
            f"{items}: about {format_bytes(n_bytes)}",
            remedy,
        )
