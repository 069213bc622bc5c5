"""The compiled engine as other engines see it: which programs there are, and how to get one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp import codegen, compiler, program_cache
from bioann.bio.engines.cpp.program import PreparedProgram
from bioann.bio.engines.results import RunRequest
from bioann.bio.integration.step_constants import StepConstant


def program_key(plan: NetworkPlan) -> str:
    """Return the name under which the cache keeps the program of a plan."""
    environment = compiler.describe_environment(compiler.require_compiler())
    return program_cache.hash_key(plan.describe_code(), environment)


def is_compiled(plan: NetworkPlan) -> bool:
    """Return whether the program of a plan is in the cache; it then counts as used."""
    return program_cache.find_program(program_key(plan)) is not None


def prepare_program(plan: NetworkPlan, request: RunRequest) -> PreparedProgram:
    """Write the input of a plan's program; compile it unless it is in the cache."""
    cpp_compiler, key = compiler.require_compiler(), program_key(plan)

    def build(path: Path) -> Mapping[str, Mapping[str, StepConstant]]:
        source = codegen.write_program(plan)
        cpp_compiler.compile(source.files, path)
        return source.step_constants

    populations = ", ".join(g.name.removeprefix("population_") for g in plan.neuron_groups)
    program = program_cache.find_program(key)
    program = program or program_cache.find_or_build(key, populations, build)
    return PreparedProgram(plan, request, program.path, program.step_constants)


def cython_preferences() -> dict[str, Any]:
    """Return Brian2 preferences for Cython: the compiler flags of programs, and a folder.

    Cython's modules have a folder of their own, for they are compiled without Brian2's default of
    -ffast-math.
    """
    environment = compiler.describe_environment(compiler.require_compiler())
    folder = program_cache.cache_folder() / "cython" / program_cache.hash_key(environment)
    return {
        "codegen.runtime.cython.cache_dir": str(folder),
        "codegen.cpp.extra_compile_args": [*compiler.FLAGS],
    }
