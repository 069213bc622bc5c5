"""The first import of Brian2: from any thread, without a log file that a killed process leaves.

Brian2 sets a handler for Ctrl-C when it is imported, which Python allows in the main thread only,
and opens a log of all generated code among the temporary files. Importing `bioann` installs a
finder that sets both aside, whoever imports Brian2 first and wherever: in a notebook server, a web
application or a worker of a cluster. It also leaves out what only some users of Brian2 need until
one asks for it (`bioann.base.deferred_imports`), which saves a third of the time.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from bioann.base.deferred_imports import defer_modules, load_on_demand


class BrianFinder(importlib.abc.MetaPathFinder):
    """Finds Brian2 once, and lets it be loaded by `BrianLoader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the specification of Brian2; None for any other module."""
        if fullname != "brian2":
            return None
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = BrianLoader(spec.loader)
        return spec


class BrianLoader(importlib.abc.Loader):
    """Loads Brian2 with its own loader, without its signal handler and log file."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Create the module as the original loader does."""
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module."""
        with ignore_misplaced_handlers(), defer_modules():
            self.loader.exec_module(module)
        load_on_demand(module)
        remove_log(module)


@contextlib.contextmanager
def ignore_misplaced_handlers() -> Iterator[None]:
    """Let this thread set signal handlers without effect where they cannot work.

    They cannot outside the main thread, and where Ctrl-C is ignored, as in background jobs of a
    shell: Brian2 would call the previous handler, which then is a number.
    """
    set_handler, this_thread = signal.signal, threading.get_ident()
    is_main = threading.current_thread() is threading.main_thread()
    can_handle = is_main and callable(signal.getsignal(signal.SIGINT))

    def set_if_possible(number: int, handler: Any) -> Any:
        if threading.get_ident() == this_thread and not can_handle:
            return signal.getsignal(number)
        return set_handler(number, handler)

    signal.signal = set_if_possible  # type: ignore[assignment]
    try:
        yield
    finally:
        signal.signal = set_handler


def remove_log(brian2: ModuleType) -> None:
    """Close and remove the log file that Brian2 has just opened, and its copy of the script."""
    logger = brian2.BrianLogger
    if logger.file_handler is not None:
        logging.getLogger("brian2").removeHandler(logger.file_handler)
        logger.file_handler.close()
        logger.file_handler = None
    for file in (logger.tmp_log, logger.tmp_script):
        with contextlib.suppress(OSError, TypeError):  # TypeError: None, there is no such file
            os.remove(file)
    logger.tmp_log = logger.tmp_script = None


def install_finder() -> None:
    """Let the next import of Brian2 go through `BrianFinder`; nothing if it is imported already."""
    if "brian2" not in sys.modules:
        sys.meta_path.insert(0, BrianFinder())
