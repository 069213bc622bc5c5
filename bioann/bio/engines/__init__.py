"""The folder of what executes a run, and a page on where its time goes.

A run is planned once, whichever engine does it (`bioann.bio.builder.plan`): code, and numbers for
it. ``numpy`` and ``cython`` are Brian2's, in this process. ``cpp`` writes Brian2's C++ for the
code, compiles it into a program and keeps it (`cache`); a later run of the same code writes its
numbers to a file, starts the program and reads what it left. Parameters, weights, stimuli, spikes,
lanes, duration and the numbers of neurons and synapses are all numbers. A changed equation,
receptor, time step, compiler, flag or processor makes another program; so does a refractory period
that becomes 0, and under an exponential (AdEx) a parameter that changes its sign or becomes 0.

Where the time goes, in seconds of processor time (Python 3.11, brian2 2.9, one core):

- 100 lanes of one neuron with 40 Poisson fibres, 1 s each, 10,000 steps. numpy: 2.7, all but 0.1
  of it Brian2's overhead of about 30 us for each piece of code and step. cpp, for the first time:
  0.25 to write the source, 0.8 to compile it, on two cores in 0.6. cpp from then on: 0.04 in Python
  (most of it for the generators and draws of each lane), 0.05 in all.
- Compiling: Brian2's files one by one take 10 to 45 s, most of it to read the standard library
  over and over. Here they are two files, the steps and what runs once, compiled side by side.
- The conductance-based network of Brette et al. 2007 with 4,000 neurons, 1 s: 0.1 in the program
  (Brian2's own, by hand: 0.6), 0.07 in Python, most of it to draw who is connected.
- A time step of a neuron takes 2.6 ns without exponentials, where its loop becomes vector
  instructions (`tuned`), and some 15 to 20 more for each exponential: 400 for Wang-Buzsaki, of six
  in each of four stages. 360 images of a 64-48-10 classifier, 0.5 s each at 0.1 ms, take 0.28 on
  two cores together.
- An input spike takes 20 to 25 ns to draw and to put in order
  (`bioann.bio.input_spikes.point_process`, `bioann.bio.input_spikes.sorting`) and 1 or 2 in the
  program, one that is recorded 5; a synapse that a spike comes to 0.4.
- Cost over lanes, neurons, synapses and duration is proportional, up to what was tried: 48,000
  neurons with 29 million input spikes take 1.6, four million synapses 0.5. What kept it from that
  was memory. A program lists the synapses of one lane, not of all, in two bytes each where they are
  enough; no array of it grows with spikes, which are read and written as they come; and what is
  used once is not held whole, for memory that comes fresh from the system costs many times as
  much as what is used again.
- A second ``bioann run inverter``: 5.1 in all, beside 2.1 to import Brian2, seaborn, xarray and
  typst alone. Most of it goes one after the other: imports 1.4, draws of input spikes 0.5 (most of
  that for 27 million spikes of a control; what controls share with the biological half is drawn
  once), scores and their resamples 0.7, figures 1.7. Beside that, on a second core: programs (those
  of a pair's halves and controls run while the next is drawn), the netCDF file and the PDF.

So ``auto`` compiles where numpy's overhead, over the few runs that a network is expected to get,
is longer than that (`choice`); its constants are estimates from one machine.

The C++ is what Brian2's device writes, no public interface of it: tried with Brian2 2.9 (Python
3.11), 2.10 (3.12) and 2.11 (3.13), and with another there is no ``cpp`` (`compiler.KNOWN`).

A compiled run of several lanes that is estimated to take more than 0.2 s goes on all cores that
the process may use, the lanes shared out among as many programs (`cores`; ``BIOANN_CORES``
sets another number, and a process that works for another takes one). The recording does not depend
on it.
"""

from bioann.bio.engines.brian_runtime import use_codegen_target
from bioann.bio.engines.choice import ENGINES, check_engine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import Record
from bioann.bio.engines.run import start_run

__all__ = ["ENGINES", "Programs", "Record", "start_run", "check_engine", "use_codegen_target"]
