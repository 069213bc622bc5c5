"""Stop a training whose numbers have left the range in which they mean something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.errors import SimulationError

#: A parameter beyond this has left the numbers that mean anything, though not yet those that a
#: computer can hold.
RUNAWAY = 1e9


def hold(
    told: Any,
    active: np.ndarray,
    seeds: Sequence[int],
    begun: tuple[int, int],
    checkpoint: Path | None,
) -> None:
    """Raise if a loss is not finite or a parameter has run away.

    Parameters
    ----------
    told : mapping
        ``loss`` (seed, step), and ``worst``: the largest magnitude of each array of parameters
        after each step, by its name.
    active : numpy.ndarray, shape (seed,)
        Which trainings are still going on.
    seeds : sequence of int
        Their seeds.
    begun : (int, int)
        Steps and epochs that had been made before.
    checkpoint : pathlib.Path or None
        Where the last good state is kept.

    Raises
    ------
    SimulationError
        With the seed, layer and step where it began, and the last good checkpoint.
    """
    loss = np.asarray(told["loss"])
    worst = {name: np.asarray(v) for name, v in told["worst"].items()}
    good = np.isfinite(loss)
    for v in worst.values():
        good &= v < RUNAWAY
    good[~active] = True
    if good.all():
        return
    seed, step = (int(k) for k in np.unravel_index(np.argmin(good), good.shape))
    bad = [name for name, v in worst.items() if not v[seed, step] < RUNAWAY] or list(worst)
    # NaN reaches every layer in one step; the largest weights before it are where it began.
    before = {name: worst[name][seed, max(step - 1, 0)] for name in bad}
    largest = max(bad, key=lambda name: np.nan_to_num(before[name], nan=np.inf))
    layer = largest.split(".")[0]
    kept = "none was asked for: give checkpoint='file.npz'"
    if checkpoint is not None:
        kept = f"{checkpoint}" if checkpoint.exists() else "none had been written yet"
    raise SimulationError(
        f"training, seed {seeds[seed]}, layer {layer!r}",
        f"a finite loss, and parameters below {RUNAWAY:g}",
        f"a loss of {loss[seed, step]:g} and {largest} up to {worst[largest][seed, step]:g} at "
        f"step {begun[0] + step + 1} (epoch {begun[1] + 1})",
        f"Use a lower rate, or clip=1. Last good checkpoint: {kept}.",
    )
