"""The other side, as a good Brian2 user writes it: with names, so that nothing compiles twice."""

from __future__ import annotations

import numpy as np
from brian2 import (
    Clock,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    device,
    ms,
    mV,
    prefs,
    second,
    seed,
    set_device,
)

CELL = """
dv/dt = (10*nS*(-65*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v))/(200*pF) : volt (unless refractory)
dge/dt = -ge/(5*ms) : siemens
dgi/dt = -gi/(10*ms) : siemens
"""
COBA = CELL.replace("-65*mV", "-60*mV")


def run_loop(conditions: list[tuple[float, float]], duration: float, target: str) -> np.ndarray:
    """Run a 1-neuron circuit with 30 excitatory and 10 inhibitory afferents, once per condition.

    Parameters
    ----------
    conditions : list of (float, float)
        Rates of the excitatory and of the inhibitory afferents in Hz.
    duration : float
        Seconds of each.
    target : {'numpy', 'cython'}
        Brian2's code generation.

    Returns
    -------
    numpy.ndarray
        Spikes of the neuron in each condition.
    """
    prefs.codegen.target = target
    defaultclock.dt = 0.1 * ms
    seed(1)
    counts = []
    for excitation, inhibition in conditions:
        cell = NeuronGroup(
            1, CELL, threshold="v > -50*mV", reset="v = -60*mV", refractory=2 * ms,
            method="exponential_euler", name="cell",
        )  # fmt: skip
        cell.v = -65 * mV
        e = PoissonGroup(30, excitation * Hz, name="e")
        i = PoissonGroup(10, inhibition * Hz, name="i")
        from_e = Synapses(e, cell, on_pre="ge += 3*nS", name="from_e")
        from_e.connect()
        from_i = Synapses(i, cell, on_pre="gi += 3*nS", name="from_i")
        from_i.connect()
        spikes = SpikeMonitor(cell, record=False, name="spikes")
        Network(cell, e, i, from_e, from_i, spikes).run(duration * second)
        counts.append(int(spikes.num_spikes))
        del cell, e, i, from_e, from_i, spikes
    return np.array(counts)


def run_coba(
    n: int, duration: float, directory: str, flags: tuple[str, ...]
) -> tuple[float, float]:
    """Build and run the conductance-based benchmark of Brette et al. (2007) as C++ standalone.

    Parameters
    ----------
    n : int
        Neurons, 4,000 in the paper.
    duration : float
        Seconds.
    directory : str
        Where the project is built.
    flags : tuple of str
        Of the compiler.

    Returns
    -------
    seconds : float
        What the run phase took, as Brian2 tells it.
    rate : float
        Mean rate in Hz.
    """
    prefs.codegen.cpp.extra_compile_args_gcc = list(flags)
    set_device("cpp_standalone", build_on_run=False, directory=directory)
    seed(1)
    clock = Clock(0.1 * ms)
    cells = NeuronGroup(
        n, COBA, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms,
        method="exponential_euler", name="cells", clock=clock,
    )  # fmt: skip
    cells.v = "-60*mV + rand()*10*mV"
    kick = PoissonGroup(n, "1000*Hz*int(t < 50*ms)", name="kick", clock=clock)
    spikes = SpikeMonitor(cells, name="spikes")
    objects = [cells, kick, spikes]
    probability = 0.02 * 4000 / n
    for name, source, on_pre, connection in (
        ("k", kick, "ge += 6*nS", {"j": "i"}),
        ("e", cells[: int(0.8 * n)], "ge += 6*nS", {"p": probability}),
        ("i", cells[int(0.8 * n) :], "gi += 67*nS", {"p": probability}),
    ):
        synapses = Synapses(source, cells, on_pre=on_pre, name=f"from_{name}", clock=clock)
        synapses.connect(**connection)
        objects.append(synapses)
    network = Network(*objects)
    network.run(duration * second)
    device.build(directory=directory, compile=True, run=True, debug=False)
    return float(device._last_run_time), spikes.num_spikes / n / duration
