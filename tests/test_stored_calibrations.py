"""The calibrations that pairs store are those that the package computes today.

Calibration is deterministic, but another processor or NumPy may move single spikes. A stored number
may therefore differ from today's by three standard errors of a gain that is fitted to rates of the
resolution of one spike in the calibration's window.
"""

import numpy as np
import pytest

from bioann.models import dale, digits
from bioann.recordings.neuron_index import split_name
from bioann.translate.to_bio.to_bio import N_CONDITIONS, transfers_of

#: Highest rate of a population in Hz, and seconds in which its spikes are counted.
HIGHEST_RATE, WINDOW = 100.0, 0.3


def assert_calibration_is_current(translation, stored_transfers):
    transfers = transfers_of(translation)
    assert transfers.keys() == stored_transfers.keys()
    rates_at_one = {
        split_name(name)[0]: float(match.scale)
        for match in translation.correspondence.matches
        for name in match.weights_of("bio")
    }
    for population, numbers in transfers.items():
        n_rates = N_CONDITIONS * translation.network.sizes[population]
        tolerance = 3 / (HIGHEST_RATE * WINDOW) / np.sqrt(12 * n_rates)
        # Offset and spread are activations; GABAergic neurons have the scale of their partners.
        rate_at_one = rates_at_one.get(population.replace("GABA", "glutamate"), HIGHEST_RATE)
        scales = (1.0, *[HIGHEST_RATE / rate_at_one] * (len(numbers) - 1))
        for number, stored_number, scale in zip(
            numbers, stored_transfers[population], scales, strict=True
        ):
            message = f"{population}: stored {stored_transfers[population]}, today {numbers}"
            assert number == pytest.approx(stored_number, abs=tolerance * scale), message


@pytest.mark.parametrize("rewrite", dale.TRANSFERS)
def test_rewrites_of_dale(rewrite):
    assert_calibration_is_current(dale.rewrite_as_neurons(rewrite), dale.TRANSFERS[rewrite])


def test_digits():
    data = digits.read_stored_data()
    assert len(data["calibration"]) == N_CONDITIONS
    translation = digits.translate_classifier(digits.build_classifier(data), data)
    assert_calibration_is_current(translation, data["transfers"])
