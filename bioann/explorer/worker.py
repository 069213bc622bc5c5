"""The worker process: loads pairs and runs experiments in its main thread, one after another.

Started as ``python -m bioann.explorer.worker``. It reads requests from standard input and writes
answers to standard output, one line of JSON each; whatever else is printed goes to standard error.
Brian2 stays imported and compiled programs stay in the cache, so later runs are quick. It ends
when standard input does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from bioann.base.errors import BioannError
from bioann.base.printable import clean_text
from bioann.bio.engines.choice import CPP
from bioann.bio.input_spikes.cache import shared_draws
from bioann.comparison.comparison import compare
from bioann.explorer.changed_pair_file import write_changed_pair
from bioann.explorer.connections import describe_connections, measure_weights
from bioann.explorer.experiment import Experiment, LoadedPair, change_loaded_pair
from bioann.explorer.messages import (
    INTERRUPT_SIGNAL,
    SUPERSEDED,
    decode_message,
    encode_message,
)
from bioann.explorer.responses import encode_responses
from bioann.explorer.run_experiment import run_experiment
from bioann.explorer.sliders import MAX_SLIDERS, list_sliders
from bioann.pair_files.load import load
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.report import report
from bioann.reporting.svg import to_svg
from bioann.runs.run import Run

#: Trials of a run unless the page states them: with a compiled program, and without.
COMPILED_TRIALS, INTERPRETED_TRIALS = 2, 1
#: Pairs that stay loaded.
MAX_PAIRS = 8


class NewerRequest(KeyboardInterrupt):
    """A newer request has come; as a KeyboardInterrupt it also stops programs and compilers."""


class ExplorerWorker:
    """Answers requests; keeps loaded pairs and the last run.

    Parameters
    ----------
    origins : mapping of str to str
        Files of pairs that are not found by their names.
    engine : str
        Engine of spiking models; ``'auto'`` takes compiled programs if there is a compiler.
    folder : pathlib.Path
        Folder for pair files and reports.
    """

    def __init__(self, origins: dict[str, str], engine: str, folder: Path) -> None:
        self.origins, self.folder = origins, folder
        obstacle = CPP.find_obstacle() if engine in ("auto", "cpp") else None
        self.engine = "numpy" if obstacle else "cpp" if engine == "auto" else engine
        self.note = ""
        if self.engine != "cpp":
            self.note = "Without compiled programs a change takes longer, so there is one trial."
            self.note += f" {obstacle}" if obstacle else ""
        self.trials = COMPILED_TRIALS if self.engine == "cpp" else INTERPRETED_TRIALS
        self.pairs: dict[str, LoadedPair] = {}
        self.last_run: tuple[str, Run[Any]] | None = None
        self.is_busy = False
        self.drawn_for: tuple[Any, ...] = ()
        self.draws = contextlib.ExitStack()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request; an error of a pair or of a setting becomes a sentence."""
        try:
            self.is_busy = True
            loaded = self.load_pair(str(request.get("pair", "")))
            experiment = change_loaded_pair(loaded, request.get("settings", {}))
            answer = getattr(self, f"answer_{request['kind']}")(experiment, request)
            self.is_busy = False
            return answer
        except NewerRequest:
            return dict(SUPERSEDED)
        except BioannError as error:
            return {"error": str(error)}
        except MemoryError:
            return {"error": "The run needs more memory than there is. Use fewer trials."}
        except Exception as error:  # the page must say what happened, and the worker go on
            return {"error": clean_text(f"{type(error).__name__}: {error}")}
        finally:
            self.is_busy = False

    def load_pair(self, name: str) -> LoadedPair:
        """Load a pair, once."""
        if name not in self.pairs:
            if len(self.pairs) >= MAX_PAIRS:
                self.pairs.pop(next(iter(self.pairs)))
            self.pairs[name] = LoadedPair(load(self.origins.get(name, name)), self.trials)
        return self.pairs[name]

    def run_once(self, experiment: Experiment, request: dict[str, Any]) -> Run[Any]:
        """Run an experiment, unless it is the last one that was run."""
        key = json.dumps([request.get("pair"), request.get("settings", {})])
        if self.last_run is None or key != self.last_run[0]:
            self.share_draws(experiment)
            self.last_run = key, run_experiment(experiment, self.engine)
        return self.last_run[1]

    def share_draws(self, experiment: Experiment) -> None:
        """Keep the input spikes of earlier runs if pair, seed, trials and stimulus are the same."""
        gains = tuple(sorted(experiment.stimulus_values.items()))
        drawn_for = experiment.base.name, experiment.seed, experiment.trials, gains
        if drawn_for != self.drawn_for:
            self.draws.close()
            self.draws.enter_context(shared_draws())
            self.drawn_for = drawn_for

    def answer_describe(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Return question, sliders and engine of a pair."""
        base = experiment.base
        sliders = list_sliders(base, self.trials)
        chosen = sorted(sliders, key=lambda slider: not slider.is_main)[:MAX_SLIDERS]
        changed = set(request.get("settings", {}))
        chosen += [s for s in sliders if s.address in changed and s not in chosen]
        return {
            "name": base.name,
            "question": base.question,
            "source": base.source,
            "engine": self.engine,
            "note": self.note,
            "sliders": [dataclasses.asdict(slider) for slider in chosen],
            "sliders_left_out": len(sliders) - len(chosen),
        }

    def answer_run(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Run both models, and return their responses and connections."""
        start_time = time.perf_counter()
        run = self.run_once(experiment, request)
        condition = request.get("condition")
        responses = encode_responses(experiment, run, condition, str(request.get("along", "")))
        connections = describe_connections(experiment, run, responses["condition"])
        seconds = round(time.perf_counter() - start_time, 3)
        return {**responses, "connections": connections, "seconds": seconds}

    def answer_circuit(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Draw both circuits as SVG, for a page or for a phone."""
        drawing = draw_circuits(experiment.pair.bio, experiment.pair.ann)
        is_narrow = bool(request.get("narrow")) and drawing.narrow is not None
        figure = drawing.narrow() if is_narrow and drawing.narrow else drawing.figure
        return {"svg": to_svg(figure, "circuit")}

    def answer_measure(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Measure the effective weight of each connection of the spiking model."""
        run = self.run_once(experiment, request)
        return {"weights": measure_weights(experiment, run, self.engine)}

    def answer_pair_file(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Write the experiment as a pair file."""
        path = self.write_pair(experiment, request)
        return {"path": str(path), "command": f"bioann run {path}"}

    def write_pair(self, experiment: Experiment, request: dict[str, Any]) -> Path:
        """Write the experiment as a pair file that loads the pair by its name or file."""
        name = str(request["pair"])
        return write_changed_pair(experiment, self.origins.get(name, name), self.folder)

    def answer_report(self, experiment: Experiment, request: dict[str, Any]) -> dict[str, Any]:
        """Write the experiment as a pair file, run that with all references, and report it."""
        path = self.write_pair(experiment, request)
        pair = load(path)
        run = pair.run(trials=pair.trials, seed=experiment.seed, engine=self.engine)
        page = path.with_suffix(".html")
        report(compare(run), page, path.with_suffix(".pdf"))
        return {"path": str(page), "page": page.name}


def listen_to_signals(worker: ExplorerWorker) -> None:
    """Let `INTERRUPT_SIGNAL` stop the present run, and SIGTERM the process, both with clean-up."""

    def interrupt_run(number: int, frame: FrameType | None) -> None:
        if worker.is_busy:
            raise NewerRequest

    def end_process(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end_process)
    if INTERRUPT_SIGNAL is not None:
        signal.signal(INTERRUPT_SIGNAL, interrupt_run)


def answer_requests() -> None:
    """Answer requests from standard input until it ends; the first line is the configuration."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a pair prints must not be taken for an answer
    warnings.simplefilter("ignore")
    configuration = decode_message(sys.stdin.buffer.readline())
    worker = ExplorerWorker(
        configuration["origins"], configuration["engine"], Path(configuration["folder"])
    )
    listen_to_signals(worker)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):  # the server has ended
        for line in sys.stdin.buffer:
            answer = worker.answer(decode_message(line))
            answers.write(encode_message(answer))
            answers.flush()


if __name__ == "__main__":
    answer_requests()
