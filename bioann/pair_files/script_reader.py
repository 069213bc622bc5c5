"""Reads a Brian2 script as a pair: runs in the process of the script, up to its first ``run()``."""

from __future__ import annotations

import dataclasses
import json
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import brian2 as b2
import numpy as np
from brian2 import pF

from bioann.base.errors import BioannError, DescriptionError, UserCodeError, unknown_name_error
from bioann.base.user_code import describe_exception
from bioann.bio.cells.equation_cell import EquationCell
from bioann.bio.interop.from_brian2 import from_brian2
from bioann.bio.network import SpikingNetwork
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.pair_files.imported_template import ImportedPair, choose_levels, write_imported_source
from bioann.pair_files.later_runs import flag_later_runs
from bioann.pair_files.template import list_decision_texts
from bioann.translate.to_ann.to_ann import to_ann
from bioann.translate.translation import Translation


class ScriptReader:
    """Takes the place of Brian2's ``run()``: reads the network, and ends the process.

    Parameters
    ----------
    script : pathlib.Path
        The script.
    folder : pathlib.Path
        Folder for the result.
    options : mapping of str to object
        ``name`` of the pair, ``channels`` (name of a channel to name of a variable),
        ``capacitance`` in pF, ``method`` and ``seed`` of the rate network.
    """

    def __init__(self, script: Path, folder: Path, options: Mapping[str, Any]) -> None:
        self.script, self.folder, self.options = script, folder, options
        self._originals: list[tuple[Any, str, Any]] = []

    def replace_run(self) -> None:
        """Put this reader in the place of all functions of Brian2 that simulate."""

        def run(duration: Any, *args: Any, namespace: Any = None, level: int = 0, **_: Any) -> None:
            if float(duration) == 0:  # which only prepares the objects
                return
            self.finish(None, duration, namespace, sys._getframe(level + 1))

        def run_network(
            network: Any, duration: Any, *args: Any, namespace: Any = None, level: int = 0, **_: Any
        ) -> None:
            if float(duration) == 0:
                return
            network = None if isinstance(network, b2.MagicNetwork) else network
            self.finish(network, duration, namespace, sys._getframe(level + 1))

        def set_device(*args: Any, **_: Any) -> None:
            """Keep the runtime device: a standalone program has no values before it runs."""

        self._replace(b2.Network, "run", run_network)
        modules = [m for name, m in sys.modules.items() if name.split(".")[0] == "brian2"]
        for name, replacement in (("run", run), ("set_device", set_device)):
            original = getattr(b2, name)
            for module in modules:
                if getattr(module, name, None) is original:
                    self._replace(module, name, replacement)

    def _replace(self, owner: Any, name: str, replacement: Any) -> None:
        self._originals.append((owner, name, getattr(owner, name)))
        setattr(owner, name, replacement)

    def restore_run(self) -> None:
        """Put the functions of Brian2 back: a measured translation simulates."""
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    def finish(self, network: Any, duration: Any, names: Any, frame: Any) -> NoReturn:
        """Read the network where the script calls ``run()``, write the result, and exit."""
        self.restore_run()
        namespace = {**frame.f_globals, **frame.f_locals, **dict(names or {})}
        try:
            self.write_pair(network, float(duration), namespace)
        except BioannError as error:
            self.write_error(error)
        except BaseException as error:  # whatever Brian2 raises for values that the script set
            remedy = "Check that the script runs with Python; 'bioann import' reads it at run()."
            expected = "a network that can be read"
            self.write_error(
                UserCodeError(f"script {self.script}", expected, describe_exception(error), remedy)
            )
        end_process()

    def write_pair(self, network: Any, duration: float, namespace: Mapping[str, Any]) -> None:
        """Write the pair of a network, as source and arrays."""
        channels = {}
        for channel, variable in self.options["channels"].items():
            if variable not in namespace:
                inputs = (b2.PoissonGroup, b2.PoissonInput, b2.TimedArray)
                variables = [k for k, v in namespace.items() if isinstance(v, inputs)]
                raise unknown_name_error(
                    f"bioann import, channel {channel!r}", "variable", variable, variables
                )
            channels[channel] = namespace[variable]
        result = from_brian2(
            network,
            channels=channels,
            namespace=namespace,
            capacitance=self.options["capacitance"] * pF,
        )
        levels = choose_levels(result.network.channels)
        steady, flags = remove_schedules(result.network)
        translation, failure = self.try_translation(steady, levels)
        flags += failure
        pair = ImportedPair(
            self.options["name"], self.script.name, result.network, translation, duration, levels
        )
        decisions = list_decision_texts(result.decisions)
        later = flag_later_runs(self.script.read_text(encoding="utf-8"))
        flags = [*map(str, result.flags), *later, *flags]
        source, arrays = write_imported_source(pair, decisions, flags)
        flags += map(str, translation.flags if translation else ())
        # NumPy's stub takes keyword arguments for its option to allow pickles.
        np.savez_compressed(self.folder / "arrays.npz", **arrays)  # type: ignore[arg-type]
        self.write_result({"source": source, "decisions": decisions, "flags": flags})

    def try_translation(
        self, network: SpikingNetwork, levels: Mapping[str, Sequence[float]]
    ) -> tuple[Translation | None, list[str]]:
        """Derive the rate network; None and the reason where cells made from equations have none.

        Nothing is known about such a cell: it may have no threshold, or no rate at some current.
        """
        has_own_equations = any(isinstance(p.cell, EquationCell) for p in network.populations)
        try:
            return self.translate_network(network, levels), []
        except BioannError as error:
            if not has_own_equations:
                raise
            reason = f"{error.obj}: wanted {error.expected}, got {error.got}"
            return None, [f"no rate network could be derived ({reason}); the file has none"]

    def translate_network(
        self, network: SpikingNetwork, levels: Mapping[str, Sequence[float]]
    ) -> Translation:
        """Derive the rate network, for the activations of the stimulus."""
        spans = {c: (min(levels[c]), max(levels[c])) for c in network.channels}
        method, seed = self.options["method"], self.options["seed"]
        try:
            return to_ann(network, method=method, span=spans, seed=seed)
        except DescriptionError as error:
            if method == "theory":
                error.remedy = (
                    "Try --method measured, which runs the spiking network to measure its "
                    "transfer functions."
                )
            raise

    def write_error(self, error: BioannError) -> None:
        """Write an error as the result."""
        fields = {k: str(getattr(error, k)) for k in ("obj", "expected", "got", "remedy")}
        self.write_result({"error": {"class": type(error).__name__, **fields}})

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write the result, complete or not at all."""
        temporary = self.folder / "result.tmp"
        temporary.write_text(json.dumps(dict(result)), encoding="utf-8")
        temporary.replace(self.folder / "result.json")


def remove_schedules(network: SpikingNetwork) -> tuple[SpikingNetwork, list[str]]:
    """Return a network without scheduled spikes, which no rate describes, and a flag for each."""
    flags, afferents = [], []
    for afferent in network.afferents:
        if not isinstance(afferent, ScheduledAfferent):
            afferents.append(afferent)
            continue
        flags.append(
            f"the scheduled spikes of {afferent.name!r} have no rate: the rate network is derived "
            "without them and has no counterpart for them"
        )
    return dataclasses.replace(network, afferents=tuple(afferents)), flags


def read_script(script: Path, folder: Path) -> NoReturn:
    """Run a script up to its first ``run()``, and write the pair or the error into a folder.

    Parameters
    ----------
    script : pathlib.Path
        The script.
    folder : pathlib.Path
        Folder with ``options.json``; gets ``result.json`` and ``arrays.npz``.
    """
    os.dup2(2, 1)  # standard error, output: one stream, in the order of printing
    reader = ScriptReader(
        script, folder, json.loads((folder / "options.json").read_text(encoding="utf-8"))
    )
    reader.replace_run()
    sys.argv, sys.path = [str(script)], [str(script.parent), *sys.path]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except BaseException as error:  # an exit, too
        reader.write_error(make_script_error(script, error))
    else:
        expected, got = "a script that calls run()", "its end without a call"
        remedy = "Add run(...) where the network is complete; nothing is simulated."
        reader.write_error(UserCodeError(f"script {script}", expected, got, remedy))
    end_process()


def make_script_error(script: Path, error: BaseException) -> UserCodeError:
    """Return the error for an exception that a script raised before its first ``run()``."""
    expected, got = "code that reaches run()", describe_exception(error)
    remedy = "Fix that line: the script must run with Python up to run()."
    if isinstance(error, SyntaxError):  # raised before any line of the file runs
        file = Path(error.filename or script).name
        got = f"{type(error).__name__}: {error.msg} (in {file}, line {error.lineno})"
    elif isinstance(error, ModuleNotFoundError):
        remedy = f"Install the package of {error.name!r} in the Python environment of bioann."
    elif not isinstance(error, Exception):
        remedy = "Remove the exit, or call run() before it."
    return UserCodeError(f"script {script}", expected, got, remedy)


def end_process() -> NoReturn:
    """End the process at once: no code of the script runs after its first ``run()``."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    read_script(Path(sys.argv[1]), Path(sys.argv[2]))
