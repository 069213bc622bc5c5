"""The cpp engine: a compiled program for each network structure, kept in the user's cache."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import final

from bioann.base.errors import SimulationError
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines import cost
from bioann.bio.engines.cpp import codegen, compiler, program_cache
from bioann.bio.engines.cpp.program import PreparedProgram
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.results import RunRequest
from bioann.bio.integration.step_constants import StepConstant

#: The part of a program that is the same for all networks, and its title in the cache.
RUNTIME_FILE = compiler.INCLUDE_FOLDER / "runtime.cpp"
RUNTIME_TITLE = "code that all programs share"


@final
class CppEngine(Engine):
    """Compiles the code of a plan into a program and hands it the numbers of each run."""

    name = "cpp"
    runs_as_program = True
    lane_bytes = cost.PROGRAM_LANE_BYTES

    def find_obstacle(self) -> SimulationError | None:
        """Return the error for a missing C++ compiler or an untested Brian2; None without one."""
        return compiler.find_obstacle(self.name)

    def estimate_seconds(self, plan: NetworkPlan, n_runs: int) -> float:
        """Estimate the seconds that `n_runs` runs of a plan take, and compiling if it is needed."""
        running = cost.PROGRAM_TIME_RATIO * n_runs * cost.estimate_numpy_seconds(plan)
        if self.find_obstacle() is None and has_program(plan):
            return running
        return cost.estimate_compile_seconds(plan) + running

    def prepare_run(self, plan: NetworkPlan, request: RunRequest) -> PreparedProgram:
        """Write the input of a plan's program; compile it unless it is in the cache."""
        compiler.require_compiler(self.name)
        key = program_key(plan)
        populations = ", ".join(g.name.removeprefix("population_") for g in plan.neuron_groups)
        build = functools.partial(build_program, plan)
        program = program_cache.find_program(key)
        program = program or program_cache.find_or_build(key, populations, build)
        try:
            return PreparedProgram(plan, request, program.path, program.step_constants)
        except FileNotFoundError:  # the cache was cleared in this moment
            program = program_cache.find_or_build(key, populations, build)
            return PreparedProgram(plan, request, program.path, program.step_constants)

    def brian_preferences(self) -> None:
        """Return None: a program is made from a plan, not from a network written in Brian2."""


def build_program(plan: NetworkPlan, path: Path) -> dict[str, dict[str, StepConstant]]:
    """Compile the program of a plan and write it to a path; return its step constants."""
    cpp_compiler, network_object = compiler.require_compiler(CppEngine.name), path.with_suffix(".o")
    with ThreadPoolExecutor(1) as executor:
        runtime_object = executor.submit(find_runtime_object, cpp_compiler)
        source = codegen.write_program(plan)
        cpp_compiler.compile_object(source.text, network_object)
        cpp_compiler.link((network_object, runtime_object.result()), path)
    network_object.unlink()
    return source.step_constants


def find_runtime_object(cpp_compiler: compiler.Compiler) -> Path:
    """Return the object file that all programs share; compile it unless it is in the cache."""

    def build(path: Path) -> dict[str, dict[str, StepConstant]]:
        cpp_compiler.compile_object(RUNTIME_FILE.read_text(encoding="utf-8"), path)
        return {}

    key = program_cache.hash_key("runtime", compiler.describe_environment(cpp_compiler))
    entry = program_cache.find_program(key)
    return (entry or program_cache.find_or_build(key, RUNTIME_TITLE, build)).path


def program_key(plan: NetworkPlan) -> str:
    """Return the name under which the cache keeps the program of a plan."""
    environment = compiler.describe_environment(compiler.require_compiler(CppEngine.name))
    return program_cache.hash_key(plan.describe_code(), environment)


def has_program(plan: NetworkPlan) -> bool:
    """Return whether the program of a plan is in the cache; it then counts as used."""
    return program_cache.find_program(program_key(plan)) is not None
