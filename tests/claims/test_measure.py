"""A measure is applied to one model or another; a pair computes what its claims name."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.claims.measure import measure

BIO = xr.DataArray([1.0, 3.0], dims="condition")
ANN = 10 * BIO
STIMULUS = ba.steps({"x": [0.0, 1.0]}, duration=100 * ms)


def fall(response, stimulus):
    return response.isel(condition=0) - response.isel(condition=-1)


def distance(bio, other, stimulus):
    return abs(bio - other).max("condition")


FALL = measure(fall, "fall", unit="mV")


@pytest.mark.parametrize(
    ("score", "value", "name"),
    [
        (FALL.of("bio"), -2, "fall, spiking model"),
        (FALL.of("ann"), -20, "fall, rate model"),
        (FALL.of("no_GABA"), -20, "fall, no GABA"),
        (FALL.of("bio", name="fall of the cell"), -2, "fall of the cell"),
        (measure(distance, "distance").of("bio", "ann"), 27, "distance"),
        (measure(distance, "distance").of("bio", "no_GABA"), 27, None),
        (measure(distance, "distance").against("no_GABA"), 27, "distance"),
        (measure(lambda: 2.5, "weight").of(), 2.5, "weight"),
        (measure(2.5, "weight").of(), 2.5, "weight"),
        (measure(np.int64(3), "count").of(), 3, "count"),
    ],
)
def test_it_takes_the_responses_of_the_models_it_is_of(score, value, name):
    assert float(score.metric.evaluate(BIO, ANN, STIMULUS)) == value
    assert score.metric.name == (name or "distance, spiking model against no GABA")


@pytest.mark.parametrize("models", [("no_GABA", "ann"), ("ann", "bio"), ("bio", "ann", "bio")])
def test_of_two_models_the_first_is_the_spiking_model(models):
    """The function would get the responses of the last model twice."""
    with pytest.raises(DescriptionError, match="models: wanted one model, or 'bio' and another"):
        measure(distance, "distance").of(*models)


def test_levels_restrict_a_measure_and_add_up():
    high = FALL.at_levels(" at high noise", noise=(0.9, 1.1)).at_levels(x=1.0)
    assert high.of("bio").metric.where == {"noise": (0.9, 1.1), "x": 1.0}
    assert high.of("bio").metric.name == "fall at high noise, spiking model"
    assert FALL.of("bio").metric.where == {}


def test_the_same_can_be_required_of_each_of_several_models_and_matches():
    group = FALL.of_each("bio", ("E", "I"))
    assert list(group) == [FALL.of("bio", match="E"), FALL.of("bio", match="I")]
    assert list(FALL.of_each(("bio", "ann"))) == [FALL.of("bio"), FALL.of("ann")]
    for rule, one in (
        (group >= 1, FALL.of("bio", match="I") >= 1),
        (group <= 1, FALL.of("bio", match="I") <= 1),
        (group.between(1, 2), FALL.of("bio", match="I").between(1, 2)),
        (group.within(0.5, of=2), FALL.of("bio", match="I").between(1.0, 3.0)),
        (
            group.require(lambda score: ba.rules.Boundary(score, 0, 1, "below")),
            ba.rules.Boundary(FALL.of("bio", match="I"), 0, 1, "below"),
        ),
    ):
        claim = ba.Claim("1", "It falls.", "ours", FALL.of("ann") >= 0, rule)
        assert claim.rules[2] == one
        assert len(claim.rule.single_rules) == len(claim.rules) == 3


def test_a_metric_with_parameters_declares_how_it_is_measured():
    ratio = ba.metrics.RatioOfMatches("a", "b")
    assert measure(ratio, "ratio").metric.per == "pair"
    memory = measure(ba.metrics.MemoryTimeConstant("depth"), "memory", unit="s").metric
    assert (memory.unit, memory.per) == ("s", "match")  # what the user writes goes first
    shift = ba.metrics.CurveShift(*[ba.metrics.ResponseCurve("a")] * 2, "x", 0, 1)
    crossing = measure(ba.metrics.CrossingLevel({1.0: shift, 2.0: shift}), "level").metric
    assert crossing.per == "pair"
    assert measure(fall, "fall").metric.per == "match"


def noisy(stimulus, rng):
    values = stimulus.isel(channel=[0, 0]).values
    return values + rng.normal(0, 0.1, values.shape)


def make_pair(*claims, **more):
    bio = ba.FunctionModel(noisy, ("a", "b"), ("x",), random=True)
    ann = ba.RateNetwork(("a", "b"), channels=("x",), W_in=[[-1], [2]], activation="linear")
    same = ba.Correspondence((ba.Match("a", "a"), ba.Match("b", "b")))
    return ba.Pair("p", bio, ann, same, stimulus=STIMULUS, settle=0 * ms, claims=claims, **more)


def claim(*rules):
    return ba.Claim("X", "So.", "us", *rules)


def test_a_pair_computes_what_its_claims_name_once():
    scores = FALL.of("bio", match="a"), FALL.of("ann", match="a"), FALL.of("ann", match="b")
    pair = make_pair(claim(scores[0] <= 0, scores[1] >= 1), claim(scores[2].between(-3, -1)))
    assert [m.name for m in pair.all_metrics] == ["fall, spiking model", "fall, rate model"]
    comparison = ba.compare(pair.run(trials=5, seed=1))
    assert [v.outcome for v in comparison.claims] == ["supported", "supported"]
    values = [score.find_numbers(comparison.scores)[0] for score in scores]
    assert values == pytest.approx([-1, 1, -2], abs=0.2)
    # The shuffled signs of two weights are each as often negative as positive.
    chance = scores[1].chance.find_numbers(comparison.scores)[0]
    assert abs(chance) < 1


def test_a_number_has_no_ceiling_and_no_chance_level():
    weight = measure(lambda: 2.5, "weight").of()
    comparison = ba.compare(make_pair(claim(weight >= 2)).run(trials=5, seed=1))
    row = weight.find_row(comparison.scores)
    assert (row.value, row.low, row.high) == (2.5, 2.5, 2.5)
    assert np.isnan([row.ceiling, row.chance]).all()


@pytest.mark.parametrize(
    ("score", "error", "message"),
    [
        (FALL.of("bio", match="c"), UnknownNameError, r"claim 'X', 'fall, .*match, got 'c'"),
        (FALL.of("bio"), DescriptionError, r"claim 'X'.*wanted the match that is judged"),
        (FALL.of("nobody", match="a"), UnknownNameError, r"'fall, nobody'.*model, got 'nobody'"),
        (
            ba.Score(ba.metrics.SIGN_AGREEMENT, "a", "y"),
            UnknownNameError,
            r"claim 'X'.*channel, got 'y'",
        ),
    ],
)
def test_a_name_that_the_pair_does_not_have_is_an_error_where_it_is_written(score, error, message):
    with pytest.raises(error, match=message):
        make_pair(claim(score >= 1))


def test_a_unit_is_printable():
    with pytest.raises(DescriptionError, match=r"^metric 'm', unit: wanted a name of printable"):
        ba.measure(lambda response, stimulus: response, "m", unit="\x1b[31m")


def test_two_metrics_of_one_name_are_refused():
    other = measure(distance, "fall, spiking model").of("bio", "ann", match="a")
    with pytest.raises(DescriptionError, match="wanted one metric of that name, got two"):
        make_pair(claim(FALL.of("bio", match="a") >= 0, other >= 0))


def test_a_claim_is_no_text():
    with pytest.raises(DescriptionError, match=r"Pair 'p', claims: wanted claims, got 'So.'"):
        make_pair("So.")


def test_a_score_needs_a_metric():
    with pytest.raises(DescriptionError, match=r"Score, metric: wanted a metric, got 'gain'"):
        ba.Score("gain")
    with pytest.raises(UnknownNameError, match="name of a column, got 'middle'"):
        ba.Score(ba.metrics.GAIN, column="middle")


def test_a_number_is_of_no_model():
    with pytest.raises(DescriptionError, match=r"measure 'weight', of: wanted no model.*got 'bio'"):
        measure(2.5, "weight").of("bio")


@pytest.mark.parametrize("wrong", ["mean", None, True, [1.0], np.nan])
def test_what_is_measured_is_a_function_or_a_number(wrong):
    with pytest.raises(DescriptionError, match=r"measure, function: wanted a .*real number, got"):
        measure(wrong, "x")


def test_the_same_is_required_of_both_models_unless_others_are_named():
    names = [rule.scores[0].text for rule in (FALL.of_each() >= 0).rules]
    assert names == [score.text for score in (FALL.of("bio"), FALL.of("ann"))]
    of_matches = [score.match for score in FALL.of_each(matches=("a", "b"))]
    assert of_matches == ["a", "b", "a", "b"]


def test_the_mean_of_a_quantity_is_measured_in_each_trial():
    """Two matches that win in turn have no contrast on average, and all of it in each trial."""
    contrast = ba.metrics.UnsignedContrast("a", "b")
    metric = measure(ba.metrics.MeanResponse(of=contrast), "contrast").of("bio").metric
    assert (metric.per, metric.prepare) == ("pair", contrast)
    winner = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    trials = xr.DataArray(
        winner, dims=("condition", "trial", "match"), coords={"match": ["a", "b"]}
    )
    prepared = metric.prepare(trials).mean("trial")
    assert float(metric.function(prepared, None)) == 1
    of_time = measure(ba.metrics.MeanResponse(of=ba.metrics.MeanBetween(0, 1)), "late").of("bio")
    assert of_time.metric.over == "time"
