"""Numbers that pairs store are those that the package computes today.

Calibration is deterministic, but another processor or NumPy may move single spikes. A stored number
may therefore differ from today's by three standard errors of a gain that is fitted to rates of the
resolution of one spike in the calibration's window.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

import bioann as ba
from bioann.models import dale, digits, input_inversion, sign_equivalence, spike_initiation
from bioann.recordings.neuron_index import split_name
from bioann.translate.target import find_rheobase
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
    assert_calibration_is_current(
        dale.rewrite_as_neurons(rewrite, is_calibrated=False), dale.TRANSFERS[rewrite]
    )


def test_digits():
    data = digits.read_stored_data()
    assert len(data["calibration"]) == N_CONDITIONS
    translation = digits.translate_classifier(digits.build_classifier(data), data)
    assert_calibration_is_current(translation, data["transfers"])


@pytest.mark.parametrize("name", spike_initiation.CELLS)
def test_cells_of_spike_initiation_start_to_fire_at_the_same_current(name):
    cell = spike_initiation.CELLS[name]
    assert 1e3 * find_rheobase(cell) / float(cell.g_L) == pytest.approx(1.62, abs=0.005)  # in mV


def test_rheobase_of_input_inversion():
    cell, tau = ba.cells.LIF(), float(ba.receptors.AMPA().tau)
    full_light = input_inversion.N_FIBRES * 100 * tau * float(input_inversion.QUANTUM)
    assert full_light == pytest.approx(float(input_inversion.FULL_LIGHT_CONDUCTANCE))
    rheobase = find_rheobase(cell) / (0 - cell.V_th)  # a conductance that reverses at 0 mV
    assert rheobase / full_light == pytest.approx(input_inversion.RHEOBASE, rel=1e-6)


@pytest.mark.parametrize("drive", sign_equivalence.DRIVES)
def test_a_line_through_three_effects_finds_the_sign_change(drive):
    def compute_effect(reversal_mv):
        rates = (sign_equivalence.compute_cell_rate([drive], g, reversal_mv) for g in (1.0, 0.0))
        return float(np.subtract(*rates)[0])

    reversals = list(sign_equivalence.NEAR_SIGN_CHANGE.values())
    slope, intercept = np.polyfit(reversals, [compute_effect(e) for e in reversals], 1)
    assert -intercept / slope == pytest.approx(brentq(compute_effect, -62, -46), abs=0.25)
