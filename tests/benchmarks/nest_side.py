"""The benchmark network of Brette et al. (2007) in NEST, run by its own Python.

``nest_side.py NEURONS SECONDS THREADS`` prints what it measured as JSON.
"""

import json
import sys
import time

import nest

n, duration, threads = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
#: Mean in-degree of each neuron.
DEGREE = 80

nest.verbosity = nest.VerbosityLevel.ERROR
start, busy = time.perf_counter(), time.process_time()
nest.ResetKernel()
nest.local_num_threads = threads
nest.resolution = 0.1
nest.SetDefaults(
    "iaf_cond_exp",
    {"C_m": 200.0, "g_L": 10.0, "E_L": -60.0, "V_m": -60.0, "V_th": -50.0, "V_reset": -60.0,
     "t_ref": 5.0, "E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0},
)  # fmt: skip
cells = nest.Create("iaf_cond_exp", n)
n_excitatory = round(0.8 * n)
kick = nest.Create("poisson_generator", params={"rate": 1000.0, "stop": 50.0})
recorder = nest.Create("spike_recorder")
nest.Connect(kick, cells, syn_spec={"weight": 6.0, "delay": 0.1})
for sources, weight in ((cells[:n_excitatory], 6.0), (cells[n_excitatory:], -67.0)):
    # In-degrees vary as if each pair was connected with the same probability, which takes longer.
    rule = {"rule": "fixed_total_number", "N": round(min(DEGREE / n, 1.0) * len(sources) * n)}
    nest.Connect(sources, cells, rule, {"weight": weight, "delay": 0.1})
nest.Connect(cells, recorder)
built = time.perf_counter()
nest.Simulate(duration * 1000)
end = time.perf_counter()
rate = recorder.n_events / n / duration
busy = time.process_time() - busy
print(
    json.dumps({"seconds": end - start, "simulation": end - built, "processor": busy, "rate": rate})
)
