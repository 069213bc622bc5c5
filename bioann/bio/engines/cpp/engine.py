"""The compiled engine as other engines see it: which programs there are, and how to get one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bioann.bio.builder.plan import Plan
from bioann.bio.engines.cpp import codegen, compiler, program_cache
from bioann.bio.engines.cpp.program import Fed
from bioann.bio.engines.results import Task
from bioann.bio.integration.step_constants import Factor


def program_key(plan: Plan) -> str:
    """Return the name under which the cache keeps the program of a plan."""
    return program_cache.key(plan.code(), compiler.surroundings(compiler.need()))


def is_compiled(plan: Plan) -> bool:
    """Return whether the program of a plan is in the cache; it then counts as used."""
    return program_cache.find(program_key(plan)) is not None


def prepare_program(plan: Plan, task: Task) -> Fed:
    """Write the input of a plan's program; compile it unless it is in the cache."""
    chosen, key = compiler.need(), program_key(plan)

    def build(path: Path) -> Mapping[str, Mapping[str, Factor]]:
        source = codegen.write(plan)
        chosen.compile(source.files, path)
        return source.factors

    populations = ", ".join(g.name.removeprefix("population_") for g in plan.neurons)
    entry = program_cache.find(key) or program_cache.obtain(key, populations, build)
    return Fed(plan, task, entry.program, entry.factors)


def cython_preferences() -> dict[str, Any]:
    """Return Brian2 preferences for Cython: the compiler flags of programs, and a folder.

    Cython's modules have a folder of their own, for they are compiled without Brian2's default of
    -ffast-math.
    """
    environment = compiler.surroundings(compiler.need())
    folder = program_cache.home() / "cython" / program_cache.key(environment)
    return {
        "codegen.runtime.cython.cache_dir": str(folder),
        "codegen.cpp.extra_compile_args": [*compiler.FLAGS],
    }
