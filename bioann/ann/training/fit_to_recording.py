"""Fit a rate network to a recording: the best signed network that could match."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.ann.training.data import Samples
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.loop import CheckpointOptions, TrainingResult, run_training
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import TrainableRateNetwork
from bioann.ann.training.train import check_seeds
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import brian_quantity
from bioann.correspondence import Correspondence, read_responses
from bioann.stimuli.stimulus import time_step

#: For a few tens of conditions; every step sees all of them.
FIT_OPTIONS = TrainingOptions(rate=0.02, loss="mse", epochs=400, batch=4096, clip=1.0)


@dataclasses.dataclass(frozen=True)
class FitResult:
    """What a fit found.

    Attributes
    ----------
    network : RateNetwork
        The one with the smallest error on the train conditions.
    training : TrainingResult
        One network for each seed, and what their signs did.
    scores : pandas.DataFrame
        ``network`` ("given", "fitted", or "biology again": the recording with another seed, if it
        has one), ``regime``, ``seed``, ``conditions`` ("train" or "test"), ``rmse`` in
        activation and ``r2`` over conditions, time and matches.
    """

    network: RateNetwork
    training: TrainingResult
    scores: pd.DataFrame


def fit_to_recording(
    network: RateNetwork,
    run: xr.DataTree,
    correspondence: Correspondence,
    options: TrainingOptions = FIT_OPTIONS,
    *,
    seeds: Sequence[int],
    test: Sequence[str] | None = None,
    settle: float = 0.0,
    progress: bool = True,
) -> FitResult:
    """Fit a rate network's weights and biases to the spiking model of a recording.

    Parameters
    ----------
    network : RateNetwork
        Its units, connections (weights other than zero), time constants and activations are kept;
        a translated network for one, whose scores stand beside those of the fits.
    run : xarray.DataTree
        A recording: ``/stimulus``, ``/bio`` and, where it was run, ``/ceiling``.
    correspondence : Correspondence
        How both models are read.
    options : TrainingOptions, optional
        How; its constraint says which signs the weights may have.
    seeds : sequence of int
        One start each; with ``initialisation=None`` all start from the network's own weights.
    test : sequence of str, optional
        Conditions that are only scored; every third one unless given.
    settle : float, optional
        Time in seconds before which responses do not count.
    progress : bool, optional
        Show a progress bar on a terminal.

    Returns
    -------
    Fitted
        The networks and their scores.

    Raises
    ------
    MissingExtraError
        Without the extra ``train``.
    DescriptionError, UnknownNameError
        If there are too few conditions, or none of that name.
    SimulationError
        If the fit diverges.
    """
    import_jax(), import_optax()
    check_seeds(seeds)
    if options.loss != "mse":
        raise DescriptionError(
            "fit_to_recording, loss",
            "'mse'",
            repr(options.loss),
            "Pass TrainingOptions(loss='mse', ...).",
        )
    network = options.constraint.rebuild_network(network)
    fit_data = _prepare_fit_data(run, correspondence, test, settle)
    readout = np.array(
        [[m.weights_of("ann").get(u, 0.0) for u in network.units] for m in correspondence.matches]
    )
    model = TrainableRateNetwork(
        network, time_step(fit_data.stimulus), fit_data.steps_per_bin, readout
    )
    training = run_training(
        model,
        options,
        tuple(seeds),
        fit_data.make_train_samples(network),
        None,
        CheckpointOptions(),
        progress,
    )
    rows = fit_data.score_rows("given", np.nan, fit_data.compute_responses(network, correspondence))
    for seed, fitted_network in zip(training.seeds, training.networks, strict=True):
        rows += fit_data.score_rows(
            "fitted", seed, fit_data.compute_responses(fitted_network, correspondence)
        )
    if "ceiling" in run.children:
        ceiling = read_responses(run["ceiling"].to_dataset(), correspondence, "bio").mean("trial")
        rows += fit_data.score_rows("biology again", np.nan, ceiling)
    scores = pd.DataFrame(rows).assign(regime=repr(options.constraint))
    fits = scores[(scores.network == "fitted") & (scores.conditions == "train")]
    best_index = training.seeds.index(int(fits.loc[fits.rmse.idxmin(), "seed"]))
    return FitResult(training.networks[best_index], training, scores)


@dataclasses.dataclass(frozen=True)
class _FitData:
    """What is fitted and scored: stimulus, responses (condition, time, match), what counts."""

    stimulus: xr.DataArray
    responses: xr.DataArray
    sample_weights: np.ndarray
    splits: dict[str, np.ndarray]

    @property
    def steps_per_bin(self) -> int:
        """Stimulus steps in a bin."""
        return max(1, round(self.stimulus.sizes["time"] / self.responses.sizes["time"]))

    def make_train_samples(self, network: RateNetwork) -> Samples:
        """Give the train conditions."""
        index, end = self.splits["train"], self.responses.sizes["time"] * self.steps_per_bin
        x = self.stimulus.sel(channel=list(network.channels or ())).values[index, :end]
        return Samples(x, self.responses.values[index], self.sample_weights[index])

    def compute_responses(
        self, network: RateNetwork, correspondence: Correspondence
    ) -> xr.DataArray:
        """Run a network in the bins of the recording."""
        bin_width = brian_quantity(self.steps_per_bin * time_step(self.stimulus), "ms")
        run = network.run(self.stimulus, trials=1, seed=0, bin_width=bin_width)
        return read_responses(run, correspondence, "ann").mean("trial")

    def score_rows(
        self, kind: str, seed: float, responses: xr.DataArray
    ) -> list[dict[str, object]]:
        """Hold answers against the recording, on both sets of conditions."""
        rows, errors = (
            [],
            (responses.transpose(*self.responses.dims).values - self.responses.values),
        )
        for name, index in self.splits.items():
            is_scored = self.sample_weights[index] > 0
            target, error = (
                self.responses.values[index][is_scored],
                float((errors[index][is_scored] ** 2).mean()),
            )
            variance = float(((target - target.mean(axis=0)) ** 2).mean())
            r2 = 1 - error / variance if variance > 0 else np.nan
            rows.append(
                {"network": kind, "seed": seed, "conditions": name, "rmse": error**0.5, "r2": r2}
            )
        return rows


def _prepare_fit_data(
    run: xr.DataTree, correspondence: Correspondence, test: Sequence[str] | None, settle: float
) -> _FitData:
    stimulus = run["stimulus"]["stimulus"].rename(stimulus_time="time")
    bio = read_responses(run["bio"].to_dataset(), correspondence, "bio").mean("trial")
    names = [str(c) for c in bio.condition.values]
    test_names = _choose_test_conditions(names, test)
    splits = {
        "train": np.array([k for k, name in enumerate(names) if name not in test_names]),
        "test": np.array([k for k, name in enumerate(names) if name in test_names]),
    }
    bio = bio.transpose("condition", "time", "match")
    sample_weights = np.broadcast_to(bio.time.values >= settle, bio.shape[:2]).astype(float)
    return _FitData(stimulus.transpose("condition", "time", "channel"), bio, sample_weights, splits)


def _choose_test_conditions(names: list[str], test: Sequence[str] | None) -> list[str]:
    """Choose the conditions to set aside."""
    chosen_names = names[1::3] if test is None else list(test)
    for name in chosen_names:
        if name not in names:
            raise unknown_name_error("fit_to_recording, test", "condition", name, names)
    if not chosen_names or len(set(chosen_names)) == len(names):
        raise DescriptionError(
            "fit_to_recording, test",
            "conditions on both sides, to fit and to score",
            f"{len(set(chosen_names))} of {len(names)}",
            "Record more conditions, or name other ones.",
        )
    return chosen_names
