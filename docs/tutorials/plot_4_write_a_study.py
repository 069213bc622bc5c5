"""
Write a study: train over seeds, and judge
==========================================

*For researchers whose question needs training or counting instead of one circuit.*

The question: does training make more weights negative? A study has a function that computes the
data of one seed, and claims about measures of the data of all seeds. Seeds are its trials:
intervals hold the spread between them.
"""

import dataclasses

import bioann as ba
import numpy as np
import xarray as xr


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that changes the numbers, besides the seed."""

    n_inputs: int = 20
    n_samples: int = 400
    rate: float = 0.05
    epochs: int = 200


def count_negative_weights(seed: int, settings: Settings) -> xr.Dataset:
    """Train a linear unit whose true weights are half negative; count before and after."""
    rng = np.random.default_rng(seed)
    truth = rng.choice([-1.0, 1.0], settings.n_inputs)
    x = rng.normal(size=(settings.n_samples, settings.n_inputs))
    weights = rng.normal(0.5, 0.5, settings.n_inputs)  # mostly positive at the start
    start = (weights < 0).mean()
    for _ in range(settings.epochs):
        weights -= settings.rate * x.T @ (x @ (weights - truth)) / settings.n_samples
    shares = [start, (weights < 0).mean(), (truth < 0).mean()]
    return xr.Dataset(
        {"negative": ("when", shares)}, {"when": ["before training", "after training", "task"]}
    )


# %%
# A measure is a function of the data of all seeds. If it keeps the dimension ``seed``, bioann
# averages over it and computes the interval from the seeds.

change = ba.measure(
    lambda data: (
        data.negative.sel(when="after training") - data.negative.sel(when="before training")
    ),
    "change of the share of negative weights",
    limits=(-1.0, 1.0),
)
error = ba.measure(
    lambda data: np.abs(data.negative.sel(when="after training") - data.negative.sel(when="task")),
    "distance from the share of the task",
    best=0.0,
    limits=(0.0, 1.0),
)
study = ba.Study(
    "negative_weights",
    count_negative_weights,
    {"negative": ("when",)},
    coordinates={"when": ("before training", "after training", "task")},
    seeds=12,
    settings=Settings(),
    question="Does training make more weights negative?",
    claims=(
        ba.Claim("1", "Training makes weights negative.", "an intuition", change.at() >= 0.1),
        ba.Claim("2", "The signs are those of the task.", "ours", error.at() <= 0.01),
    ),
)
result = ba.run_study(study)
for verdict in result.claims:
    print(verdict.claim.id, verdict.outcome, "-", verdict.because)

# %%
# Training made weights negative because the task has negative weights: with other true weights the
# first claim turns. ``bioann new my_study --study`` writes a file with a study and its test. The
# data of each seed are kept in the user's cache folder and computed anew when the code or the
# settings change.
