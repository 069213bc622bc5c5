"""The text of a Brian2 script, and the arrays of its data file, from the plan of one lane."""

from __future__ import annotations

import collections
import dataclasses
import textwrap
from collections.abc import Mapping, Sequence

import brian2 as b2
import numpy as np

from bioann.base.as_code import write_docstring_line
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.interop.brian2_script_inputs import PoissonRates, write_generator
from bioann.bio.interop.brian2_script_neurons import write_neurons
from bioann.bio.interop.brian2_script_synapses import write_gap_junctions, write_synapses
from bioann.bio.interop.brian2_script_values import ScriptData

#: Names that every script imports from Brian2; others as they occur.
_IMPORTS = ("Clock", "Network", "NeuronGroup", "SpikeMonitor", "prefs")
_IMPORTS_IN_USE = ("PoissonGroup", "SpikeGeneratorGroup", "Synapses", "TimedArray")
_FIX_STEP = '''\
def fix_step(code):
    """Return an integration method that takes this code as the time step of all equations.

    Conductances take half a step, the potential a whole one, conductances another half (linear
    equations take their exact step). A threshold crossing is interpolated within its step, and a
    refractory period ends within a step. The length of the step is written into the code.
    """
    return lambda equations, variables, method_options=None: code
'''


@dataclasses.dataclass(frozen=True)
class ScriptLabels:
    """What a script says about itself.

    Parameters
    ----------
    title : str
        First line of its docstring.
    origin : str
        Sentences that name the network, condition, trial and seed.
    meanings : mapping of str to mapping of str to str
        What the constants of each neuron group mean, by name of the group and in the code.
    """

    title: str
    origin: str
    meanings: Mapping[str, Mapping[str, str]]


def write_script_source(
    plan: NetworkPlan, labels: ScriptLabels, poisson: Mapping[str, PoissonRates]
) -> tuple[str, dict[str, np.ndarray]]:
    """Write a plan of one lane as a Brian2 script.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network.
    labels : ScriptLabels
        Docstring and comments.
    poisson : mapping of str to PoissonRates
        Rates of the inputs that are Poisson processes, by name of the Brian2 object.

    Returns
    -------
    source : str
        Text of the script.
    arrays : dict of str to numpy.ndarray
        Arrays of the data file beside it, by name.
    """
    data = ScriptData()
    sections = _write_objects(plan, labels, poisson, data)
    times = _write_times(plan, data)
    body = "\n\n".join("\n".join(lines) for lines in (times, *sections, _write_run(plan, data)))
    return f"{_write_head(body, labels, data)}\n{body}\n", data.arrays


def _write_objects(
    plan: NetworkPlan,
    labels: ScriptLabels,
    poisson: Mapping[str, PoissonRates],
    data: ScriptData,
) -> list[list[str]]:
    """Write neurons, inputs with their synapses, other synapses and gap junctions: sections."""
    sections, by_source = [], collections.defaultdict(list)
    for group in plan.neuron_groups:
        heading = f"# ---- {group.name}: {group.size} neurons ----"
        sections.append([heading, *write_neurons(plan, group, labels.meanings[group.name], data)])
    n_sources = {group.name: group.size for group in plan.neuron_groups}
    n_sources |= {
        generator.name: generator.spikes.n_neurons * generator.spikes.n_slots
        for generator in plan.spike_generators
    }
    for synapses in plan.synapses:
        meanings = labels.meanings[synapses.target]
        text = write_synapses(synapses, n_sources[synapses.source], meanings, data)
        by_source[synapses.source].append(text)
    direct = {synapses.source for synapses in plan.synapses if synapses.pre is None}
    for generator in plan.spike_generators:
        name = generator.name
        text = write_generator(
            generator, poisson.get(name), data, dt=plan.dt, by_fibre=name not in direct
        )
        sections += [text, *by_source[name]]
    sections += [text for group in plan.neuron_groups for text in by_source[group.name]]
    return sections + [write_gap_junctions(junctions, data) for junctions in plan.gap_junctions]


def _write_times(plan: NetworkPlan, data: ScriptData) -> list[str]:
    """Write time steps, duration and clocks."""
    lines = [
        f"dt = {data.write_number(plan.dt, 'second')}",
        f"stimulus_dt = {data.write_number(plan.stimulus_dt, 'second')}",
        f"duration = {plan.n_steps}*dt",
        'clock = Clock(dt=dt, name="clock")',
    ]
    if any(synapses.code["tick"] for synapses in plan.synapses):
        lines.append('stimulus_clock = Clock(dt=stimulus_dt, name="stimulus_clock")')
    return lines


def _write_run(plan: NetworkPlan, data: ScriptData) -> list[str]:
    """Write monitors, the run, and what the script prints."""
    groups = [group.name for group in plan.neuron_groups]
    couplings = [s.name for s in plan.synapses if s.pre is None or len(s.pre)]
    couplings += [junctions.name for junctions in plan.gap_junctions if len(junctions.pre)]
    objects = [*groups, *(g.name for g in plan.spike_generators), *couplings]
    data.units.add("Hz")
    lines = [f'"{name}": SpikeMonitor({name}, name="spikes_{name}"),' for name in groups]
    return [
        "# Spikes of each population: monitors[name].i are neurons, monitors[name].t are times.",
        "monitors = {",
        *(f"    {line}" for line in lines),
        "}",
        "network = Network(",
        *(f"    {name}," for name in objects),
        "    *monitors.values(),",
        ")",
        "network.run(duration, namespace={})  # all names of the equations belong to their groups",
        "",
        "for name, monitor in monitors.items():",
        "    rate = monitor.num_spikes/duration/len(monitor.source)",
        '    print(f"{name}: {monitor.num_spikes} spikes, {rate/Hz:.4g} Hz per neuron")',
    ]


def _write_head(body: str, labels: ScriptLabels, data: ScriptData) -> str:
    """Write the docstring, the imports, and what the rest of the script needs first."""
    units = sorted(data.units)
    names = [*_IMPORTS, *(name for name in _IMPORTS_IN_USE if name in body)]
    title, origin = map(write_docstring_line, (labels.title, labels.origin))
    lines = [
        f'"""{title}',
        "",
        *textwrap.wrap(origin, 96),
        '"""',
        "",
        *(["from pathlib import Path", ""] if data.arrays else []),
        *(["import numpy as np"] if data.arrays or "np." in body else []),
        *_write_import(sorted(names)),
        *_write_import(units),
        "",
        "# Other targets are faster, but may round the last bits otherwise, as may other releases",
        f"# than Brian2 {b2.__version__}, for which this script was written.",
        'prefs.codegen.target = "numpy"',
    ]
    if data.arrays:
        lines += ["", 'data = np.load(Path(__file__).with_suffix(".npz"))']
    if "fix_step(" in body:
        lines += ["", "", _FIX_STEP]
    return "\n".join([*lines, ""])


def _write_import(names: Sequence[str]) -> list[str]:
    """Write the import of names from Brian2, in several lines if it is long."""
    line = f"from brian2 import {', '.join(names)}"
    if len(line) <= 100:
        return [line]
    return ["from brian2 import (", *(f"    {name}," for name in names), ")"]
