"""Stop a training whose numbers have left the range in which they mean something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.errors import SimulationError

#: A parameter beyond this has left the numbers that mean anything, though not yet those that a
#: computer can hold.
DIVERGENCE_LIMIT = 1e9


def check_divergence(
    step_log: Any,
    active: np.ndarray,
    seeds: Sequence[int],
    start: tuple[int, int],
    checkpoint: Path | None,
) -> None:
    """Raise if a loss is not finite or a parameter has run away.

    Parameters
    ----------
    step_log : mapping
        ``loss`` (seed, step), and ``magnitudes``: the largest magnitude of each array of parameters
        after each step, by its name.
    active : numpy.ndarray, shape (seed,)
        Which trainings are still going on.
    seeds : sequence of int
        Their seeds.
    start : (int, int)
        Steps and epochs that had been made before.
    checkpoint : pathlib.Path or None
        Where the last good state is kept.

    Raises
    ------
    SimulationError
        With the seed, layer and step where it began, and the last good checkpoint.
    """
    loss = np.asarray(step_log["loss"])
    magnitudes = {name: np.asarray(v) for name, v in step_log["worst"].items()}
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
    # NaN reaches every layer in one step; the largest weights before it are where it began.
    before = {name: magnitudes[name][seed, max(step - 1, 0)] for name in bad_names}
    culprit = max(bad_names, key=lambda name: np.nan_to_num(before[name], nan=np.inf))
    layer = culprit.split(".")[0]
    last_checkpoint = "none was asked for: give checkpoint='file.npz'"
    if checkpoint is not None:
        last_checkpoint = f"{checkpoint}" if checkpoint.exists() else "none had been written yet"
    raise SimulationError(
        f"training, seed {seeds[seed]}, layer {layer!r}",
        f"a finite loss, and parameters below {DIVERGENCE_LIMIT:g}",
        f"a loss of {loss[seed, step]:g} and {culprit} up to {magnitudes[culprit][seed, step]:g} "
        f"at step {start[0] + step + 1} (epoch {start[1] + 1})",
        f"Use a lower rate, or clip=1. Last good checkpoint: {last_checkpoint}.",
    )
