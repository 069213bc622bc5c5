"""Tasks in time: remembering, choosing by context, summing evidence."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.ann.tasks.samples import make_samples
from bioann.base.randomness import make_rng
from bioann.base.units import SI


def delayed_memory(
    n: int = 200, *, seed: int, classes: int = 4, delay: int = 20, dt: SI = 10 * ms
) -> xr.Dataset:
    """Show which of several cues it is, wait, and ask.

    Parameters
    ----------
    n : int, optional
        Number of samples.
    seed : int
        Decides the cues.
    classes : int, optional
        Number of cues.
    delay : int, optional
        Time steps without any input between the cue (5 steps) and the question (5 steps).
    dt : quantity, optional
        Time step.

    Returns
    -------
    xarray.Dataset
        One channel per cue and a last one that asks; the class counts only while it is asked for.
    """
    cue = make_rng(seed, "delayed memory").integers(classes, size=n)
    x = np.zeros((n, 10 + delay, classes + 1))
    x[np.arange(n), :5, cue] = 1.0
    x[:, -5:, -1] = 1.0
    return _score_last_steps(x, cue, 5, dt)


def context_choice(
    n: int = 200, *, seed: int, duration: int = 20, noise: float = 0.3, dt: SI = 10 * ms
) -> xr.Dataset:
    """Show two noisy signals and a context that says which of them decides (Mante et al. 2013).

    Parameters
    ----------
    n : int, optional
        Number of samples.
    seed : int
        Decides everything.
    duration : int, optional
        Time steps; the last five count.
    noise : float, optional
        Standard deviation of each signal in each step, around 0.5 plus or minus 0.1 to 0.3.
    dt : quantity, optional
        Time step.

    Returns
    -------
    xarray.Dataset
        Channels: two signals, then one for each context; class 1 if the signal that counts lies
        above 0.5 on average.
    """
    rng = make_rng(seed, "context choice")
    strength = rng.uniform(0.1, 0.3, (n, 2)) * rng.choice((-1, 1), (n, 2))
    context = rng.integers(2, size=n)
    x = np.zeros((n, duration, 4))
    x[..., :2] = 0.5 + strength[:, None] + noise * rng.normal(size=(n, duration, 2))
    x[np.arange(n), :, 2 + context] = 1.0
    choice = (strength[np.arange(n), context] > 0).astype(int)
    return _score_last_steps(x, choice, 5, dt)


def noisy_integration(
    n: int = 200, *, seed: int, duration: int = 20, noise: float = 0.5, dt: SI = 10 * ms
) -> xr.Dataset:
    """Show one noisy signal whose sum decides.

    Parameters
    ----------
    n : int, optional
        Number of samples.
    seed : int
        Decides everything.
    duration : int, optional
        Time steps; the last one counts.
    noise : float, optional
        Standard deviation of the signal in each step, around 0.5 plus or minus up to 0.2.
    dt : quantity, optional
        Time step.

    Returns
    -------
    xarray.Dataset
        One channel; class 1 if its mean over the sample, noise included, lies above 0.5.
    """
    rng = make_rng(seed, "noisy integration")
    x = 0.5 + rng.uniform(-0.2, 0.2, (n, 1)) + noise * rng.normal(size=(n, duration))
    return _score_last_steps(x[..., None], (x.mean(axis=1) > 0.5).astype(int), 1, dt)


def _score_last_steps(x: np.ndarray, classes: np.ndarray, steps: int, dt: SI) -> xr.Dataset:
    """Let the class count in the last steps only."""
    weight = np.zeros(x.shape[:2])
    weight[:, -steps:] = 1.0
    targets = np.repeat(classes[:, None], x.shape[1], axis=1)
    return make_samples(x, targets, dt=dt, weight=weight)
