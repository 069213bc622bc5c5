"""The C++ compiler: which there is, how it is called, and what its programs depend on."""

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

#: Names that are looked for, after what ``CXX`` says.
COMPILER_NAMES = ("c++", "g++", "clang++")
#: The Brian2 whose C++ was tried: programs are made of what its device writes, no public interface.
KNOWN_BRIAN2 = ("2.9.", "2.10.", "2.11.")
#: No -ffast-math, and no fused multiply-add: every engine is to give the same bits. -O2 compiles in
#: half to two thirds of the time of -O3, and the programs are no slower.
FLAGS = ("-std=c++14", "-O2", "-ffp-contract=off", "-w")
#: Vector instructions of this processor. They round like others; that no division traps and no
#: function sets errno allows them, and changes no number either.
VECTOR_FLAGS = ("-march=native", "-fno-trapping-math", "-fno-math-errno")
#: By file, flags of its own: most of a frame's code runs once.
FLAGS_BY_FILE = {"frame": ("-O1",)}


@dataclasses.dataclass(frozen=True)
class Compiler:
    """A compiler that was found: its path, and what it says its version is."""

    path: str
    version: str

    def compile(self, files: Mapping[str, str], program: Path) -> None:
        """Compile files, all at the same time; `SimulationError` with the first complaint.

        Compilers that know no flags for vectors do without.
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
            "a program",
            next((line for line in lines if "error" in line), lines[0]),
            "Use engine='numpy', and report this together with the pair.",
        )

    def _call_in_parallel(self, *arguments: Sequence[str]) -> str:
        """Call it several times at once, and give the first complaint; nothing if all went well."""
        processes = [
            subprocess.Popen([self.path, *a], stderr=subprocess.PIPE, text=True) for a in arguments
        ]
        outputs = [(process.communicate()[1], process.returncode) for process in processes]
        return next((text.strip() or f"exit code {code}" for text, code in outputs if code), "")


@functools.cache
def find_compiler() -> Compiler | None:
    """Look for a compiler; None if there is none that starts, or Brian2 is none that is known."""
    if not metadata.version("brian2").startswith(KNOWN_BRIAN2):
        return None
    for name in (os.environ.get("CXX"), *COMPILER_NAMES):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if not answer.returncode:
            return Compiler(path, answer.stdout.splitlines()[0])
    return None


def require_compiler() -> Compiler:
    """Give the compiler; `SimulationError` if there is none."""
    compiler = find_compiler()
    version = metadata.version("brian2")
    if not version.startswith(KNOWN_BRIAN2):
        raise SimulationError(
            "engine 'cpp'",
            f"Brian2 {KNOWN_BRIAN2[0]}x to {KNOWN_BRIAN2[-1]}x, whose C++ it is made of",
            version,
            "Use engine='numpy', or install the Brian2 that constraints.txt names.",
        )
    if compiler is None:
        raise SimulationError(
            "engine 'cpp'",
            f"a C++ compiler ({', '.join(COMPILER_NAMES)}, or what CXX names)",
            "none",
            "Install one (Debian: apt-get install g++), or use engine='numpy'.",
        )
    return compiler


def describe_environment(compiler: Compiler) -> str:
    """Write what a program depends on besides its plan."""
    packages = [f"{name} {metadata.version(name)}" for name in ("brian2", "bioann")]
    flags = (*FLAGS, *VECTOR_FLAGS)
    lines = (compiler.path, compiler.version, *flags, describe_cpu(), platform.python_version())
    return "\n".join([*lines, *packages, hash_sources()])


@functools.cache
def describe_cpu() -> str:
    """Name the processor and its instructions, which those of one name need not share."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    info = {line.split("\t", 1)[0]: line.partition(":")[2].strip() for line in reversed(lines)}
    texts = [info[name] for name in ("model name", "flags", "Features") if name in info]
    return " ".join([platform.machine(), *(texts or [platform.processor()])])


@functools.cache
def hash_sources() -> str:
    """Hash the files of bioann that write programs, for their version alone says too little."""
    bio = Path(__file__).parent.parent.parent
    files = [*bio.rglob("*.py"), *bio.rglob("*.tmpl")]
    content = b"\0".join(f.read_bytes() for f in sorted(files))
    return hashlib.blake2b(content, digest_size=8).hexdigest()
