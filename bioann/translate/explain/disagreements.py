"""Samples on which a classifier and its translation decide differently, each with its diagnosis."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import second

from bioann.ann.network import RateNetwork
from bioann.translate.to_bio.diagnosis import diagnose
from bioann.translate.translation import Translation

#: Samples that are diagnosed one by one, and all that a diagnosis reads.
MAX_DIAGNOSED, MAX_READ = 6, 30
COLUMNS = ("sample", "label", "rate", "spiking", "diagnosis")


@dataclasses.dataclass(frozen=True)
class TranslatedRun:
    """A run of a translated classifier, with what its diagnosis needs.

    Parameters
    ----------
    translation : Translation
        The translation that was run.
    network : RateNetwork
        The network that was translated.
    recording, half_step : xarray.Dataset
        Recordings of the run, and of the same run with half the time step.
    stimulus : xarray.DataArray
        The stimulus of both.
    settle : float
        Start of the window in which rates are averaged, in seconds.
    """

    translation: Translation
    network: RateNetwork
    recording: xr.Dataset
    half_step: xr.Dataset
    stimulus: xr.DataArray
    settle: float

    def select_conditions(self, indices: list[int]) -> TranslatedRun:
        """Return the run of some conditions alone, in the order of `indices`."""
        return dataclasses.replace(
            self,
            recording=select_conditions(self.recording, indices),
            half_step=select_conditions(self.half_step, indices),
            stimulus=self.stimulus.isel(condition=indices),
        )

    def diagnose_conditions(self, conditions: list[int]) -> pd.DataFrame:
        """Return the causes of the errors in some conditions, as `diagnose` does."""
        return diagnose(
            self.translation,
            self.network,
            self.recording,
            self.stimulus,
            settle=self.settle * second,
            conditions=conditions,
            audit=self.half_step,
        )


def select_conditions(recording: xr.Dataset, indices: list[int]) -> xr.Dataset:
    """Return the responses and the spikes of some conditions of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of a spiking network.
    indices : list of int
        Indices of the conditions, all different, in the order of the result.

    Returns
    -------
    xarray.Dataset
        The recording as if these conditions alone had been run.
    """
    new_index = np.full(recording.sizes["condition"], -1)
    new_index[indices] = np.arange(len(indices))
    spike_condition = new_index[recording.spike_condition.values]
    selected = recording.isel(condition=indices, spike=np.flatnonzero(spike_condition >= 0))
    conditions = spike_condition[spike_condition >= 0]
    return selected.assign(spike_condition=selected.spike_condition.copy(data=conditions))


@dataclasses.dataclass(frozen=True)
class Disagreements:
    """Samples on which both models disagree, and where the spiking model errs.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per sample with `COLUMNS`; the diagnosis is empty beyond the first
        `MAX_DIAGNOSED`.
    causes : pandas.DataFrame
        Causes of errors over these samples (the first `MAX_READ` of them), as
        `bioann.diagnose` returns them; over as many other samples if there is none.
    """

    table: pd.DataFrame
    causes: pd.DataFrame


def find_disagreements(
    run: TranslatedRun,
    samples: np.ndarray,
    labels: np.ndarray,
    choices: dict[str, np.ndarray],
    scores: dict[str, np.ndarray],
) -> Disagreements:
    """List the samples on which the models disagree, and diagnose the first of them.

    Parameters
    ----------
    run : TranslatedRun
        The run whose decisions are compared.
    samples, labels : numpy.ndarray of int, shape (condition,)
        Index of the sample that each condition shows, and its true class.
    choices : dict of str to numpy.ndarray of int, shape (condition,)
        Class that the ``rate`` and the ``spiking`` model choose.
    scores : dict of str to numpy.ndarray, shape (condition, class)
        One number per class in activation, the largest of which decides.
    """
    is_other = choices["rate"] != choices["spiking"]
    disagreeing = np.flatnonzero(is_other).tolist()
    # Samples on which both agree show how large the activations of each layer are.
    order = [*disagreeing, *np.flatnonzero(~is_other).tolist()][:MAX_READ]
    short_run = run.select_conditions(order)
    spike = _find_activation_per_spike(run)
    rows = []
    for position, k in enumerate(disagreeing):
        text = ""
        if position < MAX_DIAGNOSED:
            causes = short_run.diagnose_conditions([position])
            text = describe_disagreement(causes, scores["rate"][k], scores["spiking"][k], spike)
        numbers = (samples[k], labels[k], choices["rate"][k], choices["spiking"][k])
        rows.append((*map(int, numbers), text))
    n_read = min(len(disagreeing), MAX_READ) or len(order)
    causes = short_run.diagnose_conditions(list(range(n_read)))
    return Disagreements(pd.DataFrame(rows, columns=list(COLUMNS)), causes)


def _find_activation_per_spike(run: TranslatedRun) -> float:
    """Return what one spike of an output's neuron adds to its mean activation."""
    match = run.translation.correspondence.matches[-1]
    duration = run.stimulus.sizes["time"] * run.stimulus.attrs["dt"] - run.settle
    largest_weight = max(abs(a) for a in match.weights_of("bio").values())
    return largest_weight / (duration * float(match.scale))


def describe_disagreement(
    diagnosis: pd.DataFrame, ann: np.ndarray, bio: np.ndarray, activation_per_spike: float = 0.0
) -> str:
    """Describe a diagnosis, and the margin of the decision in both models.

    Parameters
    ----------
    diagnosis : pandas.DataFrame
        Table of causes from `bioann.diagnose`, for one sample.
    ann, bio : numpy.ndarray, shape (class,)
        Outputs of the rate model and of the spiking model for that sample, in activation.
    activation_per_spike : float, optional
        What one spike adds to an output, in activation. A margin of less than two spikes is named
        as a cause.

    Returns
    -------
    str
        The margins and the causes, separated by semicolons.
    """
    ann_class = int(ann.argmax())
    rivals = np.flatnonzero(bio == bio.max())
    bio_class = int(rivals[rivals != ann_class][0]) if (rivals != ann_class).any() else ann_class
    ann_margin, bio_margin = ann[ann_class] - ann[bio_class], bio[bio_class] - bio[ann_class]
    in_spiking = (
        f"{bio_class} over {ann_class} by {bio_margin:.2g} in the spiking model"
        if bio_margin > 0
        else f"a tie of {len(rivals)} classes in the spiking model"
    )
    margin = (
        f"{ann_class} over {bio_class} by {ann_margin:.2g} in the rate model (range of outputs "
        f"{np.ptp(ann):.2g}), {in_spiking}"
    )
    causes = [f"{row.layer}: {row.cause} ({row.evidence})" for row in diagnosis.itertuples()]
    if ann_margin < 2 * activation_per_spike:
        causes.append(
            f"the margin is less than two spikes of an output ({activation_per_spike:.2g} each)"
        )
    return "; ".join([margin, *(causes or ["the error of every unit is below 5 %"])])
