"""The numpy engine: Brian2 in this process, without a compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from bioann.base.errors import SimulationError
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines import cost
from bioann.bio.engines.brian_runtime import simulate_plan
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest, RunResult


@final
class NumpyEngine(Engine):
    """Brian2's numpy code: runs everywhere, slow for small networks."""

    name = "numpy"
    runs_as_program = False
    lane_bytes = cost.BRIAN_LANE_BYTES

    def find_obstacle(self) -> SimulationError | None:
        """Return None: this engine needs nothing but Brian2."""
        return None

    def estimate_seconds(self, plan: NetworkPlan, n_runs: int) -> float:
        """Estimate the seconds of processor time that `n_runs` runs of a plan take."""
        return n_runs * cost.estimate_numpy_seconds(plan)

    def prepare_run(
        self, plan: NetworkPlan, request: RunRequest
    ) -> Callable[[Programs], RunResult]:
        """Return what simulates the plan in this process; it starts no program."""
        return lambda programs: simulate_plan(plan, request, self.brian_preferences())

    def brian_preferences(self) -> dict[str, Any]:
        """Return the preference that makes Brian2 generate numpy code."""
        return {"codegen.target": "numpy"}
