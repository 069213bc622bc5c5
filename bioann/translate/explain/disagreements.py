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

#: Samples that are diagnosed one by one.
MAX_DIAGNOSED = 6
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


def tabulate_disagreements(
    run: TranslatedRun,
    samples: np.ndarray,
    labels: np.ndarray,
    choices: dict[str, np.ndarray],
    scores: dict[str, np.ndarray],
) -> pd.DataFrame:
    """List the samples on which the models disagree, and diagnose the first `MAX_DIAGNOSED`.

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

    Returns
    -------
    pandas.DataFrame
        One row per sample with `COLUMNS`; the diagnosis is empty beyond the first ones.
    """
    rows = []
    for k in np.flatnonzero(choices["rate"] != choices["spiking"]).tolist():
        text = ""
        if len(rows) < MAX_DIAGNOSED:
            causes = run.diagnose_conditions([k])
            text = describe_disagreement(causes, scores["rate"][k], scores["spiking"][k])
        numbers = (samples[k], labels[k], choices["rate"][k], choices["spiking"][k])
        rows.append((*map(int, numbers), text))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def describe_disagreement(diagnosis: pd.DataFrame, ann: np.ndarray, bio: np.ndarray) -> str:
    """Describe a diagnosis, and the margin of the decision in both models.

    Parameters
    ----------
    diagnosis : pandas.DataFrame
        Table of causes from `bioann.diagnose`, for one sample.
    ann, bio : numpy.ndarray, shape (class,)
        Outputs of the rate model and of the spiking model for that sample, in activation.

    Returns
    -------
    str
        The margins and the causes, separated by semicolons.
    """
    ann_class, bio_class = int(ann.argmax()), int(bio.argmax())
    ann_margin, bio_margin = ann[ann_class] - ann[bio_class], bio[bio_class] - bio[ann_class]
    margin = (
        f"{ann_class} over {bio_class} by {ann_margin:.2g} in the rate model (range of outputs "
        f"{np.ptp(ann):.2g}), {bio_class} over {ann_class} by {bio_margin:.2g} in the spiking model"
    )
    causes = [f"{row.layer}: {row.cause} ({row.evidence})" for row in diagnosis.itertuples()]
    return "; ".join([margin, *(causes or ["the error of every unit is below 5 %"])])
