"""Engines: what executes the run of a spiking network.

A run is planned once (`bioann.bio.builder.plan`): code, and numbers for it. ``numpy`` and
``cython`` are Brian2's engines, in this process. ``cpp`` compiles the code into a program, which is
kept, and hands it the numbers of each run. ``auto`` compiles where that is expected to take less
time (`bioann.bio.engines.choice`). Long compiled runs share their lanes out among the processor's
cores (`bioann.bio.engines.parallel`); the recording depends neither on that nor on other lanes.
Where the time of a run goes is measured in ``docs/where_the_time_goes.md``.
"""

from bioann.bio.engines.brian_runtime import use_codegen_target
from bioann.bio.engines.choice import ENGINES, check_engine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import Record
from bioann.bio.engines.run import start_run

__all__ = ["ENGINES", "Programs", "Record", "check_engine", "start_run", "use_codegen_target"]
