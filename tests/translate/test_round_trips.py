"""There and back: the weights of a rate network survive as synapses."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.comparison.spread import measure_spread
from bioann.correspondence import read_responses
from bioann.translate.to_ann.validity import is_in_range
from tests.translate.to_ann.test_to_ann import (
    EIF,
    cell_with_poisson_input,
    feedback_circuit,
    steady_responses,
)
from tests.translate.to_bio.test_to_bio import QUICK, recurrent_network

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


def judge_round_trips(network, translation, models, stimuli, seed):
    """Judge models against one run of the network by the rules that claims are judged with.

    Returns the outcomes of each model, a list of lists.
    """
    matches = translation.correspondence.matches
    # A unit of each model for every match, so that the network runs once for all models.
    named = {f"{m.name} {k}": m for k in range(len(models)) for m in matches}

    def respond(stimulus, rng):
        parts = []
        for back in models:
            run = back.network.run(stimulus, trials=1, seed=100 + seed, bin_width=1 * ms)
            responses = read_responses(run, back.correspondence, "bio").isel(trial=0)
            responses = responses.sel(match=[m.name for m in matches])
            parts.append(responses.transpose("condition", "time", "match").values)
        return np.concatenate(parts, axis=2)

    claims = tuple(
        ba.Claim(name, f"{name} comes back.", "ours", ba.rules.Equivalent(match=name))
        for name in named
    )
    model = ba.FunctionModel(respond, tuple(named), network.channels)
    same = ba.Correspondence(
        tuple(dataclasses.replace(m, ann=name, name=name) for name, m in named.items())
    )
    options = {
        "question": "Is it the same?",
        "source": "ours",
        "settle": 300 * ms,
    }
    pair = ba.Pair("there_and_back", network, model, same, stimulus=stimuli, **options)
    # Half of the spread between trials, of a pilot run of the network with another seed.
    silent = ba.FunctionModel(
        lambda stimulus, rng: np.zeros((*stimulus.shape[:2], len(named))),
        tuple(named),
        network.channels,
    )
    pilot = dataclasses.replace(pair, ann=silent)
    margin = ba.Margin.of_spread(measure_spread(pilot, trials=5, seed=1000 + seed))
    pair = dataclasses.replace(pair, claims=claims, margin=margin)
    outcomes = [v.outcome for v in ba.compare(pair.run(trials=5, seed=seed)).claims]
    return np.array(outcomes).reshape(len(models), -1).tolist()


GRID = ba.stimuli.cross_levels({"E": [0.1, 0.4, 0.7, 1.0], "I": [0.1, 0.5, 0.9]})


@pytest.mark.parametrize(
    ("network", "levels"),
    [
        (cell_with_poisson_input(ba.cells.LIF(), -80, n=1), GRID),
        (cell_with_poisson_input(EIF, -65, n=1), GRID),
        (feedback_circuit(), {"x": np.linspace(0.1, 1, 7)}),
    ],
    ids=["LIF", "EIF, shunting", "E and I in loops"],
)
def test_rates_come_back_as_near_as_the_network_is_to_itself(network, levels):
    there = ba.to_ann(network, method="measured")
    back = ba.to_bio(there.network, inputs="rate", neurons_per_unit=4, **QUICK)
    on_grid = ba.steps(levels, duration=1000 * ms)
    assert is_in_range(there, on_grid).values.all(axis=1).mean() > 0.9  # E = I = 0.1 cancels
    (outcomes,) = judge_round_trips(network, there, [back], on_grid, 1)
    assert set(outcomes) == {"supported"}
    # Random stimuli in range. A further run of the network itself is not always inside its own
    # ceiling, an interval from a few trials: what comes back has to be there as often.
    itself = dataclasses.replace(there, network=network)
    levels = np.random.default_rng(20).uniform(0, 1, (len(network.channels), 200))
    random_levels = dict(zip(network.channels, levels, strict=True))
    many = ba.steps(random_levels, duration=300 * ms, coords={"k": np.arange(200.0)})
    ok = is_in_range(there, many).values.all(axis=1)
    assert ok.mean() > 0.9
    stimulus = ba.steps({c: v[ok][:36] for c, v in random_levels.items()}, duration=1000 * ms)
    outcomes, own_outcomes = judge_round_trips(network, there, [back, itself], stimulus, 20)
    assert outcomes.count("supported") >= own_outcomes.count("supported")
    assert outcomes.count("refuted") <= own_outcomes.count("refuted")
    assert outcomes.count("supported") > len(outcomes) / 2
