"""The C++ compiler: how it is found and called, and what its programs depend on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from bioann.base.content.libraries import find_version
from bioann.base.errors import SimulationError
from bioann.base.leash import kill_leashed, start_on_leash
from bioann.base.processor import describe_cpu
from bioann.base.shared_library import COMPILER_NAMES, find_compiler_version

#: Tested versions of Brian2: programs are made from its generated C++, not a public interface.
KNOWN_BRIAN2 = ("2.9.", "2.10.", "2.11.")
#: No -ffast-math and no fused multiply-add, so that all engines give the same bits. -O2 compiles in
#: half to two thirds of the time of -O3, and the programs are as fast.
FLAGS = ("-std=c++14", "-O2", "-ffp-contract=off", "-w")
#: Vector instructions of this processor, which round like scalar ones. Vectorisation requires that
#: divisions do not trap and functions do not set errno; neither changes a result.
VECTOR_FLAGS = ("-march=native", "-fno-trapping-math", "-fno-math-errno")
#: What lets a program run several threads; where a compiler does not accept it, programs run one.
THREAD_FLAG = "-pthread"
#: Flags to compile with, in the order in which they are tried, besides `FLAGS`.
_FLAG_CHOICES = (
    (*VECTOR_FLAGS, THREAD_FLAG, "-DBIOANN_THREADS"),
    (THREAD_FLAG, "-DBIOANN_THREADS"),
    VECTOR_FLAGS,
    (),
)
#: Folder of ``runtime.h``, which the code of every network includes.
INCLUDE_FOLDER = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Compiler:
    """An installed compiler: its path, and the first line of its ``--version``."""

    path: str
    version: str

    def compile_object(self, text: str, target: Path) -> None:
        """Compile C++ text into an object file.

        `VECTOR_FLAGS` and `THREAD_FLAG` are left out if the compiler does not accept them.

        Parameters
        ----------
        text : str
            C++ text, which may include ``runtime.h``.
        target : pathlib.Path
            Object file to write.

        Raises
        ------
        SimulationError
            If compilation fails, with the first error message.
        """
        source = target.with_name(f"{target.name}.cpp")
        source.write_text(text, encoding="utf-8")
        arguments = ("-I", str(INCLUDE_FOLDER), "-c", str(source), "-o", str(target))
        message = ""
        for flags in _FLAG_CHOICES:
            message = self._call(target.parent, (*FLAGS, *flags, *arguments))
            if not message:
                break
        source.unlink()
        self._raise_if(message)

    def link(self, objects: Iterable[Path], program: Path) -> None:
        """Link object files into a program; `SimulationError` if that fails."""
        arguments = (*map(str, objects), "-o", str(program))
        message = self._call(program.parent, (*arguments, THREAD_FLAG))
        self._raise_if(message and self._call(program.parent, arguments))

    def _call(self, folder: Path, arguments: Sequence[str]) -> str:
        """Call the compiler, with a folder for its temporary files; return its error message."""
        # They go with the folder, however it ends.
        environment = os.environ | {"TMPDIR": str(folder)}
        process = start_on_leash([self.path, *arguments], environment)
        try:
            assert process.stderr is not None
            # Standard input, which holds the leash, is closed at the end.
            message, code = process.stderr.read(), process.wait()
        finally:
            kill_leashed(process)
        return (message.strip() or f"exit code {code}") if code else ""

    def _raise_if(self, message: str) -> None:
        if message:
            lines = message.splitlines()
            raise SimulationError(
                f"engine 'cpp', compiler {self.path}",
                "source code that compiles",
                next((line for line in lines if "error" in line), lines[0]),
                "Use engine='numpy', and report this error together with the pair.",
            )


def find_compiler() -> Compiler | None:
    """Find the compiler of programs; None if there is none, or for an untested Brian2."""
    return search_compiler() if is_known_brian2() else None


def is_known_brian2() -> bool:
    """Return whether programs were tested with the generated C++ of the installed Brian2."""
    return find_version("brian2").startswith(KNOWN_BRIAN2)


def find_module_compiler() -> Compiler | None:
    """Find the compiler of Brian2's own Cython modules, which any release of Brian2 can make."""
    return find_compiler() if is_known_brian2() else search_compiler()


@functools.cache
def search_compiler() -> Compiler | None:
    """Find a compiler that starts; None if there is none."""
    compiler = find_compiler_version()
    return None if compiler is None else Compiler(*compiler)


def require_compiler(engine: str) -> Compiler:
    """Return the compiler for the named engine; `SimulationError` if there is none."""
    obstacle, compiler = find_obstacle(engine), find_compiler()
    if obstacle is not None:
        raise obstacle
    assert compiler is not None
    return compiler


def find_obstacle(engine: str) -> SimulationError | None:
    """Return the error for a missing compiler or an untested Brian2; None if there is neither.

    Parameters
    ----------
    engine : str
        Name of the engine that needs the compiler.

    Returns
    -------
    SimulationError or None
        What is missing, and how to get it.
    """
    if not is_known_brian2():
        return SimulationError(
            f"engine {engine!r}",
            f"Brian2 {KNOWN_BRIAN2[0]}x to {KNOWN_BRIAN2[-1]}x, whose generated C++ is tested",
            find_version("brian2"),
            "Use engine='cpp_standalone' or 'numpy', or the Brian2 that constraints.txt names.",
        )
    return None if find_compiler() else missing_compiler_error(engine)


def missing_compiler_error(engine: str) -> SimulationError:
    """Build the error of an engine that needs a compiler where there is none."""
    return SimulationError(
        f"engine {engine!r}",
        f"a C++ compiler ({', '.join(COMPILER_NAMES)}, or the one that CXX names)",
        "none",
        "Install one (Debian: apt-get install g++), or use engine='numpy'.",
    )


def describe_environment(compiler: Compiler) -> str:
    """List what a program depends on besides its plan, one item a line."""
    packages = [f"{name} {find_version(name)}" for name in ("brian2", "bioann")]
    flags = (*FLAGS, *VECTOR_FLAGS, THREAD_FLAG)
    lines = (compiler.path, compiler.version, *flags, describe_cpu(), platform.python_version())
    return "\n".join([*lines, *packages, hash_sources()])


@functools.cache
def hash_sources() -> str:
    """Hash the source files that generate programs, because they change within a version."""
    bio = Path(__file__).parent.parent.parent
    files = [f for ending in ("py", "tmpl", "h", "cpp") for f in bio.rglob(f"*.{ending}")]
    content = b"\0".join(f.read_bytes() for f in sorted(files))
    return hashlib.blake2b(content, digest_size=8).hexdigest()
