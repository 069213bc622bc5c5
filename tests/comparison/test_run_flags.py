"""A comparison states its limits: flags of a translation, effects of another sign or size."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.derivation import Derivation, Flag, ValidityRange
from bioann.comparison.weight_flags import compute_size_ratios, flag_effective_weights

UNSURE = Flag(
    "theory", "The theory of {name!r} may be off by {error:.0f} Hz.", "cell", {"error": 17}
)
RANGE = ValidityRange("cell", 0.0, 0.5, bound=0.02)


@pytest.fixture(scope="module")
def derived():
    """A rate network whose curve was fitted to summed inputs from 0 to 0.5, and its original."""
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 2, "glutamate"),),
        (ba.Afferent("x", "cell", 3 * nS, fibres=20, rate=40 * Hz),),
    )
    ann = ba.RateNetwork(("cell",), channels=("x",), W_in=[[1.0]])
    same = ba.Correspondence(
        (ba.Match("cell", "cell"),), derivation=Derivation((UNSURE,), (RANGE,))
    )
    levels = {"x": [0.1, 0.3, 0.7, 0.9]}
    return ba.Pair(
        "derived", bio, ann, same, stimulus=ba.steps(levels, duration=50 * ms), settle=0 * ms
    )


def test_flags_of_a_translation_are_those_of_its_pair_for_the_stimulus_that_was_run(derived):
    flags = ba.compare(derived.run(trials=1, seed=1)).flags
    assert "Translation: The theory of 'cell' may be off by 17 Hz." in flags
    (out_of_range,) = (flag for flag in flags if "out of the range" in flag)
    assert out_of_range.startswith("Translation: 2 of 4 conditions of the stimulus are")
    weak = ba.steps({"x": [0.1, 0.3]}, duration=50 * ms)
    flags = ba.compare(derived.run(weak, trials=1, seed=1)).flags
    assert not any("out of the range" in flag for flag in flags)


@pytest.mark.slow
def test_a_pair_of_a_translation_keeps_its_limits_without_being_told(derived):
    for made, models in (
        (ba.to_ann(derived.bio, seed=1), lambda made: (derived.bio, made.network)),
        (ba.to_bio(derived.ann, rounds=1, seed=1), lambda made: (made.network, derived.ann)),
    ):
        pair = ba.Pair(
            "p", *models(made), made.correspondence, stimulus=derived.stimulus, settle=0 * ms
        )
        has_limits = bool(made.flags or made.validity)
        limits = Derivation(made.flags, made.validity) if has_limits else None
        assert pair.correspondence.derivation == limits
        (match,) = pair.correspondence.matches
        kept = pair.correspondence.keep_matches(match.name)
        assert kept.derivation == pair.correspondence.derivation


def test_a_range_prints_as_code_that_makes_it_again():
    unbounded = dataclasses.replace(RANGE, bound=np.float64(np.inf), low=np.float64(0.25))
    derivation = Derivation(
        (dataclasses.replace(UNSURE, values={"error": np.float64(2)}),), (unbounded,)
    )
    assert eval(repr(derivation)) == derivation
    points = dataclasses.replace(RANGE, points=np.ones((2, 3)))
    assert Derivation((), (points,)).without_points() == Derivation((), (RANGE,))


def make_table(effective, low, high, predicted=1.0, flags=""):
    columns = {"source": "a", "source_kind": "unit", "target": "b", "synapse": "AMPA",
               "predicted": predicted, "effective": effective, "effective_low": low,
               "effective_high": high, "flags": flags}  # fmt: skip
    return pd.DataFrame([columns])


@pytest.mark.parametrize(
    ("effect", "differs"),
    [
        ((13.0, 11.0, 15.0), True),
        ((0.2, 0.1, 0.3), True),
        ((1.2, 1.1, 1.3), False),
        ((3.0, 1.5, 4.5), False),  # the interval includes twice the prediction
        ((-13.0, -15.0, -11.0), False),  # that is a difference of sign
        ((np.nan, np.nan, np.nan), False),
    ],
)
@pytest.mark.parametrize("predicted", [1.0, -2.0])
def test_an_effect_of_another_size_is_flagged(effect, differs, predicted):
    effective, *ends = np.multiply(effect, predicted)
    table = make_table(effective, *sorted(ends), predicted)
    assert compute_size_ratios(table).differs.tolist() == [differs]
    assert len(flag_effective_weights(table)) == differs


def test_flags_of_effective_weights_name_the_connection():
    assert flag_effective_weights(make_table(13.0, 11.0, 15.0)) == (
        "Effective weights: 1 of 1 measured effects differ in size from the predicted one by more "
        "than a factor of 2: a to b 13.0 [11.0,\N{NO-BREAK SPACE}15.0] times.",
    )
    table = make_table(1.0, 0.9, 1.1, flags="depolarising GABA; paradoxical")
    depolarising, paradoxical = flag_effective_weights(table)
    assert depolarising == "Effective weights: GABA depolarises the target at rest, for a to b."
    assert paradoxical.endswith("reverses the sign of the synapse (paradoxical), for a to b.")
    (flag,) = flag_effective_weights(make_table(1.0, 0.9, 1.1, predicted=0.0))
    assert flag.endswith("a to b 1.00 [0.90,\N{NO-BREAK SPACE}1.10] instead of 0.")
    for predicted, low in ((0.0, -0.1), (np.nan, 0.9)):  # no effect, no prediction
        assert flag_effective_weights(make_table(1.0, low, 1.1, predicted)) == ()
    several = pd.concat([make_table(13.0, 11.0, 15.0), make_table(13.0, 11.0, 15.0)])
    several.synapse = ["AMPA", "NMDA"]
    (flag,) = flag_effective_weights(several.reset_index(drop=True))
    assert "a to b (AMPA) 13.0" in flag
    assert "a to b (NMDA) 13.0" in flag
    several.source_kind = ["channel", "unit"]
    (flag,) = flag_effective_weights(several.reset_index(drop=True))
    assert "stimulus a to b 13.0" in flag
    assert ") 13.0" not in flag
