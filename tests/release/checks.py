"""Checks and their outcome: one line each, and an exit code."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

#: Seconds after which a command counts as hung.
TIMEOUT = 3600
#: Lines of a failed command's output that a check shows.
SHOWN_LINES = 15

Runner = Callable[[Sequence[str], Path, Mapping[str, str]], subprocess.CompletedProcess[str]]


class CheckFailedError(Exception):
    """What is released does not do what it should."""


class CheckSkippedError(Exception):
    """This machine cannot check it; the text is the reason."""


def run_process(
    command: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with these environment variables and no others."""
    return subprocess.run(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TIMEOUT,
        check=False,
    )


def require_success(result: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a command, or raise `CheckFailedError` with its last lines."""
    if result.returncode == 0:
        return result.stdout
    lines = result.stdout.rstrip().splitlines()[-SHOWN_LINES:]
    text = "\n".join(["", *(f"      {line}" for line in lines)])
    raise CheckFailedError(f"exit code {result.returncode} of {' '.join(result.args)}{text}")


class CheckLog:
    """Runs checks, prints a line for each and counts how they end."""

    def __init__(self, write: Callable[[str], None] = print) -> None:
        self.write = write
        self.counts = {"passed": 0, "FAILED": 0, "skipped": 0}

    def run(self, name: str, check: Callable[[], str]) -> bool:
        """Run a check, which returns a detail for its line; return whether it passed."""
        start = time.monotonic()
        try:
            status, detail = "passed", check()
        except CheckSkippedError as error:
            status, detail = "skipped", str(error)
        except CheckFailedError as error:
            status, detail = "FAILED", str(error)
        except (OSError, subprocess.SubprocessError) as error:
            status, detail = "FAILED", f"{type(error).__name__}: {error}"
        self.counts[status] += 1
        seconds = time.monotonic() - start
        self.write(f"{status:8}{seconds:6.0f} s  {name}{': ' if detail else ''}{detail}")
        return status == "passed"

    def skip(self, name: str, reason: str) -> None:
        """Print the line of a check that cannot be run."""

        def raise_reason() -> str:
            raise CheckSkippedError(reason)

        self.run(name, raise_reason)

    @property
    def exit_code(self) -> int:
        """0 if something passed and nothing failed."""
        return 0 if self.counts["passed"] and not self.counts["FAILED"] else 1
