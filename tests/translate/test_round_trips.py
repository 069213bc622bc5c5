"""There and back: the weights of a rate network survive as synapses."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms

import bioann as ba
from bioann.correspondence import read_responses
from bioann.translate.to_ann.validity import is_in_range
from tests.translate.to_ann.test_to_ann import (
    EIF,
    cell_with_poisson_input,
    feedback_circuit,
    steady_responses,
)
from tests.translate.to_bio.test_to_bio import QUICK, recurrent_network

pytestmark = pytest.mark.slow

#: Largest error of a weight that comes back, as a share of the largest. Driving forces are right to
#: the mV of 40 to 50 that reset and threshold are apart, 2.5%; the gain that was calibrated is
#: taken back by a line through a curve that is 10% less steep at its top than in its middle.
WEIGHTS = 0.1


def feedforward():
    """Four ReLU units that four others listen to, all weights of random sign."""
    rng = np.random.default_rng(2)
    W = np.zeros((8, 8))
    W[4:, :4] = rng.normal(size=(4, 4))
    W_in = np.zeros((8, 3))
    W_in[:4] = rng.normal(size=(4, 3))
    names = tuple(f"{layer}[{k}]" for layer in ("one", "two") for k in range(4))
    return ba.RateNetwork(names, W, W_in, 0.1, channels=("p", "q", "r"))


def weights_between_units(back, translation, ann, has_interneurons):
    """Weights between the units of `ann`, from those between the neurons that stand for them.

    A unit's GABAergic partner fires as it does: so its weights are the unit's own. In a circuit
    of interneurons it fires as often as the synapse from its glutamatergic neuron makes it.
    """
    row_of = {name: k for k, name in enumerate(back.units)}
    neuron_names = [next(iter(m.bio)) for m in translation.correspondence.matches]
    rows = [row_of[name if "[" in name else f"{name}[0]"] for name in neuron_names]
    W = back.W[np.ix_(rows, rows)].copy()
    for stem in dict.fromkeys(name.rpartition("_")[0] for name in neuron_names):
        units = [k for k, name in enumerate(neuron_names) if name.startswith(f"{stem}_glutamate")]
        partners = [k for k in units if (ann.W[:, k] < 0).any()]
        for n, k in enumerate(partners):
            partner = row_of[f"{stem}_GABA[{n}]"]
            W[:, k] += back.W[rows, partner] * (
                back.W[partner, rows[k]] if has_interneurons else 1.0
            )
    # What a sum is worth in rate: the line through zero that follows the curve best over the
    # inputs that were met, whose quantiles are its points.
    slopes = []
    for row in rows:
        phi = back.activation[row]
        x, y = (np.array(v)[2:-2] for v in (phi.inputs, phi.outputs))
        slopes.append((x * y)[x > 0].sum() / (x**2)[x > 0].sum())
    return W * np.array(slopes)[:, None]


@pytest.mark.parametrize("dale", ["twins", "interneurons"])
@pytest.mark.parametrize(
    "ann", [feedforward(), recurrent_network(8, "relu", radius=0.7, tau=20 * ms)],
    ids=["feedforward", "recurrent"],
)  # fmt: skip
def test_weights_come_back_with_sign_and_size(ann, dale):
    translation = ba.to_bio(ann, inputs="current", dale=dale, **QUICK)
    span = dict.fromkeys(ann.channels, (-1.0, 1.0))
    back = ba.to_ann(translation.network, resolution="neuron", span=span).network
    scales = {m.name: float(m.scale) for m in translation.correspondence.matches}
    rate = np.array([scales[u] for u in ann.units])
    weights = (
        weights_between_units(back, translation, ann, dale == "interneurons") * rate / rate[:, None]
    )
    large = np.abs(ann.W) > WEIGHTS * np.abs(ann.W).max()
    np.testing.assert_array_equal(np.sign(weights[large]), np.sign(ann.W[large]))
    assert np.abs(weights - ann.W).max() < WEIGHTS * np.abs(ann.W).max()


def test_a_neuron_is_told_apart_by_its_synapses_and_electrodes():
    ann = recurrent_network(6, "relu", radius=0.7, tau=20 * ms)
    translation = ba.to_bio(ann, inputs="current", **QUICK)
    span = dict.fromkeys(ann.channels, (-1.0, 1.0))
    back = ba.to_ann(translation.network, resolution="neuron", span=span)
    rng = np.random.default_rng(4)
    stimulus = ba.steps({c: rng.uniform(-1, 1, 8) for c in ann.channels}, duration=600 * ms)
    run = translation.network.run(stimulus, trials=1, seed=3)
    names = list(back.network.units)
    bio = (
        read_responses(run, back.correspondence, "bio")
        .sel(time=slice(0.2, None))
        .mean(["time", "trial"])
    )
    activation = steady_responses(back.network, stimulus, "activation")
    rates = bio.sel(match=names).transpose("condition", "match").values
    assert rates.std(axis=1).mean() > 0.05  # neurons of one population that answer differently
    assert np.corrcoef(activation.ravel(), rates.ravel())[0, 1] > 0.98
    bounds = np.array([v.bound for v in back.validity])
    assert np.isfinite(bounds).all()
    ok = is_in_range(back, stimulus).values
    assert (np.abs(activation - rates) <= bounds)[ok].all()


#: Trials of the network, and of the one that comes back, whose mean is taken. The plan of a pilot
#: run of 20 trials asks for 4 to 8, for each of three draws of the stimuli.
TRIALS, BACK_TRIALS = 8, 8


def pair_of_round_trip(network, there, back, stimulus, spread, engine):
    """The pair of a network and the mean rates of the one that comes back.

    Each match is there twice: as it comes back, and 10% higher, which has to be called different.
    The margin is the rms difference between two trials of the network: its spread times the root of
    2. A difference of the means is no larger then than what one sees by running the network twice.
    """
    matches = there.correspondence.matches
    gains = {"": 1.0, " and 10%": 1.1}
    named = {f"{m.name}{label}": m for label in gains for m in matches}

    def respond(stimulus, rng):
        options = {"bin_width": 1 * ms, "engine": engine}
        run = back.network.run(stimulus, trials=BACK_TRIALS, seed=100, **options)
        responses = read_responses(run, back.correspondence, "bio").mean("trial")
        responses = responses.sel(match=[m.name for m in matches])
        rates = responses.transpose("condition", "time", "match").values
        return np.concatenate([gain * rates for gain in gains.values()], axis=2)

    margin = ba.Margin.of_spread(
        {name: spread[m.name] for name, m in named.items()},
        np.sqrt(2),
        "two trials of the network itself differ by as much",
    )
    return ba.Pair(
        "there_and_back",
        network,
        ba.FunctionModel(respond, tuple(named), network.channels),
        ba.Correspondence(
            tuple(dataclasses.replace(m, ann=name, name=name) for name, m in named.items())
        ),
        question="Is it the same?",
        source="ours",
        stimulus=stimulus,
        settle=300 * ms,
        margin=margin,
        claims=tuple(
            ba.Claim(name, f"{name} comes back.", "ours", ba.rules.Equivalent(match=name))
            for name in named
        ),
    )


GRID = ba.stimuli.cross_levels({"E": [0.1, 0.4, 0.7, 1.0], "I": [0.1, 0.5, 0.9]})
N_RANDOM, N_JUDGED = 200, 18


# Share in range: of random stimuli of the LIF cell, to_ann with 8 seeds has 87 to 93% in range, and
# 91 to 93% with 50 cells to average over; of the EIF cell always 97%.
# Spread: between trials of a pilot run of 60 with another seed. From 60 trials and several draws of
# the stimuli, the difference is at most 0.6 spreads (LIF, EIF), 0.4 (i) and 0.8 to 1.1 (e). That of
# e is 1 Hz of 98, and its spread is small because 20 cells are averaged: a margin of one spread
# would be no bound that trials can decide.
@pytest.mark.parametrize(
    ("network", "grid", "share_in_range", "spread"),
    [
        (cell_with_poisson_input(ba.cells.LIF(), -80, n=1), GRID, 0.85, {"cell": 7.2 * Hz}),
        pytest.param(
            cell_with_poisson_input(EIF, -65, n=1),
            *(GRID, 0.95, {"cell": 5.1 * Hz}),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            feedback_circuit(),
            *({"x": np.linspace(0.1, 1, 7)}, 1.0, {"e": 0.97 * Hz, "i": 0.52 * Hz}),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["LIF", "EIF, shunting", "E and I in loops"],
)
def test_rates_come_back_as_near_as_the_network_is_to_itself(
    network, grid, share_in_range, spread, compiled
):
    there = ba.to_ann(network, method="measured")
    back = ba.to_bio(there.network, inputs="rate", neurons_per_unit=4, engine=compiled, **QUICK)
    random = np.random.default_rng(20).uniform(0, 1, (len(network.channels), N_RANDOM))
    levels = {c: np.array([*grid[c], *x]) for c, x in zip(network.channels, random, strict=True)}
    labels = {"k": np.arange(float(len(levels[network.channels[0]])))}
    ok = is_in_range(there, ba.steps(levels, duration=300 * ms, coords=labels)).values.all(axis=1)
    assert ok[-N_RANDOM:].mean() >= share_in_range
    chosen = np.flatnonzero(ok)[: ok[:-N_RANDOM].sum() + N_JUDGED]
    labels = {"k": chosen.astype(float)}
    stimulus = ba.steps(
        {c: x[chosen] for c, x in levels.items()}, duration=1000 * ms, coords=labels
    )
    pair = pair_of_round_trip(network, there, back, stimulus, spread, compiled)
    run = pair.run(trials=TRIALS, seed=20, engine=compiled, controls=False)
    outcomes = {v.claim.id: v.outcome for v in ba.compare(run).claims}
    assert outcomes == {name: "refuted" if "10%" in name else "supported" for name in outcomes}
