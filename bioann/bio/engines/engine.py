"""The interface of an engine: what executes planned runs of spiking networks."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, ClassVar

from bioann.base.errors import SimulationError
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cost import LaneBytes
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest, RunResult


class Engine(abc.ABC):
    """Executes planned runs and estimates what they cost; engines have no state.

    Attributes
    ----------
    name : str
        Name that users give, and that recordings keep in ``attrs["engine"]``.
    runs_as_program : bool
        Whether a prepared run is a program of its own, which any thread may wait for. Otherwise
        Brian2 simulates in this process, which can do one run at a time.
    lane_bytes : LaneBytes
        Memory that one lane takes, in bytes per neuron, synapse and spike.
    """

    name: ClassVar[str]
    runs_as_program: ClassVar[bool]
    lane_bytes: ClassVar[LaneBytes]

    @abc.abstractmethod
    def find_obstacle(self) -> SimulationError | None:
        """Return the error that explains why this engine cannot run here; None if it can."""

    @abc.abstractmethod
    def estimate_seconds(self, plan: NetworkPlan, n_runs: int) -> float:
        """Estimate the seconds of processor time that `n_runs` runs of a plan take.

        Compilation is included, unless an earlier run has compiled what this plan needs.
        """

    @abc.abstractmethod
    def prepare_run(
        self, plan: NetworkPlan, request: RunRequest
    ) -> Callable[[Programs], RunResult]:
        """Prepare a run, in the thread that uses Brian2.

        Parameters
        ----------
        plan : NetworkPlan
            Code and numbers of the network; all its lanes run together.
        request : RunRequest
            What to record in each lane.

        Returns
        -------
        callable
            Executes the run. Its argument collects the programs that it starts, so that the caller
            can end them.

        Raises
        ------
        SimulationError
            Here or from the returned callable, if the engine cannot run here.
        """

    @abc.abstractmethod
    def brian_preferences(self) -> dict[str, Any] | None:
        """Return Brian2's preferences for running a network in this process with this engine.

        None for an engine that runs plans only, which a network written in Brian2 has not.
        """
