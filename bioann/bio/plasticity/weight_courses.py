"""Courses of learned weights over a run, from samples of the synapses' state variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.bio.builder.synapses import PlannedPathway
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.learned_weights import SI_UNITS
from bioann.bio.receptors import weight_unit_of

#: Dimension of samples in a recording; its coordinate are times in seconds.
SAMPLE_TIME = "sample_time"
#: Pathway name -> variable -> samples, shape ``(sample, lane, synapse)``. The variables are
#: ``strength`` and the hidden variables of the pathway's rule.
WeightCourses = Mapping[str, Mapping[str, np.ndarray]]


def compute_weight_courses(
    pathways: Sequence[PlannedPathway],
    samples: Mapping[str, Mapping[str, np.ndarray]],
    lanes: Lanes,
    stimulus: xr.DataArray,
    interval: float,
) -> WeightCourses:
    """Compute learned strengths at the times of the samples.

    A rule that also learns between spikes stores the state of a synapse after its last event; what
    has changed since then is added, as at the end of a run.

    Parameters
    ----------
    pathways : sequence of PlannedPathway
        Projections and afferents with long-term plasticity.
    samples : mapping of str to mapping of str to numpy.ndarray, shape (sample, lane * synapse)
        Synaptic variables by name of the synapses and of the variable; pathways that are not in
        it are skipped.
    lanes : Lanes
        Lanes that were simulated.
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Stimulus of the run, in activation.
    interval : float
        Time between two samples in seconds.

    Returns
    -------
    WeightCourses
        Strengths and hidden variables of each sampled pathway.
    """
    courses = {}
    for planned in pathways:
        rule, size = planned.pathway.long_term_rule, len(planned.table.post)
        states = samples.get(planned.synapses.name)
        if states is None or rule is None or not size:
            continue
        n_samples, rows = len(states["strength"]), []
        for k in range(n_samples):
            time, reward = k * interval, None
            for channel in rule.channels:
                # A step of the stimulus that begins now has not acted on the synapse yet.
                index = int((time - lanes.dt / 2) // float(stimulus.attrs["dt"]))
                values = stimulus.sel(channel=channel).values[:, max(index, 0)]
                reward = np.repeat(values, lanes.trials * size)
            state = {name: values[k] for name, values in states.items()}
            rows.append(rule.advance_to_end(state, time, reward))
        courses[planned.pathway.name] = {
            name: np.stack([row[name] for row in rows]).reshape(n_samples, lanes.n, size)
            for name in rows[0]
        }
    return courses


def label_weight_courses(
    pathways: Sequence[PlannedPathway],
    lanes: Lanes,
    courses: Sequence[WeightCourses],
    interval: float,
) -> dict[str, xr.DataArray]:
    """Label the courses of learned weights.

    Parameters
    ----------
    pathways : sequence of PlannedPathway
        Projections and afferents with long-term plasticity.
    lanes : Lanes
        All lanes of the run.
    courses : sequence of WeightCourses
        Courses of each batch of lanes, in order.
    interval : float
        Time between two samples in seconds.

    Returns
    -------
    dict of str to xarray.DataArray
        ``weight_course_<pathway>`` in SI, dimensions ``(condition, trial, sample_time,
        synapse_<pathway>)``; in the same form ``<variable>_course_<pathway>`` for each hidden
        variable.
    """
    arrays: dict[str, xr.DataArray] = {}
    for pathway in (planned.pathway for planned in pathways):
        for variable in courses[0].get(pathway.name, ()):
            strengths = np.concatenate([c[pathway.name][variable] for c in courses], axis=1)
            weights = np.moveaxis(strengths, 0, 1) * pathway.weight
            prefix = "weight" if variable == "strength" else variable
            arrays[f"{prefix}_course_{pathway.name}"] = xr.DataArray(
                weights.reshape(len(lanes.conditions), lanes.trials, *weights.shape[1:]),
                dims=("condition", "trial", SAMPLE_TIME, f"synapse_{pathway.name}"),
                coords={SAMPLE_TIME: np.arange(weights.shape[1]) * interval},
                attrs={"units": SI_UNITS[weight_unit_of(pathway.receptor)]},
            )
    return arrays
