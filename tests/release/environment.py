"""Environments to install into: empty, in a temporary folder, each with a home of its own."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.release.checks import CheckFailedError, CheckSkippedError, Runner, require_success

#: Variables of the caller that would change what an environment sees.
HIDDEN_VARIABLES = re.compile(r"PYTHON|VIRTUAL_ENV|XDG_|BIOANN_|JUPYTER|IPYTHON|MPL|HOME$|TMPDIR$")
#: Gives up the right of the superuser to write where file modes forbid it.
WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


def find_python(version: str, run: Runner) -> str | None:
    """Return the program of a Python version (``"3.12"``), on the path or among pyenv's, if any.

    A program of that name may be a stub that finds no such version, so each is asked.
    """
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(name)
    installed = sorted(pyenv.glob(f"{version}.*/bin/{name}"), reverse=True)
    candidates = [*([on_path] if on_path else []), *map(str, installed)]
    question = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for program in candidates:
        result = run([program, "-c", question], Path.cwd(), os.environ)
        if result.returncode == 0 and result.stdout.strip() == version:
            return program
    return None


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Parameters
    ----------
    folder : pathlib.Path
        Holds the environment (``env``), its home and what programs write.
    constraints : pathlib.Path
        Versions that pip installs.
    downloads : pathlib.Path
        Cache of pip, shared by the environments of a release.
    run : callable
        Runs a command in a folder with environment variables.
    """

    folder: Path
    constraints: Path
    downloads: Path
    run: Runner

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "env" / "bin" / "python")

    @property
    def home(self) -> Path:
        """The home folder of its programs."""
        return self.folder / "home"

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables: the caller's without those that would reach into its Python."""
        kept = {k: v for k, v in os.environ.items() if not HIDDEN_VARIABLES.match(k)}
        temporary = {"HOME": str(self.home), "TMPDIR": str(self.folder / "temporary")}
        return kept | temporary | {"PIP_CACHE_DIR": str(self.downloads)}

    def create(self, python: str) -> None:
        """Make the environment with an interpreter."""
        for folder in (self.home, self.folder / "temporary", self.folder / "work"):
            folder.mkdir(parents=True)
        command = [python, "-m", "venv", str(self.folder / "env")]
        require_success(self.run(command, self.folder, self.variables))

    def install(self, *requirements: str) -> None:
        """Install with pip, at the pinned versions."""
        pip = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        options = ["--quiet", "--no-compile", "--constraint", str(self.constraints)]
        command = [*pip, *options, *requirements]
        require_success(self.run(command, self.folder / "work", self.variables))

    def call(self, *arguments: str, folder: Path | None = None, **variables: str) -> str:
        """Run the interpreter with arguments and return its output."""
        command = [self.python, *arguments]
        result = self.run(command, folder or self.folder / "work", self.variables | variables)
        return require_success(result)

    def call_unprivileged(self, *arguments: str, variables: Mapping[str, str]) -> str:
        """Run the interpreter as somebody who can write only where file modes allow it."""
        prefix = _find_unprivileged_prefix()
        command = [*prefix, self.python, *arguments]
        return require_success(self.run(command, self.folder / "work", variables))

    def find_packages(self) -> Path:
        """Return the folder that pip installs into."""
        (folder,) = (self.folder / "env" / "lib").glob("python*/site-packages")
        return folder

    def forbid_writing(self, *folders: Path) -> None:
        """Make folders read-only, and skip the check where they can be written even so."""
        for folder in folders:
            _set_writable([folder, *_list_folders(folder)], allowed=False)
        for folder in folders:
            program = f"open({str(folder / 'probe')!r}, 'w')"
            command = [*_find_unprivileged_prefix(), self.python, "-c", program]
            if self.run(command, self.folder / "work", self.variables).returncode == 0:
                raise CheckSkippedError(f"this user can write to {folder.name} in any mode")

    def allow_writing(self, *folders: Path) -> None:
        """Undo `forbid_writing`."""
        for folder in folders:
            _set_writable([folder, *_list_folders(folder)], allowed=True)


def _find_unprivileged_prefix() -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    if shutil.which(WITHOUT_PRIVILEGE[0]) is None:
        raise CheckSkippedError("the superuser can write everywhere; run it as another user")
    return WITHOUT_PRIVILEGE


def _list_folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()]


def _set_writable(folders: Iterable[Path], *, allowed: bool) -> None:
    for folder in folders:
        mode = folder.stat().st_mode
        folder.chmod(mode | stat.S_IWUSR if allowed else mode & ~(0o222))


def require_file(path: Path, start: bytes = b"") -> None:
    """Require a file that starts with these bytes and is not empty."""
    if not path.is_file():
        raise CheckFailedError(f"{path.name} was not written")
    content = path.read_bytes()
    if not content or not content.startswith(start):
        raise CheckFailedError(f"{path.name} does not start with {start!r}")
