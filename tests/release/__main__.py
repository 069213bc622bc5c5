"""``make dist``: build wheel and source distribution, and check what a user gets from each."""

from __future__ import annotations

import argparse
import functools
import itertools
import shutil
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from tests.release import archives, installed
from tests.release.checks import CheckLog, run_process
from tests.release.environment import Environment, find_python
from tests.release.outcomes import EnvironmentOutcomes

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
#: PyTorch alone takes as much as everything else together (200 MB to several GB, by platform).
LEFT_OUT = {"torch": "PyTorch is too large to install each time; make test-interop tests it"}
NOTEBOOK = Path("docs") / "notebooks" / "first_comparison.ipynb"
#: Tests of the source distribution that are run; all are collected.
SELECTION = ("tests/base", "tests/stimuli", "tests/test_pair.py")
KINDS = ("wheel", "sdist")
INSTALLS = ("core", "extras")


class Release:
    """A release in the making: its archives, its sources and the environments.

    Parameters
    ----------
    folder : pathlib.Path
        Temporary folder of everything but the archives.
    log : CheckLog
        Prints the outcome of each check.
    downloads : pathlib.Path, optional
        Cache of pip; by default in `folder`.
    """

    def __init__(self, folder: Path, log: CheckLog, downloads: Path | None = None) -> None:
        self.folder, self.log = folder, log
        self.downloads = downloads or folder / "downloads"
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        self.version: str = project["version"]
        self.extras = sorted(set(project["optional-dependencies"]) - LEFT_OUT.keys())
        self.archives: dict[str, Path] = {}

    @property
    def sources(self) -> Path:
        """The unpacked source distribution."""
        return self.folder / "unpacked" / f"bioann-{self.version}"

    def make_environment(self, name: str) -> Environment:
        """Return an environment that is not created yet."""
        constraints = ROOT / "constraints.txt"
        return Environment(self.folder / name, constraints, self.downloads, run_process)

    def build(self, python: str, target: Path) -> str:
        """Build both archives in `target`, the wheel from the source distribution."""
        sources = self.folder / "sources"
        archives.copy_files(archives.list_tracked_files(ROOT), ROOT, sources)
        builder = self.make_environment("builder")
        builder.create(python)
        builder.install("build", "setuptools")
        output = self.folder / "dist"
        arguments = ("-m", "build", "--no-isolation", "--outdir", str(output), str(sources))
        builder.call(*arguments)
        (wheel,), (sdist,) = output.glob("*.whl"), output.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(self.folder / "unpacked", filter="data")
        target.mkdir(parents=True, exist_ok=True)
        for kind, file in {"wheel": wheel, "sdist": sdist}.items():
            self.archives[kind] = Path(shutil.copy2(file, target / file.name))
        return ", ".join(f"{f.name} ({f.stat().st_size / 1e6:.1f} MB)" for f in (wheel, sdist))

    def check_contents(self) -> bool:
        """Check the files of both archives."""
        tracked = archives.list_tracked_files(ROOT)
        wheel = archives.list_wheel(self.archives["wheel"])
        sdist = archives.list_sdist(self.archives["sdist"])
        return all(
            [
                self.log.run("contents of the wheel", lambda: archives.check_wheel(wheel, tracked)),
                self.log.run("contents of the sdist", lambda: archives.check_sdist(sdist, tracked)),
            ]
        )

    def check_install(self, python: str, version: str, kind: str, install: str) -> bool:
        """Install an archive into an empty environment; return whether all works there."""
        title = name_environment(version, kind, install)
        environment = self.make_environment(f"{version} {kind} {install}")

        def set_up() -> str:
            environment.create(python)
            # The path has spaces: of the archive, of the environment and of its home.
            file = Path(shutil.copy2(self.archives[kind], environment.folder))
            extras = f"[{','.join(self.extras)}]" if install == "extras" else ""
            environment.install(f"{file}{extras}")
            return f"into {environment.folder.name!r}"

        failures = self.log.counts["FAILED"]
        if self.log.run(f"{title}: install", set_up):
            for name, check in self.find_checks(environment, kind, install).items():
                self.log.run(f"{title}: {name}", functools.partial(*check))
        shutil.rmtree(environment.folder, ignore_errors=True)
        return self.log.counts["FAILED"] == failures

    def find_checks(self, environment: Environment, kind: str, install: str) -> dict[str, tuple]:
        """Return checks and their arguments, by name; those that install more come last."""
        notebook = self.sources / NOTEBOOK
        checks: dict[str, tuple] = {
            "version and dependencies": (installed.check_version, environment, self.version),
            "bioann run inverter": (installed.check_run, environment),
        }
        if install == "core":
            checks["errors name the extras"] = (installed.check_missing_extras, environment)
        if (kind, install) == ("wheel", "core"):
            checks["packages and HOME read-only"] = (installed.check_read_only, environment)
            checks["HOME unset"] = (installed.check_without_home, environment)
        checks[f"notebook {NOTEBOOK.name}"] = (installed.check_notebook, environment, notebook)
        if (kind, install) == ("sdist", "extras"):
            arguments = (environment, self.sources)
            checks["tests of the sdist"] = (installed.check_sdist_tests, *arguments, SELECTION)
            checks["documentation of the sdist"] = (installed.check_sdist_docs, *arguments)
        return checks


def name_environment(version: str, kind: str, install: str) -> str:
    """Return the name of an environment, as the lines of the log have it."""
    return f"{version}, {kind}, {'core only' if install == 'core' else 'every extra'}"


def check_environments(release: Release, options: argparse.Namespace) -> None:
    """Check each environment that the options select, and note those that pass."""
    outcomes = EnvironmentOutcomes(options.out)
    for version in options.python:
        python = find_python(version, run_process)
        if python is None:
            release.log.skip(version, f"no python{version} on the path or among pyenv's")
            continue
        for kind, install in itertools.product(options.archives, options.installs):
            name, archive = name_environment(version, kind, install), release.archives[kind]
            reason = outcomes.find_reason_to_skip(name, archive) if options.failed else None
            if reason:
                release.log.skip(name, reason)
                continue
            outcomes.note(name, archive, passed=False)
            passed = release.check_install(python, version, kind, install)
            outcomes.note(name, archive, passed=passed)


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument(
        "--python", nargs="+", default=VERSIONS, metavar="VERSION", help="versions of Python"
    )
    parser.add_argument(
        "--archives", nargs="+", default=KINDS, metavar="KIND", help=f"any of {', '.join(KINDS)}"
    )
    installs = {"nargs": "+", "default": INSTALLS, "metavar": "INSTALL"}
    parser.add_argument("--installs", help="any of core (no extra), extras (every one)", **installs)
    parser.add_argument(
        "--failed",
        action="store_true",
        help="only environments that have not passed yet: those that failed, and those that an "
        "interrupted run did not reach",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the archives")
    parser.add_argument(
        "--downloads",
        type=Path,
        help="cache of pip that is kept, so that a repetition downloads nothing",
    )
    options = parser.parse_args(arguments)
    for name, allowed in {"archives": KINDS, "installs": INSTALLS}.items():
        if set(getattr(options, name)) - set(allowed):
            parser.error(f"--{name}: choose among {', '.join(allowed)}")
    return options


def main() -> int:
    """Build and check; return the exit code."""
    options = parse_options()
    log = CheckLog(functools.partial(print, flush=True))
    for extra, reason in LEFT_OUT.items():
        print(f"'every extra' leaves out {extra}: {reason}.", flush=True)
    with tempfile.TemporaryDirectory(prefix="bioann release ", ignore_cleanup_errors=True) as name:
        downloads = options.downloads.resolve() if options.downloads else None
        release = Release(Path(name), log, downloads)
        built = log.run("build", lambda: release.build(sys.executable, options.out))
        if built and release.check_contents():
            check_environments(release, options)
    print(", ".join(f"{count} {status}" for status, count in log.counts.items()))
    return log.exit_code


if __name__ == "__main__":
    sys.exit(main())
