"""The result of `bioann.explain`: a classifier beside its translation into spiking neurons."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.views import render_for_notebook
from bioann.translate.explain.decisions_over_time import find_decision_times
from bioann.translate.explain.losses import (
    AGREEMENT,
    LOSS,
    RATE_ACCURACY,
    SPIKING_ACCURACY,
    share_with_interval,
    tabulate_losses,
)
from bioann.translate.translation import Translation


@dataclasses.dataclass(frozen=True, eq=False)
class SpikingDecisions:
    """Decisions of one translation of the classifier, and their cost.

    Parameters
    ----------
    neurons_per_unit : int
        Copies of each neuron.
    translation : Translation
        The network, its decisions and flags.
    times : numpy.ndarray, shape (time,)
        Durations of the presentation in seconds.
    choices_over_time : numpy.ndarray of int, shape (time, sample)
        Class that is chosen if the presentation ends after each duration; the last row is the
        decision.
    spikes : float
        Mean number of spikes of all neurons during one presentation.
    """

    neurons_per_unit: int
    translation: Translation
    times: np.ndarray
    choices_over_time: np.ndarray
    spikes: float

    @property
    def choices(self) -> np.ndarray:
        """The decision on each sample, shape (sample,)."""
        return np.asarray(self.choices_over_time[-1])

    @property
    def decision_times(self) -> np.ndarray:
        """Shortest presentation in seconds after which each decision is final, shape (sample,)."""
        return find_decision_times(self.times, self.choices_over_time)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What a classifier would be as Dale-conforming conductance neurons, and what is lost.

    Parameters
    ----------
    name : str
        Name of the model: of its file, or its layers.
    sizes : tuple of int
        Number of stimulus channels, then of the units of each layer that has units.
    n_weights : int
        Number of weights that are not zero.
    n_classes : int
        Number of classes that the samples may have.
    samples, labels, rate : numpy.ndarray of int, shape (sample,)
        Index of each sample among those that were passed, its true class, and the decision of the
        rate model.
    n_available : int
        Number of samples that were passed.
    n_calibration : int
        Number of samples that calibrated the translations; 0 if drawn inputs did.
    runs : tuple of SpikingDecisions
        One translation for each number of neurons per unit; the first is the one that is reported.
    n_changed : int
        Number of decisions of the first that change with half the time step.
    disagreements : pandas.DataFrame
        One row per sample on which both models disagree: sample, label, rate, spiking, diagnosis.
    causes : pandas.DataFrame
        Causes of the errors over all these samples, as `bioann.diagnose` returns them.
    census : Census
        Signs of the weights (`bioann.ann.signs.census`).
    notes : tuple of str
        Sentences about what was assumed or left out.
    provenance : dict of str to str
        Seed, engine, presentation and versions.
    """

    name: str
    sizes: tuple[int, ...]
    n_weights: int
    n_classes: int
    samples: np.ndarray
    labels: np.ndarray
    rate: np.ndarray
    n_available: int
    n_calibration: int
    runs: tuple[SpikingDecisions, ...]
    n_changed: int
    disagreements: pd.DataFrame
    causes: pd.DataFrame
    census: Any
    notes: tuple[str, ...]
    provenance: dict[str, str]

    @property
    def translation(self) -> Translation:
        """The translation that is reported."""
        return self.runs[0].translation

    @functools.cached_property
    def losses(self) -> pd.DataFrame:
        """Accuracy of both models, accuracy lost and agreement, as shares with 95 % intervals."""
        return tabulate_losses(self.labels, self.rate, self.runs[0].choices)

    @functools.cached_property
    def costs(self) -> pd.DataFrame:
        """One row per number of neurons per unit: size, spikes, decision time and accuracy.

        ``neurons`` and ``dale_neurons`` (those that Dale's principle adds) are numbers,
        ``decision_s`` and ``slow_decision_s`` the median and the 95 % quantile of the decision
        times in seconds, ``accuracy``, ``low`` and ``high`` shares from 0 to 1.
        """
        rows = []
        for run in self.runs:
            accuracy, low, high = share_with_interval(run.choices == self.labels)
            median, slow = np.quantile(run.decision_times, [0.5, 0.95])
            rows.append(
                {
                    "neurons_per_unit": run.neurons_per_unit,
                    "neurons": int(run.translation.decided_number("neurons")),
                    "dale_neurons": int(
                        run.translation.decided_number("neurons for Dale's principle")
                    ),
                    "synapses": int(run.translation.decided_number("synapses")),
                    "spikes": run.spikes,
                    "decision_s": float(median),
                    "slow_decision_s": float(slow),
                    "accuracy": accuracy,
                    "low": low,
                    "high": high,
                }
            )
        return pd.DataFrame(rows)

    def get_loss(self, quantity: str) -> tuple[float, float, float]:
        """Return the value and the interval of one row of `losses`."""
        row = self.losses.set_index("quantity").loc[quantity]
        return float(row.value), float(row.low), float(row.high)

    def __repr__(self) -> str:
        numbers = (RATE_ACCURACY, SPIKING_ACCURACY, LOSS, AGREEMENT)
        texts = [f"{name} {self.get_loss(name)[0]:.1%}" for name in numbers]
        return f"Explanation of {self.name}: {', '.join(texts)}; n: {len(self.labels)} samples"

    def _repr_html_(self) -> str:
        return render_for_notebook("explanation", self)


def explanation_to_json(explanation: Explanation) -> str:
    """Write losses, costs, disagreements and signs as strict JSON, in which NaN is null.

    Parameters
    ----------
    explanation : Explanation
        The result of `bioann.explain`.

    Returns
    -------
    str
        With the keys ``model``, ``sizes``, ``weights``, ``samples``, ``losses``, ``costs``,
        ``disagreements``, ``causes``, ``signs``, ``notes`` and ``provenance``.
    """
    tables = {
        "losses": explanation.losses,
        "costs": explanation.costs,
        "disagreements": explanation.disagreements,
        "causes": explanation.causes,
        "signs": explanation.census.layers,
    }
    document = {
        "model": explanation.name,
        "sizes": explanation.sizes,
        "weights": explanation.n_weights,
        "samples": {
            "simulated": explanation.samples.tolist(),
            "calibration": explanation.n_calibration,
            "available": explanation.n_available,
        },
        **{
            name: json.loads(table.to_json(orient="records", double_precision=15))
            for name, table in tables.items()
        },
        "notes": [*explanation.notes, *map(str, explanation.translation.flags)],
        "provenance": explanation.provenance,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
