"""One classifier of digits translated to a spiking network, and both shown the held-out images."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.analyses.digits_networks import make_digit_stimulus
from bioann.base.randomness import make_rng
from bioann.correspondence import read_responses
from bioann.models.digits import TIME_STEP
from bioann.translate.explain.decisions_over_time import choose_over_time
from bioann.translate.explain.disagreements import describe_disagreement

#: Number of training images that calibrate each translation.
N_CALIBRATION = 100
#: Decisions are based on the mean rates from this time on, in seconds.
SETTLE_S = 0.2
#: Number of disagreements per network that are diagnosed.
N_DIAGNOSED = 2


@dataclasses.dataclass(frozen=True)
class DigitsResult:
    """Decisions of one trained network and of its translation on every held-out image.

    Attributes
    ----------
    kind : str
        Kind of network, ``"dense"`` or ``"convolutional"``.
    seed : int
        Seed of training and translation.
    labels, ann, bio : numpy.ndarray, shape (image,)
        True digit, and the digits that the rate model and the spiking model choose.
    choices_over_time : numpy.ndarray, shape (time, image)
        Digit that the spiking model would choose if the presentation ended with each bin.
    times : numpy.ndarray, shape (time,)
        Ends of the bins, in seconds from the onset of the image.
    spikes : float
        Mean number of spikes of all neurons per image.
    neurons, synapses : int
        Size of the spiking model.
    n_changed : int or None
        Number of decisions that change with half the time step; None if it was not rerun.
    disagreements : tuple of (int, str)
        Index of each image on which the models disagree, and its diagnosis, which may be empty.
    seconds : float
        Wall time of the translation and its runs, in seconds.
    """

    kind: str
    seed: int
    labels: np.ndarray
    ann: np.ndarray
    bio: np.ndarray
    choices_over_time: np.ndarray
    times: np.ndarray
    spikes: float
    neurons: int
    synapses: int
    n_changed: int | None
    disagreements: tuple[tuple[int, str], ...]
    seconds: float


def evaluate_translation(
    kind: str,
    seed: int,
    network: ba.LayeredNetwork,
    training: xr.Dataset,
    held_out: xr.Dataset,
    *,
    engine: str,
    audit: bool,
) -> DigitsResult:
    """Translate one trained network, and show both models the held-out images."""
    start = time.perf_counter()
    rate_network = network.to_rate_network()
    translation = translate_network(rate_network, training, seed, engine)
    outputs = translation.correspondence.keep_matches(*rate_network.units[-10:])
    images = make_digit_stimulus(held_out)
    options = {"trials": 1, "seed": seed, "engine": engine}
    recording = translation.network.run(images, **options)
    fine_recording = translation.network.rerun_at_half_step(images, **options) if audit else None
    rates = read_responses(recording, outputs, "bio").isel(trial=0)
    logits, mean_rates = network.predict(held_out.input.values), average_late_rates(rates)
    ann, bio = logits.argmax(axis=1), mean_rates.argmax(axis=1)
    n_changed = None
    if fine_recording is not None:
        fine_rates = read_responses(fine_recording, outputs, "bio").isel(trial=0)
        n_changed = int((average_late_rates(fine_rates).argmax(axis=1) != bio).sum())
    disagreeing = [int(image) for image in np.flatnonzero(bio != ann)]
    diagnoses = dict.fromkeys(disagreeing, "")
    for image in disagreeing[:N_DIAGNOSED]:
        diagnosis = ba.diagnose(
            translation, rate_network, recording, images, settle=SETTLE_S * 1e3 * ms,
            conditions=[image], audit=fine_recording,
        )  # fmt: skip
        diagnoses[image] = describe_disagreement(diagnosis, logits[image], mean_rates[image])
    times, choices = choose_over_time(rates)
    return DigitsResult(
        kind, seed, held_out.target.values.astype(int), ann, bio, choices, times,
        spikes=recording.sizes["spike"] / images.sizes["condition"],
        neurons=int(translation.decided_number("neurons")),
        synapses=int(translation.decided_number("synapses")),
        n_changed=n_changed,
        disagreements=tuple(diagnoses.items()),
        seconds=time.perf_counter() - start,
    )  # fmt: skip


def translate_network(
    network: ba.RateNetwork, training: xr.Dataset, seed: int, engine: str
) -> ba.Translation:
    """Translate a network, calibrated on a random sample of the training images."""
    order = make_rng(seed, "digits", "calibration").permutation(training.sizes["sample"])
    calibration = make_digit_stimulus(training.isel(sample=order[:N_CALIBRATION]))
    return ba.to_bio(
        network, inputs="rate", calibration=calibration, seed=seed, engine=engine, dt=TIME_STEP
    )


def average_late_rates(rates: xr.DataArray) -> np.ndarray:
    """Return the mean rates from `SETTLE_S` on, shape (image, digit)."""
    return np.asarray(rates.sel(time=slice(SETTLE_S, None)).mean("time").values)
