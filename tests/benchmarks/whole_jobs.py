"""What a user waits for: a run with its comparison and report, the command line, the atlas."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bioann as ba
from bioann.bio.engines.cpp import compiler
from tests.benchmarks import by_hand, with_bioann
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    alternate_sides,
    compare_medians,
    time_call,
    time_process,
)

#: Conditions of which the hand-written loop runs a few; each takes as long as any other.
SAMPLED_CONDITIONS = 3
#: Subcommands that only describe something.
DESCRIBING_COMMANDS = (("--help",), ("list",), ("run", "--help"), ("atlas", "--help"))
#: Pairs and studies of the atlas that are run: long ones and short ones.
ATLAS_SAMPLE = ("inverter", "weighted_sum", "decision", "xor", "inverter_training", "veto")


def time_pair_run(size: BenchSize) -> Iterator[BenchFigure]:
    """All models of a pair with 81 conditions, and their comparison, beside a loop over them."""
    pair = ba.load("weighted_sum")
    stimulus = pair.stimulus.isel(condition=slice(0, 9 if size.toy else None))
    n, duration = stimulus.sizes["condition"], stimulus.sizes["time"] * stimulus.attrs["dt"]
    target = "numpy" if size.toy or not compiler.find_compiler() else "cython"
    engine = "numpy" if size.toy else "auto"
    rates = [(50.0, 20.0)] * (1 if size.toy else SAMPLED_CONDITIONS)

    def run() -> ba.Run:
        return pair.run(stimulus, trials=1, seed=1, engine=engine)

    def run_loop() -> float:
        seconds = time_call(lambda: by_hand.run_loop(rates, duration, target))
        return seconds * n / len(rates)

    ba.compare(run())
    by_hand.run_loop(rates[:1], duration, target)
    for what, work, goal in (
        ("run", run, 300),
        ("run and compare", lambda: ba.compare(run()), 150),
    ):
        mine, other = alternate_sides(lambda work=work: time_call(work), run_loop, size.rounds)  # type: ignore[misc]
        yield BenchFigure(
            f"Pair.run of weighted_sum with all controls, {n} conditions, warm: {what}",
            f"a hand-written Brian2 loop over the spiking model ({target}, warm)",
            f">= {goal} x faster",
            **compare_medians(other, mine, at_least=goal),
            ours=mine,
            theirs=other,
            note=f"the loop ran {len(rates)} conditions, times {n / len(rates):g}",
        )
    trials = 1 if size.toy else 3
    last_run = pair.run(stimulus, trials=trials, seed=1, engine=engine)
    compared, ran = alternate_sides(
        lambda: time_call(lambda: ba.compare(last_run)),
        lambda: time_call(lambda: pair.run(stimulus, trials=trials, seed=1, engine=engine)),
        size.rounds,
    )
    yield BenchFigure(
        f"compare of that run, {trials} trials",
        f"Pair.run, {trials} trials",
        "<= 0.5 x",
        **compare_medians(compared, ran, at_most=0.5),
        ours=compared,
        theirs=ran,
    )


def time_second_run(size: BenchSize) -> Iterator[BenchFigure]:
    """The second `bioann run inverter`, against the imports that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        run_command = ["-m", "bioann.cli", "run", "inverter", "--out", folder]
        run_command += ["--trials", "1"] if size.toy else []
        import_command = ["-c", "import brian2, seaborn, xarray, typst"]
        # Both find their bytecode, as where they are installed; a setting may keep it from there.
        environment = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        warm: dict[str, str] = {} if size.toy else environment
        for command in () if size.toy else (run_command, import_command):
            time_process(command, **warm)
        mine, other = alternate_sides(
            lambda: time_process(run_command, **warm),
            lambda: time_process(import_command, **warm),
            size.rounds,
        )
    yield BenchFigure(
        "second 'bioann run inverter' (all formats)",
        'python -c "import brian2, seaborn, xarray, typst"',
        "<= 1.6 x",
        **compare_medians(mine, other, at_most=1.6),
        ours=mine,
        theirs=other,
    )


def time_command_line(size: BenchSize) -> Iterator[BenchFigure]:
    """Commands that only describe something, in seconds over those of Python alone."""
    for arguments in DESCRIBING_COMMANDS[: 1 if size.toy else None]:
        command = ["-m", "bioann.cli", *arguments]
        time_process(command)
        mine, other = alternate_sides(
            lambda command=command: time_process(command),  # type: ignore[misc]
            lambda: time_process(["-c", "pass"]),
            size.rounds,
        )
        seconds = min(mine) - min(other)
        yield BenchFigure(
            f"'bioann {' '.join(arguments)}', seconds more than",
            "python -c pass",
            "<= 0.15 s",
            seconds,
            met=seconds <= 0.15,
            ours=mine,
            theirs=other,
            note="difference of the shortest times, not a ratio",
        )


def time_atlas(size: BenchSize) -> Iterator[BenchFigure]:
    """A part of the atlas, caches filled: two worker processes beside one job after the other."""
    names = ATLAS_SAMPLE[: 1 if size.toy else None]
    subjects = [option for name in names for option in ("--only", name)]
    trials = ["--trials", "1"] if size.toy else []

    def run_atlas(jobs: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            files = ["--out", folder, "--verdicts", str(Path(folder) / "verdicts.csv")]
            return time_process(
                ["-m", "bioann.cli", "atlas", *subjects, "--jobs", str(jobs), *files, *trials]
            )

    if not size.toy:
        run_atlas(1)
    mine, other = alternate_sides(lambda: run_atlas(2), lambda: run_atlas(1), size.rounds)
    yield BenchFigure(
        f"'bioann atlas' of {len(names)} subjects in two worker processes, warm",
        "the same, one after the other",
        ">= 1.5 x faster on two cores",
        **compare_medians(other, mine, at_least=1.5),
        ours=mine,
        theirs=other,
        note=f"{min(mine) / len(names):.2g} s for each subject; {os.cpu_count()} cores, "
        f"engine {with_bioann.choose_fastest_engine()}",
    )
