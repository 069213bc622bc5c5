"""Spiking translations of the study `sign_regimes`, and the images that both models get right."""

from __future__ import annotations

import numpy as np
import xarray as xr

import bioann as ba
from bioann.analyses.sign_regimes_networks import Settings
from bioann.correspondence import read_responses
from bioann.models.digits import IMAGE_DURATION, TIME_STEP

#: Responses are averaged from this time on, in seconds from the onset of an image.
SETTLE_S = 0.2


def translate_decisions(
    network: ba.LayeredNetwork, data: xr.Dataset, test: xr.Dataset, seed: int, settings: Settings
) -> np.ndarray:
    """Translate a network to a spiking one, and return which images both models get right.

    Parameters
    ----------
    network : LayeredNetwork
        A trained classifier whose layers are weighted sums and activations.
    data, test : xarray.Dataset
        Images that calibrate the translation, and that it is shown.
    seed : int
        Seed of translation and simulation.
    settings : Settings
        Numbers of images.

    Returns
    -------
    numpy.ndarray of bool, shape (model, image)
        The rate model, then the spiking model.
    """

    def show(images: xr.Dataset) -> xr.DataArray:
        return ba.stimuli.images(images.input.values.reshape(-1, 8, 8), duration=IMAGE_DURATION)

    rate_network = network.to_rate_network()
    calibration = show(data.isel(sample=slice(settings.calibration)))
    shown = test.isel(sample=slice(settings.shown))
    translation = ba.to_bio(
        rate_network, inputs="rate", calibration=calibration, seed=seed, dt=TIME_STEP
    )
    recording = translation.network.run(show(shown), trials=1, seed=seed)
    outputs = translation.correspondence.keep_matches(*rate_network.units[-10:])
    rates = read_responses(recording, outputs, "bio").isel(trial=0)
    late = np.asarray(rates.sel(time=slice(SETTLE_S, None)).mean("time").values)
    choices = network.predict(shown.input.values), late
    return np.array([c.argmax(axis=1) == shown.target.values for c in choices])
