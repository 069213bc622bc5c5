"""Every rule learns in each lane by itself, the same in a second build, and from run to run."""

import gc
from functools import partial

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

from bioann.ann.network import RateNetwork
from bioann.base.errors import SimulationError
from bioann.bio.afferent import Afferent
from bioann.bio.connectivity import FixedProbability
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import (
    Consolidation,
    InhibitorySTDP,
    PairSTDP,
    RewardSTDP,
    TripletSTDP,
    TsodyksMarkram,
)
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import CurrentSynapse
from bioann.correspondence import Correspondence, Match
from bioann.pair import Pair
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.stimuli.waveforms import steps

PAIR = PairSTDP(A_plus=0.05, A_minus=0.05)
RULES = {
    "short": TsodyksMarkram(0.4, 100 * ms, 200 * ms),
    "pair": PAIR,
    "triplet": TripletSTDP(),
    "inhibitory": InhibitorySTDP(eta=0.05),
    "reward": RewardSTDP("y", PAIR),
    "consolidation": Consolidation(PAIR, tau_fast=100 * ms, tau_slow=500 * ms),
    "both": (TsodyksMarkram(0.4, 100 * ms), PAIR),
}
STIMULUS = steps({"x": [0.7, 1.0, 1.3], "y": [-1.0, 1.0, 0.3]}, duration=100 * ms)


def network(*rules, weight=0.4 * nS, receptor=None):
    """All rules at once, a projection each."""
    return SpikingNetwork(
        (Population("e", 6, "glutamate"), Population("o", 4, "glutamate")),
        (Afferent("x", "e", 2 * nS, fibres=60), Afferent("x", "o", 2 * nS, fibres=40)),
        tuple(
            Projection(
                "e", "o", weight, connectivity=FixedProbability(0.7), plasticity=RULES[rule],
                name=rule, receptor=receptor or ("NMDA" if rule == "pair" else None),
            )
            for rule in rules
        ),
    )  # fmt: skip


NETWORK = network(*RULES)
LEARNING = [name for name in RULES if name != "short"]


@pytest.fixture(scope="module")
def learn(compiled):
    return partial(NETWORK.run, engine=compiled)


@pytest.fixture(scope="module")
def full_run(learn):
    recorded = learn(STIMULUS, trials=2, seed=1)
    for name in LEARNING:
        changed = recorded[f"weight_{name}"].values
        assert (changed != 0.4e-9).any(axis=2).all()
        assert (changed >= 0).all()
    return recorded


def assert_same_learning(one, other):
    for name in LEARNING:
        np.testing.assert_array_equal(one[f"weight_{name}"].values, other[f"weight_{name}"].values)
    np.testing.assert_array_equal(one.hidden_consolidation, other.hidden_consolidation)


def test_a_lane_learns_as_it_does_alone(full_run, learn):
    alone = learn(STIMULUS.isel(condition=[1]), trials=1, seed=1)
    assert_same_learning(alone, full_run.isel(condition=[1], trial=[0]))
    keep = (full_run.spike_condition == 1) & (full_run.spike_trial == 0)
    np.testing.assert_array_equal(alone.spike_time.values, full_run.spike_time.values[keep.values])


@pytest.mark.slow
def test_a_second_build_learns_the_same():
    """On numpy, which builds its objects every time."""
    brief = steps({"x": [1.3], "y": [1.0]}, duration=15 * ms)
    first = NETWORK.run(brief, trials=2, seed=1, engine="numpy")
    gc.collect()
    again = NETWORK.run(brief, trials=2, seed=1, engine="numpy")
    assert (first.weight_pair != 0.4e-9).any()
    assert_same_learning(again, first)
    for field in SPIKE_FIELDS:
        np.testing.assert_array_equal(again[field].values, first[field].values)


def test_weights_come_with_their_ends_and_their_unit(full_run):
    weight = full_run.weight_pair
    assert weight.dims == ("condition", "trial", "synapse_pair")
    assert weight.attrs["units"] == "S"
    matrix = NETWORK.draw_conductances(NETWORK.projections[1], seed=1)
    from_indices = np.zeros_like(matrix)
    from_indices[weight.post_pair.values, weight.pre_pair.values] = 0.4e-9
    np.testing.assert_allclose(from_indices, matrix, rtol=1e-12)


def test_a_recording_with_weights_survives_a_file(full_run, tmp_path):
    full_run.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "w.nc", engine="h5netcdf") as read:
        np.testing.assert_array_equal(read.weight_pair.values, full_run.weight_pair.values)


def test_weights_go_into_another_run_with_another_seed(full_run, learn):
    silent = steps({"x": [0.0], "y": [0.0]}, duration=20 * ms)
    trained = full_run.isel(condition=[2], trial=[1])
    after = learn(silent, trials=3, seed=7, weights=trained)
    for name in ("pair", "triplet", "inhibitory", "reward", "both"):
        for trial in range(3):
            np.testing.assert_allclose(
                after[f"weight_{name}"].values[0, trial],
                trained[f"weight_{name}"].values[0, 0],
                rtol=1e-12,
            )
        np.testing.assert_array_equal(after[f"pre_{name}"], trained[f"pre_{name}"])


def test_lanes_take_up_their_own_weights(full_run, learn):
    quiet = STIMULUS * 0.0
    quiet.attrs = STIMULUS.attrs
    after = learn(quiet.isel(condition=[2, 0]), trials=2, seed=1, weights=full_run)
    np.testing.assert_allclose(
        after.weight_triplet.values, full_run.weight_triplet.values[[2, 0]], rtol=1e-12
    )


def test_learnt_weights_can_be_used_without_learning_on(full_run):
    static = SpikingNetwork(
        NETWORK.populations, NETWORK.afferents,
        (Projection("e", "o", 0.4 * nS, name="pair", receptor="NMDA"),),
    )  # fmt: skip
    run = static.run(STIMULUS.isel(condition=[0], channel=[0]), trials=1, seed=1,
                    weights=full_run.isel(condition=[0], trial=[0]))  # fmt: skip
    assert "weight_pair" not in run


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.drop_vars([f"weight_{n}" for n in LEARNING]), "a recording with weight_"),
        (lambda w: w.isel(condition=[0, 1]), "condition '.*', got others"),
        (lambda w: w.assign(weight_pair=-w.weight_pair), "finite magnitudes >= 0"),
        (lambda w: w.assign_coords(pre_pair=w.pre_pair + 90), "neurons below 6 of 'e'"),
    ],
)
def test_weights_that_do_not_fit_are_refused(full_run, change, message):
    with pytest.raises(SimulationError, match=message):
        NETWORK.run(STIMULUS, trials=2, seed=1, weights=change(full_run))
    with pytest.raises(SimulationError, match="wanted 3 trials, got 2"):
        NETWORK.run(STIMULUS, trials=3, seed=1, weights=full_run)


@pytest.mark.slow
def test_current_based_synapses_learn_too():
    run = network("pair", weight=20 * pA, receptor=CurrentSynapse()).run(STIMULUS, trials=1, seed=1)
    assert run.weight_pair.attrs["units"] == "A"
    assert (run.weight_pair.values != 20e-12).any()


@pytest.mark.slow
def test_a_pair_hands_weights_to_its_biological_half():
    bio = network("pair")
    ann = RateNetwork(units=("e",), W=[[0.0]], W_in=[[1.0]], channels=("x",))
    same = Correspondence((Match("e", "e"),), bio_only=("o",))
    pair = Pair("learner", bio, ann, same, settle=20 * ms)
    brief = STIMULUS.isel(time=slice(50))
    first = pair.run(brief, trials=1, seed=1, controls=False)
    second = pair.run(brief, trials=1, seed=1, controls=False, audit=True, weights=first)
    alone = bio.run(brief, trials=1, seed=1, weights=first["bio"].to_dataset())
    np.testing.assert_array_equal(second["bio"].weight_pair, alone.weight_pair)
    learnt = second["bio"].weight_pair - first["bio"].weight_pair
    difference = second["audit"].weight_pair - second["bio"].weight_pair
    assert abs(difference).mean() > 0
    assert abs(learnt).mean() > 0
