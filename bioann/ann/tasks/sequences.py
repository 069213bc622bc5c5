"""Tasks with a time course: working memory, context-dependent choice, evidence integration."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.ann.tasks.samples import make_samples
from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.randomness import make_rng
from bioann.base.units import SI


@name_argument_errors
def delayed_memory(
    n: int = 200, *, seed: int, classes: int = 4, delay: int = 20, dt: SI = 10 * ms
) -> xr.Dataset:
    """Build a working-memory task: one of several cues, a delay, and a go signal.

    Parameters
    ----------
    n : int, optional
        Number of samples, at least 1.
    seed : int
        Seed of the random cues.
    classes : int, optional
        Number of different cues, at least 1.
    delay : int, optional
        Number of time steps without input between the cue (5 steps) and the go signal (5 steps).
    dt : quantity, optional
        Duration of a time step, above 0.

    Returns
    -------
    xarray.Dataset
        One channel per cue and one for the go signal; the class of the cue counts in the loss only
        during the go signal.
    """
    check_minimum("delayed_memory", 1, n=n, classes=classes)
    check_minimum("delayed_memory", 0, delay=delay)
    cue = make_rng(seed, "delayed memory").integers(classes, size=n)
    x = np.zeros((n, 10 + delay, classes + 1))
    x[np.arange(n), :5, cue] = 1.0
    x[:, -5:, -1] = 1.0
    return _score_last_steps(x, cue, 5, dt)


@name_argument_errors
def context_choice(
    n: int = 200, *, seed: int, duration: int = 20, noise: float = 0.3, dt: SI = 10 * ms
) -> xr.Dataset:
    """Build a context-dependent choice between two noisy signals (Mante et al. 2013).

    Parameters
    ----------
    n : int, optional
        Number of samples, at least 1.
    seed : int
        Seed of signals, contexts and noise.
    duration : int, optional
        Number of time steps, at least 5; the last five count in the loss.
    noise : float, optional
        Standard deviation of each signal in each step, in activation; the means are 0.5 plus or
        minus 0.1 to 0.3.
    dt : quantity, optional
        Duration of a time step, above 0.

    Returns
    -------
    xarray.Dataset
        Two signal channels and two context channels; class 1 if the mean of the signal that the
        context selects is above 0.5.
    """
    check_minimum("context_choice", 1, n=n)
    check_minimum("context_choice", 5, duration=duration)
    check_minimum("context_choice", 0, noise=noise)
    rng = make_rng(seed, "context choice")
    strength = rng.uniform(0.1, 0.3, (n, 2)) * rng.choice((-1, 1), (n, 2))
    context = rng.integers(2, size=n)
    x = np.zeros((n, duration, 4))
    x[..., :2] = 0.5 + strength[:, None] + noise * rng.normal(size=(n, duration, 2))
    x[np.arange(n), :, 2 + context] = 1.0
    choice = (strength[np.arange(n), context] > 0).astype(int)
    return _score_last_steps(x, choice, 5, dt)


@name_argument_errors
def noisy_integration(
    n: int = 200, *, seed: int, duration: int = 20, noise: float = 0.5, dt: SI = 10 * ms
) -> xr.Dataset:
    """Build an evidence-integration task with one noisy signal.

    Parameters
    ----------
    n : int, optional
        Number of samples, at least 1.
    seed : int
        Seed of signals and noise.
    duration : int, optional
        Number of time steps, at least 1; the last one counts in the loss.
    noise : float, optional
        Standard deviation of the signal in each step, in activation; the mean is 0.5 plus or minus
        up to 0.2.
    dt : quantity, optional
        Duration of a time step, above 0.

    Returns
    -------
    xarray.Dataset
        One channel; class 1 if the mean of the noisy signal over time is above 0.5.
    """
    check_minimum("noisy_integration", 1, n=n)
    check_minimum("noisy_integration", 5, duration=duration)
    check_minimum("noisy_integration", 0, noise=noise)
    rng = make_rng(seed, "noisy integration")
    x = 0.5 + rng.uniform(-0.2, 0.2, (n, 1)) + noise * rng.normal(size=(n, duration))
    return _score_last_steps(x[..., None], (x.mean(axis=1) > 0.5).astype(int), 1, dt)


def _score_last_steps(x: np.ndarray, classes: np.ndarray, steps: int, dt: SI) -> xr.Dataset:
    """Return samples whose class counts in the loss only in the last `steps` time steps."""
    weight = np.zeros(x.shape[:2])
    weight[:, -steps:] = 1.0
    targets = np.repeat(classes[:, None], x.shape[1], axis=1)
    return make_samples(x, targets, dt=dt, weight=weight)
