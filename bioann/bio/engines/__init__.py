"""Engines: what executes the run of a spiking network.

A run is planned once (`bioann.bio.builder.plan`): code, and numbers for it. ``numpy`` and
``cython`` are Brian2's engines and simulate in this process. ``cpp`` compiles the code into a
program, keeps it, and hands it the numbers of each run; for releases of Brian2 whose generated
code it does not know, ``cpp_standalone`` compiles Brian2's own program in every run. ``auto`` takes
the engine that is expected to be fastest (`bioann.bio.engines.choice`, by the estimates in
`bioann.bio.engines.cost`). Long
runs of the cpp engine are split over the processor's cores (`bioann.bio.engines.parallel`); the
recording of a lane depends neither on that nor on the other lanes.
``docs/concepts/where_the_time_goes.md`` lists what each step of a run costs.
"""

from bioann.bio.engines.brian_runtime import use_brian_preferences
from bioann.bio.engines.choice import list_candidates
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import Record
from bioann.bio.engines.run import start_run

__all__ = ["Programs", "Record", "list_candidates", "start_run", "use_brian_preferences"]
