"""C++ files of bioann that are compiled on first use and loaded into this process.

A library is compiled once for a compiler, its flags and a processor, and kept in the user's cache
folder. Whoever uses one must have another way, for computers without a compiler.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from bioann.base.leash import kill_leashed, start_on_leash
from bioann.base.processor import describe_cpu

#: Names of compilers, tried in this order after the one that ``CXX`` names.
COMPILER_NAMES = ("c++", "g++", "clang++")
#: With fused multiply-add, which rounds once instead of twice; without -ffast-math.
FLAGS = ("-std=c++14", "-O3", "-ffp-contract=fast", "-w", "-Wno-psabi", "-fPIC", "-shared")
#: Vector instructions of this processor; left out if the compiler does not accept them.
VECTOR_FLAGS = ("-march=native",)


@functools.cache
def find_compiler_version() -> tuple[str, str] | None:
    """Return path and version of the first compiler that starts; None if there is none."""
    for name in (os.environ.get("CXX"), *COMPILER_NAMES):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        try:
            process = subprocess.run(
                [path, "--version"], capture_output=True, text=True, check=False
            )
        except OSError:  # a file that is no program
            continue
        if not process.returncode and process.stdout:
            return path, process.stdout.splitlines()[0]
    return None


@functools.cache
def load_library(source: Path) -> ctypes.CDLL | None:
    """Load the library of a C++ file, and compile it first unless that has been done.

    Parameters
    ----------
    source : pathlib.Path
        The C++ file.

    Returns
    -------
    ctypes.CDLL or None
        The library; None if there is no compiler, or no folder to write the library to.
    """
    compiler = find_compiler_version()
    if compiler is None:
        return None
    text = source.read_bytes()
    key = "\0".join([*compiler, *FLAGS, *VECTOR_FLAGS, describe_cpu()]).encode()
    digest = hashlib.blake2b(key + b"\0" + text, digest_size=16).hexdigest()
    folder = libraries_folder()
    library = folder / f"{source.stem}-{digest}.so"
    try:
        if not library.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            # The system releases it when this process ends, however it ends.
            with FileLock(folder / f"{library.name}.lock"):
                if not library.is_file():
                    _compile(compiler[0], source, library)
        return ctypes.CDLL(str(library))
    except OSError:
        return None


def libraries_folder() -> Path:
    """Return the folder of compiled libraries, in the user's cache folder."""
    return user_cache_path("bioann") / "libraries"


def _compile(compiler: str, source: Path, library: Path) -> None:
    """Compile a file into a library that appears when it is complete; `OSError` if that fails."""
    with tempfile.TemporaryDirectory(dir=library.parent, prefix="building-") as folder:
        target = Path(folder) / library.name
        for flags in ((*FLAGS, *VECTOR_FLAGS), FLAGS):
            command = [compiler, *flags, str(source), "-o", str(target)]
            process = start_on_leash(command, os.environ | {"TMPDIR": folder})
            try:
                assert process.stderr is not None
                message, code = process.stderr.read(), process.wait()
            finally:
                kill_leashed(process)
            if not code:
                target.replace(library)
                return
        raise OSError(message)
