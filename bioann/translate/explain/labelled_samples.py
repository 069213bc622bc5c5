"""Labelled samples for a classifier: their checks, their division, and samples as stimuli."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms, second

from bioann.ann.layered import LayeredNetwork
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.stimuli.stimulus import make_stimulus

#: Samples that calibrate the translation at most, and fewest that do; below, drawn inputs do.
MAX_CALIBRATION, MIN_CALIBRATION = 100, 16
#: Drawn inputs of a calibration without samples.
N_DRAWN = 64
#: Duration in seconds of each stimulus of the calibration.
CALIBRATION_DURATION = 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledSamples:
    """Inputs of a classifier with the class of each.

    Parameters
    ----------
    inputs : numpy.ndarray, shape (sample, channel)
        Inputs in activation, one column per stimulus channel of the network.
    labels : numpy.ndarray of int, shape (sample,)
        Class of each sample, from 0.
    """

    inputs: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: np.ndarray) -> LabelledSamples:
        """Return the samples at some indices."""
        return LabelledSamples(self.inputs[indices], self.labels[indices])


def check_labelled_samples(network: LayeredNetwork, X: Any, y: Any) -> LabelledSamples:
    """Check that inputs fit a classifier, and labels its classes.

    Parameters
    ----------
    network : LayeredNetwork
        The classifier, with one output per class, or a single one for two classes.
    X : array_like, shape (sample, *shape) or (sample, channel)
        Inputs in the units in which the network was trained; an axis of length 1 at the start of
        the network's `shape` may be missing.
    y : array_like, shape (sample,)
        Class numbers, whole numbers from 0.

    Returns
    -------
    LabelledSamples
        The samples in their order.

    Raises
    ------
    StimulusError
        If there is no sample, a shape does not fit, a number is not finite, or a label is none of
        the network's classes.
    """
    if y is None:
        raise _sample_error("y", "one label per sample", "none", "Pass the classes as y.")
    inputs = to_floats(X, "explain, X", StimulusError)
    _check_input_shape(network, inputs)
    if not np.isfinite(inputs).all():
        first = np.argwhere(~np.isfinite(inputs))[0].tolist()
        got = f"{int((~np.isfinite(inputs)).sum())} NaN or infinite values, the first at {first}"
        raise _sample_error("X", "finite numbers", got, "Leave these samples out, or fill them.")
    labels = _check_labels(y, len(inputs), count_classes(network))
    return LabelledSamples(inputs.reshape(len(inputs), -1), labels)


def count_classes(network: LayeredNetwork) -> int:
    """Return the number of classes: of outputs, or 2 for a single output."""
    return max(len(network.units), 2)


def _check_input_shape(network: LayeredNetwork, inputs: np.ndarray) -> None:
    shapes = [tuple(network.shape), (len(network.channels),)]
    if network.shape[0] == 1 and len(network.shape) > 1:
        shapes.append(tuple(network.shape[1:]))
    if inputs.ndim < 2 or inputs.shape[1:] not in shapes:
        texts = " or ".join(f"(sample, {', '.join(map(str, s))})" for s in dict.fromkeys(shapes))
        remedy = "Arrange the axes as in training; images have their channels first."
        raise _sample_error("X", f"shape {texts}", f"shape {inputs.shape}", remedy)
    if not len(inputs):
        raise _sample_error("X", "at least one sample", "none", "Pass labelled samples.")


def _check_labels(y: Any, n_samples: int, n_classes: int) -> np.ndarray:
    numbers = to_floats(y, "explain, y", StimulusError)
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.shape != (n_samples,):
        remedy = "Pass class numbers; of one-hot rows, y.argmax(axis=1)."
        got = f"shape {numbers.shape}"
        raise _sample_error("y", f"shape ({n_samples},), one label per sample", got, remedy)
    is_class = np.isfinite(numbers) & (numbers == np.floor(numbers))
    is_class &= (numbers >= 0) & (numbers < n_classes)
    if not is_class.all():
        wrong_labels = np.unique(numbers[~is_class])[:3]
        got = f"{', '.join(f'{label:g}' for label in wrong_labels)} in {(~is_class).sum()} samples"
        remedy = "Number the classes from 0, in the order of the network's outputs."
        raise _sample_error("y", f"whole numbers from 0 to {n_classes - 1}", got, remedy)
    return numbers.astype(int)


def _sample_error(argument: str, expected: str, got: str, remedy: str) -> StimulusError:
    return StimulusError(f"explain, {argument}", expected, got, remedy)


def divide_samples(n: int, n_simulated: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide samples at random into those of the calibration and those that are simulated.

    Parameters
    ----------
    n : int
        Number of samples to divide, at least 1.
    n_simulated : int
        Number of samples that are simulated, if there are as many.
    seed : int
        Seed of the division.

    Returns
    -------
    calibration, simulated : numpy.ndarray of int
        Disjoint indices in ascending order. Few samples are all simulated, and none is left for
        the calibration.
    """
    order = make_rng(seed, "explain", "samples").permutation(n)
    n_calibration = min(MAX_CALIBRATION, max(n - n_simulated, n // 3))
    if n_calibration < MIN_CALIBRATION:
        n_calibration = 0
    simulated = order[n_calibration : n_calibration + n_simulated]
    return np.sort(order[:n_calibration]), np.sort(simulated)


def draw_calibration_inputs(inputs: np.ndarray, seed: int) -> np.ndarray:
    """Draw inputs uniformly from the range of each channel, of samples too few to spare any.

    Parameters
    ----------
    inputs : numpy.ndarray, shape (sample, channel)
        All samples; only their smallest and largest values are used.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray, shape (N_DRAWN, channel)
        Drawn inputs in activation.
    """
    rng = make_rng(seed, "explain", "calibration")
    return rng.uniform(inputs.min(axis=0), inputs.max(axis=0), (N_DRAWN, inputs.shape[1]))


def make_sample_stimulus(
    inputs: np.ndarray, channels: tuple[str, ...], duration: float
) -> xr.DataArray:
    """Show each sample for `duration` seconds, one condition per sample.

    Parameters
    ----------
    inputs : numpy.ndarray, shape (sample, channel)
        Levels of the channels in activation, constant in time.
    channels : tuple of str
        Names of the channels.
    duration : float
        Duration of each sample in seconds.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``.
    """
    n_steps = round(duration * second / ms)
    values = np.broadcast_to(inputs[:, None], (len(inputs), n_steps, inputs.shape[1]))
    names = [f"sample {k}" for k in range(len(inputs))]
    return make_stimulus(values, channels=channels, dt=1 * ms, conditions=names)
