"""Write a spiking network as a script that needs nothing but Brian2 and NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError, OutputError, unknown_name_error
from bioann.base.files import write_atomically
from bioann.base.units import SI, to_si
from bioann.bio.builder import plan_network
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import Record, list_candidates
from bioann.bio.engines.run_checks import check_step
from bioann.bio.engines.size import check_run_size
from bioann.bio.engines.wirings import check_network_wirings
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.interop.brian2_script_inputs import list_poisson_rates
from bioann.bio.interop.brian2_script_neurons import list_meanings
from bioann.bio.interop.brian2_script_source import ScriptLabels, write_script_source
from bioann.bio.network import SpikingNetwork
from bioann.stimuli.stimulus import check_stimulus


@name_argument_errors
def to_brian2_script(
    network: SpikingNetwork,
    stimulus: xr.DataArray,
    path: str | Path,
    *,
    seed: int,
    condition: str | None = None,
    trial: int = 0,
    dt: SI | None = None,
    wirings: int = 1,
    title: str = "A spiking network",
) -> tuple[Path, ...]:
    """Write a network and its stimulus as a Brian2 script that stands alone.

    The script simulates one condition and trial, with the spikes of
    ``network.run(stimulus, engine="numpy", ...)``, bit for bit. Its equations, constants and
    connections are text; long arrays (input spikes, initial states, drawn connections and stimuli)
    are in a ``.npz`` file beside it.

    Parameters
    ----------
    network : SpikingNetwork
        The network to write.
    stimulus : xarray.DataArray
        Activation of each channel, dimensions ``(condition, time, channel)``.
    path : str or pathlib.Path
        The script to write, a ``.py`` file that does not exist yet.
    seed : int
        Seed of the run, 0 or larger.
    condition : str, optional
        Label of the condition; the first unless given.
    trial : int, optional
        Number of the trial, 0 or larger.
    dt : quantity, optional
        Time step, a time; that of the network unless given.
    wirings : int, optional
        Number of wirings of the run: trial `k` has wiring ``k % wirings``.
    title : str, optional
        First line of the script's docstring.

    Returns
    -------
    tuple of pathlib.Path
        The files that were written.

    Raises
    ------
    UnknownNameError
        If the stimulus has no such condition.
    DescriptionError
        If the path is not that of a Python script.
    StimulusError, SimulationError
        As from ``SpikingNetwork.run``.
    OutputError
        If a file exists or cannot be written.

    Notes
    -----
    The script simulates; it does not record what the network's descriptions do not name. Learned
    weights change in it as in the run, and start from their initial values: a run that continues
    with the weights of an earlier one (``weights=``, `Protocol`) has no script.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms, nS
    >>> network = ba.SpikingNetwork(
    ...     (ba.Population("cell", 10, "glutamate"),), (ba.Afferent("x", "cell", 1 * nS),)
    ... )
    >>> stimulus = ba.steps({"x": [0.0, 1.0]}, duration=100 * ms)
    >>> [file.name for file in ba.to_brian2_script(network, stimulus, "cell.py", seed=1)]
    ['cell.py', 'cell.npz']
    """
    script = check_script_path(path)
    check_whole_number(seed, "to_brian2_script, seed", 0)
    check_whole_number(trial, "to_brian2_script, trial", 0)
    check_whole_number(wirings, "to_brian2_script, wirings", 1)
    one_condition = select_condition(check_stimulus(stimulus, network.channels), condition)
    step = network.default_step if dt is None else to_si(dt, "ms", "to_brian2_script, dt")
    check_network_wirings(network, wirings, None, range(trial, trial + 1))
    label = str(one_condition.condition.values[0])
    lanes = Lanes((label,), 1, seed, step, step, trial, wiring=trial % wirings)
    drawn_network = network.draw_parameters(seed, lanes.wiring)
    _check_run(drawn_network, one_condition, lanes)
    plan, _ = plan_network(drawn_network, one_condition, lanes)
    meanings = {f"population_{p}": list_meanings(drawn_network, p) for p in network.units}
    wiring = f", wiring {lanes.wiring}" if network.has_drawn_wiring else ""
    origin = (
        f"Condition {label!r}, trial {trial}, seed {seed}{wiring}. Written by bioann, whose engine "
        "'numpy' gives the same spikes."
    )
    labels = ScriptLabels(title, origin, meanings)
    source, arrays = write_script_source(
        plan, labels, list_poisson_rates(drawn_network, one_condition)
    )
    return _write_files(script, source, arrays)


def check_script_path(path: str | Path) -> Path:
    """Check that a path is that of a new Python script, with a data file of the same name.

    Raises
    ------
    DescriptionError
        If it does not end in ``.py``.
    OutputError
        If the script or its data file exists.
    """
    script = Path(path)
    if script.suffix != ".py":
        raise DescriptionError(
            "to_brian2_script, path",
            "the name of a Python script",
            repr(script.name),
            "Choose a name such as 'inverter_brian2.py'.",
        )
    for file in (script, script.with_suffix(".npz")):
        if file.exists():
            raise OutputError(
                "to_brian2_script, path",
                "a new script and a new data file beside it",
                f"{file}, which exists",
                "Choose another name or folder; nothing is overwritten.",
            )
    return script


def select_condition(stimulus: xr.DataArray, condition: str | None) -> xr.DataArray:
    """Return one condition of a checked stimulus; `UnknownNameError` if there is none of the name.

    Parameters
    ----------
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Checked stimulus.
    condition : str or None
        Label of the condition; None for the first.

    Returns
    -------
    xarray.DataArray, dimensions (condition, time, channel)
        The stimulus with this condition only.
    """
    labels = [str(c) for c in stimulus.condition.values]
    if condition is not None and condition not in labels:
        raise unknown_name_error("to_brian2_script", "condition", condition, labels)
    return stimulus.isel(condition=[0 if condition is None else labels.index(condition)])


def _check_run(network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes) -> None:
    """Raise `SimulationError` for a time step or a size that the run would refuse."""
    check_step(network, stimulus.attrs["dt"], lanes.dt)
    check_run_size(network, stimulus, lanes, Record(), 1, list_candidates("numpy"))


def _write_files(script: Path, source: str, arrays: dict[str, Any]) -> tuple[Path, ...]:
    """Write the script, and its data file if it reads one."""
    if not arrays:
        with write_atomically(script) as (temporary,):
            temporary.write_text(source, encoding="utf-8")
        return (script,)
    data_file = script.with_suffix(".npz")
    with write_atomically(script, data_file) as (temporary, temporary_data):
        temporary.write_text(source, encoding="utf-8")
        np.savez_compressed(temporary_data, **arrays)
    return script, data_file
