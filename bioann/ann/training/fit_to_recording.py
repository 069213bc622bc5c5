"""Fit a rate network to the recorded responses of a spiking model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.ann.training.data import Samples
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.loop import CheckpointOptions, run_training
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import TrainableRateNetwork
from bioann.ann.training.result import TrainingResult
from bioann.ann.training.train import check_seeds
from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import brian_quantity
from bioann.correspondence import Correspondence, read_responses
from bioann.stimuli.stimulus import time_step

#: Default options, for some tens of conditions, all of which are in every batch.
FIT_OPTIONS = TrainingOptions(rate=0.02, loss="mse", epochs=400, batch=4096, clip=1.0)


@dataclasses.dataclass(frozen=True)
class FitResult:
    """Fitted networks with their errors.

    Attributes
    ----------
    network : RateNetwork
        The fitted network with the smallest error on the train conditions.
    training : TrainingResult
        One network for each seed, and the signs of their weights over time.
    scores : pandas.DataFrame
        ``network`` ("initial", "fitted", or "ceiling": the spiking model with another seed, if it
        was recorded), ``constraint``, ``seed``, ``conditions`` ("train" or "test"), ``rmse`` in
        activation and ``r2`` over conditions, time and matches.
    """

    network: RateNetwork
    training: TrainingResult
    scores: pd.DataFrame


@name_argument_errors
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
    """Fit the weights and biases of a rate network to a recorded spiking model.

    Parameters
    ----------
    network : RateNetwork
        The initial network, for example a translated one. Its units, connections (non-zero
        weights), time constants and activations are kept.
    run : xarray.DataTree
        A recording with ``/stimulus``, ``/bio`` and optionally ``/ceiling``.
    correspondence : Correspondence
        The matches whose responses are compared, with their weights in both models.
    options : TrainingOptions, optional
        Options of the fit, among them the sign constraint; the loss must be ``'mse'``.
    seeds : sequence of int
        One fit for each; with ``initialisation=None`` all start from the network's own weights.
    test : sequence of str, optional
        Names of the conditions that are scored but not fitted; every third one by default.
    settle : float, optional
        Time in seconds before which responses are ignored, 0 or more.
    progress : bool, optional
        Show a progress bar on a terminal.

    Returns
    -------
    FitResult
        The fitted networks and their scores.

    Raises
    ------
    MissingExtraError
        Without the extra ``train``.
    DescriptionError, UnknownNameError
        If there are too few conditions, or a test condition does not exist.
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
    check_minimum("fit_to_recording", 0, settle=settle)
    network = options.constraint.rebuild_network(network)
    fit_data = _prepare_fit_data(run, correspondence, test, settle)
    model = fit_data.make_trainable(network, correspondence)
    samples = fit_data.make_train_samples(network)
    training = run_training(
        model, options, tuple(seeds), samples, None, CheckpointOptions(), progress
    )
    rows = fit_data.score_networks(network, training, correspondence)
    if "ceiling" in run.children:
        ceiling = read_responses(run["ceiling"].to_dataset(), correspondence, "bio").mean("trial")
        rows += fit_data.score_responses("ceiling", np.nan, ceiling)
    scores = pd.DataFrame(rows).assign(constraint=repr(options.constraint))
    fits = scores[(scores.network == "fitted") & (scores.conditions == "train")]
    best_index = training.seeds.index(int(fits.loc[fits.rmse.idxmin(), "seed"]))
    return FitResult(training.networks[best_index], training, scores)


@dataclasses.dataclass(frozen=True)
class _FitData:
    """Recorded responses to fit, and the conditions and times that count.

    Attributes
    ----------
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        The stimulus, in activation.
    responses : xarray.DataArray, dimensions (condition, time, match)
        Trial means of the spiking model in bins, in activation.
    sample_weights : numpy.ndarray, shape (condition, time)
        1 for bins that count, 0 for those before the responses have settled.
    splits : dict of str to numpy.ndarray
        Indices of the conditions in ``"train"`` and ``"test"``.
    """

    stimulus: xr.DataArray
    responses: xr.DataArray
    sample_weights: np.ndarray
    splits: dict[str, np.ndarray]

    @property
    def steps_per_bin(self) -> int:
        """Number of stimulus steps in a response bin."""
        return max(1, round(self.stimulus.sizes["time"] / self.responses.sizes["time"]))

    def make_trainable(
        self, network: RateNetwork, correspondence: Correspondence
    ) -> TrainableRateNetwork:
        """Return the network with one output per match, in the bins of the recording."""
        matches = [match.weights_of("ann") for match in correspondence.matches]
        readout = np.array([[weights.get(u, 0.0) for u in network.units] for weights in matches])
        return TrainableRateNetwork(network, time_step(self.stimulus), self.steps_per_bin, readout)

    def make_train_samples(self, network: RateNetwork) -> Samples:
        """Return inputs and responses of the train conditions."""
        index, end = self.splits["train"], self.responses.sizes["time"] * self.steps_per_bin
        x = self.stimulus.sel(channel=list(network.channels or ())).values[index, :end]
        return Samples(x, self.responses.values[index], self.sample_weights[index])

    def compute_responses(
        self, network: RateNetwork, correspondence: Correspondence
    ) -> xr.DataArray:
        """Compute a network's responses (condition, time, match) in the bins of the recording."""
        bin_width = brian_quantity(self.steps_per_bin * time_step(self.stimulus), "ms")
        run = network.run(self.stimulus, trials=1, seed=0, bin_width=bin_width)
        return read_responses(run, correspondence, "ann").mean("trial")

    def score_networks(
        self, network: RateNetwork, training: TrainingResult, correspondence: Correspondence
    ) -> list[dict[str, object]]:
        """Compute the errors of the initial network and of all fitted networks."""
        responses = self.compute_responses(network, correspondence)
        rows = self.score_responses("initial", np.nan, responses)
        for seed, fitted_network in zip(training.seeds, training.networks, strict=True):
            responses = self.compute_responses(fitted_network, correspondence)
            rows += self.score_responses("fitted", seed, responses)
        return rows

    def score_responses(
        self, kind: str, seed: float, responses: xr.DataArray
    ) -> list[dict[str, object]]:
        """Compute the errors of responses (condition, time, match) on train and test conditions."""
        rows: list[dict[str, object]] = []
        errors = responses.transpose(*self.responses.dims).values - self.responses.values
        for name, index in self.splits.items():
            is_scored = self.sample_weights[index] > 0
            target = self.responses.values[index][is_scored]
            error = float((errors[index][is_scored] ** 2).mean())
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
    if not (bio.time.values >= settle).any():
        expected = f"at most the last bin, {bio.time.values[-1]:g} s"
        remedy = "Count more of the recording."
        raise DescriptionError("fit_to_recording, settle", expected, f"{settle:g} s", remedy)
    sample_weights = np.broadcast_to(bio.time.values >= settle, bio.shape[:2]).astype(float)
    return _FitData(stimulus.transpose("condition", "time", "channel"), bio, sample_weights, splits)


def _choose_test_conditions(names: list[str], test: Sequence[str] | None) -> list[str]:
    """Return the test conditions: every third one by default."""
    chosen_names = names[1::3] if test is None else list(test)
    for name in chosen_names:
        if name not in names:
            raise unknown_name_error("fit_to_recording, test", "condition", name, names)
    if not chosen_names or len(set(chosen_names)) == len(names):
        raise DescriptionError(
            "fit_to_recording, test",
            "conditions on both sides, for fitting and for testing",
            f"{len(set(chosen_names))} of {len(names)}",
            "Record more conditions, or choose other ones.",
        )
    return chosen_names
