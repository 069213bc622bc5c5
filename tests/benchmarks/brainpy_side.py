"""The benchmark network of Brette et al. (2007) in BrainPy, run by its own Python.

``brainpy_side.py NEURONS SECONDS`` prints what it measured as JSON: the seconds of the faster of
two runs after the one that compiles.
"""

import json
import sys
import time

import brainpy as bp
import brainpy.math as bm
import jax

n, duration = int(sys.argv[1]), float(sys.argv[2])
n_excitatory = round(0.8 * n)
bm.set_platform("cpu")
bm.set_dt(0.1)
#: Weight in nS, time constant in ms and reversal potential in mV.
AMPA, GABA_A = (6.0, 5.0, 0.0), (67.0, 10.0, -80.0)


class Network(bp.DynSysGroup):
    """Excitatory and inhibitory neurons with spikes from outside for 50 ms."""

    def __init__(self):
        super().__init__()
        sizes = {"e": n_excitatory, "i": n - n_excitatory}
        cells = {
            "V_rest": -60.0, "V_th": -50.0, "V_reset": -60.0, "tau": 20.0, "R": 0.1,
            "tau_ref": 5.0, "V_initializer": bp.init.Constant(-60.0),
        }  # fmt: skip
        self.cells = bm.NodeDict({k: bp.dyn.LifRef(size, **cells) for k, size in sizes.items()})
        self.kicks = bm.NodeDict({k: bp.dyn.PoissonGroup(m, freqs=1e3) for k, m in sizes.items()})
        self.projections, self.inputs = bm.NodeDict(), bm.NodeDict()
        for target, size in sizes.items():
            self.inputs[target] = self.project(bp.dnn.OneToOne(size, AMPA[0]), AMPA, target)
            for source, receptor in (("e", AMPA), ("i", GABA_A)):
                rule = bp.conn.FixedProb(min(80 / n, 1.0), pre=sizes[source], post=size)
                synapses = bp.dnn.EventCSRLinear(rule, receptor[0])
                self.projections[source + target] = self.project(synapses, receptor, target)

    def project(self, synapses, receptor, target):
        """Let synapses act on a population through exponential conductances."""
        _, tau, reversal = receptor
        size = self.cells[target].num
        conductance, current = bp.dyn.Expon(size, tau=tau), bp.dyn.COBA(E=reversal)
        return bp.dyn.HalfProjAlignPost(synapses, conductance, current, self.cells[target])

    def update(self):
        """Run one time step; return the number of spikes."""
        is_kicked = bp.share["t"] < 50.0
        for pathway, projection in self.projections.items():
            projection(self.cells[pathway[0]].spike)
        for target, projection in self.inputs.items():
            projection(bm.logical_and(self.kicks[target](), is_kicked))
        return sum(bm.sum(cells()) for cells in self.cells.values())


network = Network()
steps = bm.arange(round(duration / 1e-4))


@bm.jit
def run():
    """Run all time steps; return the number of spikes in each."""
    return bm.for_loop(network.step_run, steps)


times, counts = [], None
for _ in range(3):
    network.reset()
    start, busy = time.perf_counter(), time.process_time()
    counts = jax.block_until_ready(bm.as_jax(run()))
    times.append((time.perf_counter() - start, time.process_time() - busy))
seconds, processor = min(times[1:])
rate = float(counts.sum()) / n / duration
print(json.dumps({"seconds": seconds, "processor": processor, "rate": rate}))
