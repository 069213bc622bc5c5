"""The C++ compiler: how it is found and called, and what its programs depend on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from bioann.base.errors import SimulationError

#: Names of compilers, tried in this order after the one that ``CXX`` names.
COMPILER_NAMES = ("c++", "g++", "clang++")
#: Tested versions of Brian2: programs are made from its generated C++, not a public interface.
KNOWN_BRIAN2 = ("2.9.", "2.10.", "2.11.")
#: No -ffast-math and no fused multiply-add, so that all engines give the same bits. -O2 compiles in
#: half to two thirds of the time of -O3, and the programs are as fast.
FLAGS = ("-std=c++14", "-O2", "-ffp-contract=off", "-w")
#: Vector instructions of this processor, which round like scalar ones. Vectorisation requires that
#: divisions do not trap and functions do not set errno; neither changes a result.
VECTOR_FLAGS = ("-march=native", "-fno-trapping-math", "-fno-math-errno")
#: Additional flags by file. Most code of the frame runs only once, and none of it catches an
#: exception: without the code that would clean up behind one, it compiles in 4/5 of the time.
FLAGS_BY_FILE = {"frame": ("-O1", "-fno-exceptions")}


@dataclasses.dataclass(frozen=True)
class Compiler:
    """An installed compiler: its path, and the first line of its ``--version``."""

    path: str
    version: str

    def compile(self, files: Mapping[str, str], program: Path) -> None:
        """Compile files in parallel and link them into a program.

        `VECTOR_FLAGS` are left out if the compiler does not accept them.

        Parameters
        ----------
        files : mapping of str to str
            C++ text of each file, by name without ending.
        program : pathlib.Path
            Program to write; temporary files go into its folder.

        Raises
        ------
        SimulationError
            If compilation fails, with the first error message.
        """
        with tempfile.TemporaryDirectory(prefix="objects-", dir=program.parent) as folder:
            for name, text in files.items():
                Path(folder, f"{name}.cpp").write_text(text, encoding="utf-8")
            paths = {name: str(Path(folder, name)) for name in files}
            per_file = [
                (*FLAGS_BY_FILE.get(name, ()), "-c", f"{path}.cpp", "-o", f"{path}.o")
                for name, path in paths.items()
            ]
            link = (*(f"{path}.o" for path in paths.values()), "-o", str(program))
            for flags in ((*FLAGS, *VECTOR_FLAGS), FLAGS):
                message = self._call_in_parallel(*((*flags, *arguments) for arguments in per_file))
                message = message or self._call_in_parallel(link)
                if not message:
                    return
        lines = message.splitlines()
        raise SimulationError(
            f"engine 'cpp', compiler {self.path}",
            "source code that compiles",
            next((line for line in lines if "error" in line), lines[0]),
            "Use engine='numpy', and report this error together with the pair.",
        )

    def _call_in_parallel(self, *arguments: Sequence[str]) -> str:
        """Call the compiler once per argument list, in parallel; return the first error message."""
        processes = [
            subprocess.Popen([self.path, *a], stderr=subprocess.PIPE, text=True) for a in arguments
        ]
        outputs = [(process.communicate()[1], process.returncode) for process in processes]
        return next((text.strip() or f"exit code {code}" for text, code in outputs if code), "")


@functools.cache
def find_compiler() -> Compiler | None:
    """Find a compiler that starts; None if there is none, or for an untested Brian2."""
    if not metadata.version("brian2").startswith(KNOWN_BRIAN2):
        return None
    for name in (os.environ.get("CXX"), *COMPILER_NAMES):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        process = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if not process.returncode:
            return Compiler(path, process.stdout.splitlines()[0])
    return None


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
    version = metadata.version("brian2")
    if not version.startswith(KNOWN_BRIAN2):
        return SimulationError(
            f"engine {engine!r}",
            f"Brian2 {KNOWN_BRIAN2[0]}x to {KNOWN_BRIAN2[-1]}x, whose generated C++ is tested",
            version,
            "Use engine='numpy', or install the Brian2 that constraints.txt names.",
        )
    if find_compiler() is None:
        return SimulationError(
            f"engine {engine!r}",
            f"a C++ compiler ({', '.join(COMPILER_NAMES)}, or the one that CXX names)",
            "none",
            "Install one (Debian: apt-get install g++), or use engine='numpy'.",
        )
    return None


def describe_environment(compiler: Compiler) -> str:
    """List what a program depends on besides its plan, one item a line."""
    packages = [f"{name} {metadata.version(name)}" for name in ("brian2", "bioann")]
    flags = (*FLAGS, *VECTOR_FLAGS)
    lines = (compiler.path, compiler.version, *flags, describe_cpu(), platform.python_version())
    return "\n".join([*lines, *packages, hash_sources()])


@functools.cache
def describe_cpu() -> str:
    """Return the processor's name and instruction sets; one name may have several sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    info = {line.split("\t", 1)[0]: line.partition(":")[2].strip() for line in reversed(lines)}
    texts = [info[name] for name in ("model name", "flags", "Features") if name in info]
    return " ".join([platform.machine(), *(texts or [platform.processor()])])


@functools.cache
def hash_sources() -> str:
    """Hash the source files that generate programs, because they change within a version."""
    bio = Path(__file__).parent.parent.parent
    files = [*bio.rglob("*.py"), *bio.rglob("*.tmpl")]
    content = b"\0".join(f.read_bytes() for f in sorted(files))
    return hashlib.blake2b(content, digest_size=8).hexdigest()
