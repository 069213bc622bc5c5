"""Run several networks of one structure as the lanes of one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import xarray as xr
from brian2 import ms

from bioann.base.errors import SimulationError
from bioann.base.units import to_si
from bioann.bio.builder import plan_network
from bioann.bio.builder.merge_plans import describe_structure, merge_plans
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.description import NetworkDescription
from bioann.bio.engines.choice import choose_engine, list_candidates
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.lane_recording import LaneRecording, split_recording
from bioann.bio.engines.memory import lanes_in_memory
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import Record, RunRequest
from bioann.bio.engines.run_checks import check_step
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.neuron_parameters import label_drawn_parameters
from bioann.recordings.recording import make_response_bins
from bioann.recordings.wirings import WIRING, join_wirings, label_wirings


def can_run_together(network: Any) -> bool:
    """Return whether the lanes of a network can run beside those of others.

    Networks that learn run by themselves: the code of their synapses has more constants than can
    differ between lanes.
    """
    pathways = (*network.fibres, *network.projections)
    has_rule = any(pathway.long_term_rule is not None for pathway in pathways)
    return not has_rule and all(p.intrinsic_plasticity is None for p in network.populations)


def run_together(
    networks: Sequence[NetworkDescription], stimuli: Sequence[xr.DataArray], **options: Any
) -> list[xr.Dataset | None]:
    """Run several networks, those of one structure as the lanes of one run, and label them.

    Parameters are those of `record_together`.

    Returns
    -------
    list of xarray.Dataset or None
        The recording of each network, to the bit that of a run by itself (its engine may be another
        one); None for networks that have to run by themselves.
    """
    return [
        recording.label() if isinstance(recording, LaneRecording) else recording
        for recording in record_together(networks, stimuli, **options)
    ]


def record_together(
    networks: Sequence[NetworkDescription],
    stimuli: Sequence[xr.DataArray],
    *,
    trials: int,
    seed: int,
    engine: str = "auto",
    dt: Any = None,
    bin_width: Any = 10 * ms,
    wirings: int = 1,
) -> list[LaneRecording | xr.Dataset | None]:
    """Run several networks, those of one structure as the lanes of one run.

    Parameters
    ----------
    networks : sequence of NetworkDescription
        Networks for which `can_run_together` holds.
    stimuli : sequence of xarray.DataArray
        Stimulus of each, checked, dimensions ``(condition, time, channel)``.
    trials, seed, engine, dt, bin_width, wirings : object
        As for ``SpikingNetwork.run``, the same for all.

    Returns
    -------
    list of LaneRecording, xarray.Dataset or None
        The recording of each network, labelled if its connections or parameters are drawn; None for
        networks that have to run by themselves, because a lane of the run that they are in
        diverged or one of them does not allow the time step.
    """
    width, candidates = to_si(bin_width, "ms", "bin_width"), list_candidates(engine)
    recordings: list[list[LaneRecording]] = [[] for _ in networks]
    n_wirings = min(wirings, trials)
    for wiring in range(n_wirings):
        items = []
        for k, (network, stimulus) in enumerate(zip(networks, stimuli, strict=True)):
            step = network.default_step if dt is None else to_si(dt, "ms", "dt")
            item = _plan_item(k, network, stimulus, (trials, seed, step, wirings), wiring)
            items += [item] if item is not None else []
        for group in _group_by_structure(items):
            for item, recording in _run_group(group, candidates, width):
                recordings[item.number].append(recording)
    return [
        _join_wirings(network, of_network, wirings, seed) if len(of_network) == n_wirings else None
        for network, of_network in zip(networks, recordings, strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class PlannedItem:
    """A network in one wiring, with its plan and its lanes.

    Parameters
    ----------
    number : int
        Position of the network among those that are run.
    network : NetworkDescription
        The network.
    stimulus : xarray.DataArray
        Its stimulus.
    lanes : Lanes
        Its lanes.
    plan : NetworkPlan
        Code and numbers.
    """

    number: int
    network: NetworkDescription
    stimulus: xr.DataArray
    lanes: Lanes
    plan: NetworkPlan


def _plan_item(
    k: int,
    network: NetworkDescription,
    stimulus: xr.DataArray,
    options: tuple[int, int, float, int],
    wiring: int,
) -> PlannedItem | None:
    """Plan a network in one wiring; None if its own run has to say what is wrong."""
    trials, seed, step, wirings = options
    conditions = tuple(str(c) for c in stimulus.condition.values)
    lanes = Lanes(conditions, trials, seed, step, step).split_wirings(wirings)[wiring]
    try:
        drawn_network = network.draw_parameters(seed, lanes.wiring)
        check_step(drawn_network, stimulus.attrs["dt"], step)
        plan, _ = plan_network(drawn_network, stimulus, lanes)
    except SimulationError:
        return None
    return PlannedItem(k, network, stimulus, lanes, plan)


def _group_by_structure(items: Sequence[PlannedItem]) -> list[list[PlannedItem]]:
    """Return the items whose plans can be merged."""
    groups: dict[str, list[PlannedItem]] = {}
    for item in items:
        groups.setdefault(describe_structure(item.plan), []).append(item)
    return list(groups.values())


def _run_group(
    items: Sequence[PlannedItem], candidates: Sequence[Engine], width: float
) -> list[tuple[PlannedItem, LaneRecording]]:
    """Run items of one structure in batches that fit into memory; none of a batch that diverges."""
    first = items[0]
    max_lanes = lanes_in_memory(candidates, first.network, first.stimulus)
    per_batch = max(max_lanes // max(item.lanes.n for item in items), 1)
    recordings = []
    for k in range(0, len(items), per_batch):
        recordings += _run_batch(items[k : k + per_batch], candidates, width)
    return recordings


def _run_batch(
    items: Sequence[PlannedItem], candidates: Sequence[Engine], width: float
) -> list[tuple[PlannedItem, LaneRecording]]:
    plan, first = merge_plans([item.plan for item in items]), items[0]
    centres, _ = make_response_bins(first.stimulus, width)
    record, sizes = Record(), first.network.sizes
    n_lanes = sum(item.lanes.n for item in items)
    steps_per_bin = round(width / first.lanes.dt)
    request = RunRequest(n_lanes, sizes, record, steps_per_bin, len(centres), f"{n_lanes} lanes")
    engine = choose_engine(candidates, plan)
    result = engine.prepare_run(plan, request)(Programs())
    if result.runaway is not None:
        return []
    lanes, bins = [item.lanes for item in items], (centres, width)
    recordings = split_recording(result, lanes, sizes, bins, engine.name)
    return list(zip(items, recordings, strict=True))


def _join_wirings(
    network: NetworkDescription, recordings: Sequence[LaneRecording], wirings: int, seed: int
) -> LaneRecording | xr.Dataset:
    """Join the recordings of all wirings, as a run by itself does."""
    if not network.has_drawn_wiring and len(recordings) == 1:
        return recordings[0]
    recording = join_wirings([of_wiring.label() for of_wiring in recordings])
    if not network.has_drawn_wiring:
        return recording
    recording = label_wirings(recording, wirings, 0)
    return recording.assign(label_drawn_parameters(network, seed, recording[WIRING].values))
