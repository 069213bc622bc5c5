"""The Cython engine: Brian2 in this process, with an extension module for each piece of code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from bioann.base.errors import SimulationError
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines import cost
from bioann.bio.engines.brian_runtime import simulate_plan
from bioann.bio.engines.cpp import compiler, program_cache
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest, RunResult


@final
class CythonEngine(Engine):
    """Brian2's Cython code: long to compile, and slower than a program."""

    name = "cython"
    runs_as_program = False
    lane_bytes = cost.BRIAN_LANE_BYTES

    def find_obstacle(self) -> SimulationError | None:
        """Return the error for a missing C++ compiler; None if there is one."""
        if compiler.find_module_compiler() is None:
            return compiler.missing_compiler_error(self.name)
        return None

    def estimate_seconds(self, plan: NetworkPlan, n_runs: int) -> float:
        """Estimate the seconds that `n_runs` runs of a plan take when nothing is compiled yet."""
        compiling = cost.CYTHON_SECONDS_PER_CODE_OBJECT * cost.count_code_objects(plan)
        return compiling + cost.CYTHON_TIME_RATIO * n_runs * cost.estimate_numpy_seconds(plan)

    def prepare_run(
        self, plan: NetworkPlan, request: RunRequest
    ) -> Callable[[Programs], RunResult]:
        """Return what compiles and simulates the plan in this process; it starts no program."""
        return lambda programs: simulate_plan(plan, request, self.brian_preferences())

    def brian_preferences(self) -> dict[str, Any]:
        """Return the preferences that make Brian2 generate Cython code, with flags of our own.

        The modules have a cache folder of their own, because they are compiled without Brian2's
        default of -ffast-math.
        """
        cpp_compiler = compiler.find_module_compiler()
        if cpp_compiler is None:
            raise compiler.missing_compiler_error(self.name)
        environment = compiler.describe_environment(cpp_compiler)
        folder = program_cache.cache_folder() / "cython" / program_cache.hash_key(environment)
        return {
            "codegen.target": "cython",
            "codegen.runtime.cython.cache_dir": str(folder),
            "codegen.cpp.extra_compile_args": [*compiler.FLAGS],
        }
