"""The number of cores that a run may use."""

from __future__ import annotations

import multiprocessing
import os

from bioann.base.errors import SimulationError

#: Environment variable that sets how many cores a run may use.
CORES_VARIABLE = "BIOANN_CORES"


def count_cores() -> int:
    """Return the number of cores that a run may use: those of this process, or ``BIOANN_CORES``.

    A worker process that another Python process has started uses one, because its parent
    distributes the work over the cores.
    """
    setting = os.environ.get(CORES_VARIABLE)
    if setting is not None:
        if not setting.isdigit() or not int(setting):
            raise SimulationError(
                f"environment variable {CORES_VARIABLE}",
                "a number of cores, 1 or more",
                repr(setting),
                "Unset it to use all cores.",
            )
        return int(setting)
    if multiprocessing.parent_process() is not None:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
