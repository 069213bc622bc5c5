"""Early stopping: the best parameters of each seed so far, and the seeds that still improve."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np


@dataclasses.dataclass
class EarlyStopping:
    """Progress of the trainings with different seeds.

    Attributes
    ----------
    best_parameters : dict of str to numpy.ndarray, shape (seed, ...)
        Parameters with the lowest validation loss; those of the last epoch without a patience.
    is_active : numpy.ndarray of bool, shape (seed,)
        Whether a seed is still trained.
    n_epochs : numpy.ndarray of int, shape (seed,)
        Number of epochs that a seed was trained.
    best_epoch : numpy.ndarray of int, shape (seed,)
        Epoch of the best parameters, counted from 1; 0 for the initial ones.
    best_loss : numpy.ndarray, shape (seed,)
        Validation loss of the best parameters; infinity before the first epoch.
    """

    best_parameters: dict[str, np.ndarray]
    is_active: np.ndarray
    n_epochs: np.ndarray
    best_epoch: np.ndarray
    best_loss: np.ndarray

    @classmethod
    def from_start(cls, parameters: dict[str, np.ndarray], n_seeds: int) -> EarlyStopping:
        """Return the progress before the first epoch, from parameters ``(seed, ...)``."""
        zeros = np.zeros(n_seeds, dtype=int)
        is_active, best_loss = np.ones(n_seeds, dtype=bool), np.full(n_seeds, np.inf)
        return cls(parameters, is_active, zeros, zeros.copy(), best_loss)

    def progress_arrays(self) -> dict[str, np.ndarray]:
        """Return all fields but the parameters by name, for a checkpoint."""
        return {
            "is_active": self.is_active,
            "n_epochs": self.n_epochs,
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
        }

    def update(
        self,
        epoch: int,
        parameters: Mapping[str, np.ndarray],
        loss: np.ndarray | None,
        patience: int | None,
    ) -> None:
        """Store parameters that are better than before, and stop seeds that no longer improve.

        Parameters
        ----------
        epoch : int
            Epoch that has just ended, counted from 1.
        parameters : mapping of str to numpy.ndarray, shape (seed, ...)
            Parameters at its end.
        loss : numpy.ndarray or None, shape (seed,)
            Validation loss at its end; None without a validation set.
        patience : int or None
            Number of epochs without improvement after which a seed stops; None to train on.
        """
        self.n_epochs[self.is_active] = epoch
        is_better = self.is_active
        if loss is not None and patience is not None:
            is_better = self.is_active & (loss < self.best_loss)
        for name, values in parameters.items():
            mask = is_better.reshape(-1, *(1,) * (values.ndim - 1))
            self.best_parameters[name] = np.where(mask, values, self.best_parameters[name])
        self.best_epoch[is_better] = epoch
        if loss is not None:
            self.best_loss = np.where(is_better, loss, self.best_loss)
        if patience is not None:
            self.is_active = self.is_active & (epoch - self.best_epoch < patience)
