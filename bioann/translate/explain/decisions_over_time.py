"""Decisions of a spiking classifier as a function of the time that a sample is presented."""

from __future__ import annotations

import numpy as np
import xarray as xr

#: Share of a presentation after which rates are averaged.
SETTLED_SHARE = 0.4
#: Stands for the class of an undecided sample.
UNDECIDED = -1


def choose_classes(outputs: np.ndarray, threshold: float) -> np.ndarray:
    """Return the class that each row of outputs decides for.

    Parameters
    ----------
    outputs : numpy.ndarray, shape (..., output)
        Outputs of a classifier, in activation.
    threshold : float
        Output above which a classifier with a single output decides for class 1.

    Returns
    -------
    numpy.ndarray of int, shape (...)
        Class with the largest output; `UNDECIDED` if several outputs are the largest, as of a
        network that is silent.
    """
    if outputs.shape[-1] == 1:
        return (outputs[..., 0] > threshold).astype(int)
    is_largest = outputs == outputs.max(axis=-1, keepdims=True)
    return np.where(is_largest.sum(axis=-1) > 1, UNDECIDED, outputs.argmax(axis=-1))


def rank_classes(outputs: np.ndarray, threshold: float) -> np.ndarray:
    """Return one number per class, of which the largest is the decision.

    Parameters
    ----------
    outputs : numpy.ndarray, shape (..., output)
        Outputs of a classifier, in activation.
    threshold : float
        Output above which a classifier with a single output decides for class 1.

    Returns
    -------
    numpy.ndarray, shape (..., class)
        The outputs; of a single output, the threshold and the output.
    """
    if outputs.shape[-1] > 1:
        return outputs
    return np.concatenate([np.full_like(outputs, threshold), outputs], axis=-1)


def average_settled_responses(responses: xr.DataArray) -> np.ndarray:
    """Return the mean responses after `SETTLED_SHARE` of the presentation.

    Parameters
    ----------
    responses : xarray.DataArray, dimensions (condition, time, match)
        Responses of the matches over time, in activation.

    Returns
    -------
    numpy.ndarray, shape (condition, match)
        Mean responses in activation.
    """
    n = responses.sizes["time"]
    return np.asarray(responses.values[:, int(SETTLED_SHARE * n) :].mean(axis=1))


def choose_over_time(
    responses: xr.DataArray, threshold: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the decisions if the presentation ended after each bin.

    Parameters
    ----------
    responses : xarray.DataArray, dimensions (condition, time, match)
        Responses in activation, in bins of equal width.
    threshold : float, optional
        Output above which a classifier with a single output decides for class 1.

    Returns
    -------
    times : numpy.ndarray, shape (time,)
        Durations of the presentation in seconds, from one bin on.
    choices : numpy.ndarray of int, shape (time, condition)
        Class with the largest mean response after `SETTLED_SHARE` of that duration
        (`choose_classes`).
    """
    n_bins = np.arange(1, responses.sizes["time"] + 1)
    choices = [
        choose_classes(responses.values[:, int(SETTLED_SHARE * n) : n].mean(axis=1), threshold)
        for n in n_bins
    ]
    bin_width = float(responses.time[0]) * 2
    return n_bins * bin_width, np.array(choices)


def find_decision_times(times: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Return when each decision is final: from then on it stays what it is at the end.

    Parameters
    ----------
    times : numpy.ndarray, shape (time,)
        Durations of the presentation in seconds.
    choices : numpy.ndarray of int, shape (time, sample)
        Decisions after each duration.

    Returns
    -------
    numpy.ndarray, shape (sample,)
        The shortest duration, in seconds, from which on a longer one changes nothing.
    """
    is_final = np.flip(np.logical_and.accumulate(np.flip(choices == choices[-1], axis=0)), axis=0)
    return times[is_final.argmax(axis=0)]
