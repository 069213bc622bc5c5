"""Detection of trainings that diverge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.errors import SimulationError

#: Magnitude of a parameter beyond which a training counts as diverged, long before it overflows.
DIVERGENCE_LIMIT = 1e9


def check_divergence(
    step_log: Any,
    active: np.ndarray,
    seeds: Sequence[int],
    start: tuple[int, int],
    checkpoint: Path | None,
) -> None:
    """Raise `SimulationError` if a loss is not finite or a parameter exceeds `DIVERGENCE_LIMIT`.

    Parameters
    ----------
    step_log : mapping
        ``loss`` (seed, step), and in ``magnitudes`` the largest magnitude of each parameter array
        after each step, by name.
    active : numpy.ndarray of bool, shape (seed,)
        Seeds that are still trained; the others are not checked.
    seeds : sequence of int
        Seed of each training, for the error.
    start : (int, int)
        Numbers of steps and epochs before these.
    checkpoint : pathlib.Path or None
        Checkpoint file of the training, for the error; None without checkpoints.

    Raises
    ------
    SimulationError
        With seed, layer and step at which the divergence began, and the last good checkpoint.
    """
    loss = np.asarray(step_log["loss"])
    magnitudes = {name: np.asarray(v) for name, v in step_log["magnitudes"].items()}
    good = np.isfinite(loss)
    for v in magnitudes.values():
        good &= v < DIVERGENCE_LIMIT
    good[~active] = True
    if good.all():
        return
    seed, step = (int(k) for k in np.unravel_index(np.argmin(good), good.shape))
    bad_names = [
        name for name, v in magnitudes.items() if not v[seed, step] < DIVERGENCE_LIMIT
    ] or list(magnitudes)
    # NaN spreads to all layers within one step: the divergence began where the parameters were
    # largest in the step before.
    before = {name: magnitudes[name][seed, max(step - 1, 0)] for name in bad_names}
    culprit = max(bad_names, key=lambda name: np.nan_to_num(before[name], nan=np.inf))
    layer = culprit.split(".")[0]
    last_checkpoint = "none, because checkpoint='file.npz' was not passed"
    if checkpoint is not None:
        last_checkpoint = f"{checkpoint}" if checkpoint.exists() else "none written yet"
    raise SimulationError(
        f"training, seed {seeds[seed]}, layer {layer!r}",
        f"a finite loss, and parameters below {DIVERGENCE_LIMIT:g}",
        f"a loss of {loss[seed, step]:g} and {culprit} up to {magnitudes[culprit][seed, step]:g} "
        f"at step {start[0] + step + 1} (epoch {start[1] + 1})",
        f"Use a lower rate, or clip=1. Last good checkpoint: {last_checkpoint}.",
    )
