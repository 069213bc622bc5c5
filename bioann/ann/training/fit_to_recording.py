"""Fit a rate network to a recording: the best signed network that could match."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.ann.training.data import Samples
from bioann.ann.training.jax_optax import jax, optax
from bioann.ann.training.loop import Keeping, Trained, learn
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import RateModel
from bioann.ann.training.train import check_seeds
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import brian_quantity
from bioann.correspondence import Correspondence, read
from bioann.stimuli.stimulus import time_step

#: For a few tens of conditions; every step sees all of them.
RECIPE = TrainingOptions(rate=0.02, loss="mse", epochs=400, batch=4096, clip=1.0)


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What a fit found.

    Attributes
    ----------
    network : RateNetwork
        The one with the smallest error on the train conditions.
    trained : Trained
        One network for each seed, and what their signs did.
    scores : pandas.DataFrame
        ``network`` ("given", "fitted", or "biology again": the recording with another seed, if it
        has one), ``regime``, ``seed``, ``conditions`` ("train" or "test"), ``rmse`` in activation
        and ``r2`` over conditions, time and matches.
    """

    network: RateNetwork
    trained: Trained
    scores: pd.DataFrame


def fit_to_recording(
    network: RateNetwork,
    run: xr.DataTree,
    correspondence: Correspondence,
    recipe: TrainingOptions = RECIPE,
    *,
    seeds: Sequence[int],
    test: Sequence[str] | None = None,
    settle: float = 0.0,
    progress: bool = True,
) -> Fitted:
    """Fit a rate network's weights and biases to the biological half of a recording.

    Parameters
    ----------
    network : RateNetwork
        Its units, connections (weights other than zero), time constants and activations are kept;
        a translated network for one, whose scores stand beside those of the fits.
    run : xarray.DataTree
        A recording: ``/stimulus``, ``/bio`` and, where it was run, ``/ceiling``.
    correspondence : Correspondence
        How both halves are read.
    recipe : Training, optional
        How; its regime says which signs the weights may have.
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
    jax(), optax()
    check_seeds(seeds)
    if recipe.loss != "mse":
        raise DescriptionError(
            "fit_to_recording, loss", "'mse'", repr(recipe.loss), "Pass Training(loss='mse', ...)."
        )
    network = recipe.regime.rebuilt(network)
    shown = _material(run, correspondence, test, settle)
    readout = np.array(
        [[m.weights("ann").get(u, 0.0) for u in network.units] for m in correspondence.matches]
    )
    model = RateModel(network, time_step(shown.stimulus), shown.steps, readout)
    trained = learn(model, recipe, tuple(seeds), shown.samples(network), None, Keeping(), progress)
    rows = shown.scored("given", np.nan, shown.answers(network, correspondence))
    for seed, one in zip(trained.seeds, trained.networks, strict=True):
        rows += shown.scored("fitted", seed, shown.answers(one, correspondence))
    if "ceiling" in run.children:
        again = read(run["ceiling"].to_dataset(), correspondence, "bio").mean("trial")
        rows += shown.scored("biology again", np.nan, again)
    scores = pd.DataFrame(rows).assign(regime=repr(recipe.regime))
    fits = scores[(scores.network == "fitted") & (scores.conditions == "train")]
    best = trained.seeds.index(int(fits.loc[fits.rmse.idxmin(), "seed"]))
    return Fitted(trained.networks[best], trained, scores)


@dataclasses.dataclass(frozen=True)
class _Material:
    """What is fitted and scored: stimulus, responses (condition, time, match), what counts."""

    stimulus: xr.DataArray
    bio: xr.DataArray
    counts: np.ndarray
    parts: dict[str, np.ndarray]

    @property
    def steps(self) -> int:
        """Stimulus steps in a bin."""
        return max(1, round(self.stimulus.sizes["time"] / self.bio.sizes["time"]))

    def samples(self, network: RateNetwork) -> Samples:
        """Give the train conditions."""
        at, end = self.parts["train"], self.bio.sizes["time"] * self.steps
        x = self.stimulus.sel(channel=list(network.channels or ())).values[at, :end]
        return Samples(x, self.bio.values[at], self.counts[at])

    def answers(self, network: RateNetwork, same: Correspondence) -> xr.DataArray:
        """Run a network in the bins of the recording."""
        width = brian_quantity(self.steps * time_step(self.stimulus), "ms")
        recorded = network.run(self.stimulus, trials=1, seed=0, bin_width=width)
        return read(recorded, same, "ann").mean("trial")

    def scored(self, kind: str, seed: float, found: xr.DataArray) -> list[dict[str, object]]:
        """Hold answers against the recording, on both sets of conditions."""
        rows, off = [], (found.transpose(*self.bio.dims).values - self.bio.values)
        for name, at in self.parts.items():
            which = self.counts[at] > 0
            wanted, error = self.bio.values[at][which], float((off[at][which] ** 2).mean())
            variance = float(((wanted - wanted.mean(axis=0)) ** 2).mean())
            r2 = 1 - error / variance if variance > 0 else np.nan
            rows.append(
                {"network": kind, "seed": seed, "conditions": name, "rmse": error**0.5, "r2": r2}
            )
        return rows


def _material(
    run: xr.DataTree, same: Correspondence, test: Sequence[str] | None, settle: float
) -> _Material:
    stimulus = run["stimulus"]["stimulus"].rename(stimulus_time="time")
    bio = read(run["bio"].to_dataset(), same, "bio").mean("trial")
    names = [str(c) for c in bio.condition.values]
    aside = _test(names, test)
    parts = {
        "train": np.array([k for k, name in enumerate(names) if name not in aside]),
        "test": np.array([k for k, name in enumerate(names) if name in aside]),
    }
    bio = bio.transpose("condition", "time", "match")
    counts = np.broadcast_to(bio.time.values >= settle, bio.shape[:2]).astype(float)
    return _Material(stimulus.transpose("condition", "time", "channel"), bio, counts, parts)


def _test(names: list[str], test: Sequence[str] | None) -> list[str]:
    """Choose the conditions to set aside."""
    aside = names[1::3] if test is None else list(test)
    for name in aside:
        if name not in names:
            raise unknown_name_error("fit_to_recording, test", "condition", name, names)
    if not aside or len(set(aside)) == len(names):
        raise DescriptionError(
            "fit_to_recording, test",
            "conditions on both sides, to fit and to score",
            f"{len(set(aside))} of {len(names)}",
            "Record more conditions, or name other ones.",
        )
    return aside
