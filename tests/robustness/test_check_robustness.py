"""Verdicts of variants: those of closed forms, the right share, and what turns them."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA

import bioann as ba
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.robustness.robustness import FAILED
from bioann.robustness.roles import group_by_role, scale_models
from bioann.robustness.variants import make_variants

#: A strong current: between refractory periods the cell needs C (V_th - V_r) / I = 0.1 ms.
CURRENT, REFRACTORY = 20_000 * pA, 10 * ms
T_REF = "population out, cell, t_ref"


def average_rate(response, stimulus):
    """Mean of steady responses: 1 at 100 Hz."""
    return response.mean(("condition", "match"))


RATE = ba.measure(average_rate, "mean rate")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ClosedForm(Description):
    """A cell at its noise-free rate, without simulation."""

    network: ba.SpikingNetwork

    units, channels = ("out",), ("in",)

    def compute_rate(self):
        """Return the rate in hertz."""
        current = np.array(float(self.network.afferents[0].current))
        return float(self.network.populations[0].cell.steady_rate(current, 0.0, 0.0))

    def run(self, stimulus, **options):
        """Return the rate in units of 100 Hz while the channel is on."""
        activation = self.compute_rate() / 100
        function = ba.FunctionModel(
            lambda stimulus, rng: activation * stimulus.values, self.units, self.channels
        )
        return function.run(stimulus, **options)


@pytest.fixture(scope="module")
def clock_pair(tiny_pair):
    """A cell that fires as often as its refractory period allows: 1 / (t_ref + 0.1 ms)."""
    bio = ba.SpikingNetwork(
        (ba.Population("out", 1, "glutamate", cell=ba.cells.LIF(t_ref=REFRACTORY)),),
        (ba.CurrentAfferent("in", "out", CURRENT),),
    )
    claims = (
        ba.Claim("T1a", "Fast.", "all", RATE.of("bio") >= 1 / 1.06),
        ba.Claim("T1b", "Not silent.", "all", RATE.of("bio") >= 0.1),
        ba.Claim("T1c", "Silent.", "nobody", RATE.of("bio") <= 0.1),
    )
    stimulus = ba.steps({"in": [1.0]}, duration=200 * ms)
    return dataclasses.replace(
        tiny_pair, name="clock", bio=ClosedForm(bio), claims=claims, stimulus=stimulus
    )


@pytest.fixture(scope="module")
def robustness(clock_pair):
    return ba.check_robustness(clock_pair, points=16, seed=1, engine="numpy")


@pytest.mark.slow
def test_a_claim_turns_at_exactly_the_points_where_the_closed_form_does(robustness, clock_pair):
    """The interval between spikes is t_ref f + 0.1 ms, and the claim asks for at most 10.6 ms."""
    (claim, *_) = robustness.claims
    variants = make_variants(clock_pair, 16, 0.2, 1).variants
    for variant in variants:
        rate = variant.build().bio.compute_rate()
        assert claim.outcomes[variant.name] == ("supported" if rate >= 100 / 1.06 else "refuted")
    # Six of the 16 equal parts of the range from 0.8 to 1.2 lie above 1.05.
    longest = [v.name for v in variants if v.factors.get(T_REF, 0) > 1.05]
    assert len(longest) == 6
    assert [name for name, o in claim.outcomes.items() if o == "refuted"] == longest
    assert (claim.verdict, claim.stays, claim.variants) == ("supported", 12, 18)


@pytest.mark.slow
def test_the_parameter_that_turns_it_is_named(robustness):
    (claim, *_) = robustness.claims
    assert claim.turning.startswith(f"turns where {T_REF} is larger (")
    assert claim.summary == "stays in 12 of 18 variants; refuted at 6 points"
    assert claim.text == f"{claim.summary}; {claim.turning}"
    assert claim.describe_changes() == f"refuted at 6 points; {claim.turning}"


def test_claims_far_from_their_limit_stay(robustness):
    for claim, verdict in zip(robustness.claims[1:], ("supported", "refuted"), strict=True):
        assert (claim.verdict, claim.stays, claim.turning) == (verdict, 18, "")
        assert claim.text == "stays in 18 of 18 variants"
        assert claim.describe_changes() == "none"


def test_half_step_and_exponential_cell_are_variants(robustness):
    assert list(robustness.claims[0].outcomes)[16:] == ["half step", "exponential cell"]
    assert not robustness.reasons


def test_the_table_has_a_row_for_each_claim(robustness):
    table = robustness.table()
    assert table[["id", "stays", "variants"]].values.tolist() == [
        ["T1a", 12, 18],
        ["T1b", 18, 18],
        ["T1c", 18, 18],
    ]
    assert str(robustness).splitlines()[1] == "T1b  supported: stays in 18 of 18 variants"


def test_the_same_seed_gives_the_same_result(clock_pair):
    two = [ba.check_robustness(clock_pair, points=1, seed=5) for _ in range(2)]
    assert two[0].claims == two[1].claims


def test_points_have_seeds_of_their_own_and_half_step_that_of_the_original(clock_pair):
    variants = {v.name: v for v in make_variants(clock_pair, 8, 0.2, 3).variants}
    assert len({v.seed for v in variants.values()}) == 9
    assert variants["half step"].seed == variants["exponential cell"].seed == 3


def test_parameters_of_controls_change_with_those_of_the_spiking_model(clock_pair):
    afferents = (ba.CurrentAfferent("in", "out", 2 * CURRENT),)
    stronger = ClosedForm(dataclasses.replace(clock_pair.bio.network, afferents=afferents))
    pair = dataclasses.replace(clock_pair, controls={"stronger": stronger})
    roles = group_by_role(pair)
    assert len(roles) == len(group_by_role(clock_pair))
    rng = make_rng(1, "test", "controls")
    models = scale_models(pair, roles, rng.uniform(0.8, 1.2, len(roles)))
    bio, control = models["bio"].network, models["stronger"].network
    assert bio.populations == control.populations != clock_pair.bio.network.populations
    assert control.afferents[0].current / bio.afferents[0].current == pytest.approx(2)


def test_a_receptor_that_a_control_exchanges_changes_like_the_other(tiny_pair):
    def build(transmitter):
        populations = (ba.Population("in", 2, transmitter), ba.Population("out", 2, "glutamate"))
        afferents = tuple(ba.Afferent("in", name, 3 * nS) for name in ("in", "out"))
        return ba.SpikingNetwork(populations, afferents, (ba.Projection("in", "out", 3 * nS),))

    same = dataclasses.replace(tiny_pair.correspondence, bio_only=("in",))
    pair = dataclasses.replace(
        tiny_pair,
        bio=build("GABA"),
        controls={"exchanged": build("glutamate")},
        correspondence=same,
    )
    roles = group_by_role(pair)
    models = scale_models(pair, roles, np.linspace(0.8, 1.2, len(roles)))
    control = models["exchanged"]
    assert control.projections[0].receptor == control.afferents[0].receptor


def test_a_derived_rate_model_is_derived_again(tiny_pair):
    def derive(bio):
        weight = float(bio.afferents[0].weight) * 1e9
        ann = ba.RateNetwork(("out",), channels=("in",), W_in=[[weight]])
        return dataclasses.replace(tiny_pair, bio=bio, ann=ann, derive=derive)

    pair = derive(tiny_pair.bio)
    for variant in make_variants(pair, 2, 0.2, 1).variants[:2]:
        factor = variant.factors["afferent in -> out, weight"]
        assert variant.build().ann.W_in[0, 0] == pytest.approx(2 * factor)
    by_hand = make_variants(tiny_pair, 2, 0.2, 1).variants[0].build()
    assert by_hand.ann == tiny_pair.ann


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            DescriptionError("the test", "a unit", "none", "Expect it."),
            "No result with point 1: the test: wanted a unit, got none.",
        ),
        (
            ZeroDivisionError("no weight"),
            "No result with point 1: clock, point 1: wanted a variant that can be built, got "
            "ZeroDivisionError: no weight",
        ),
    ],
)
def test_a_variant_that_cannot_be_described_counts_as_failed(clock_pair, error, message):
    def derive(bio):
        if float(bio.network.populations[0].cell.t_ref) != 10e-3:
            raise error
        return clock_pair

    pair = dataclasses.replace(clock_pair, derive=derive)
    robustness = ba.check_robustness(pair, points=2, seed=1, engine="numpy")
    claim = robustness.claims[0]
    assert [claim.outcomes[f"point {k}"] for k in (1, 2)] == [FAILED] * 2
    assert claim.summary == "stays in 2 of 2 variants; 2 variants did not run"
    assert message in robustness.note


def test_a_pair_of_functions_has_no_variants(tiny_pair):
    def double(stimulus, rng):
        return 2 * stimulus.values

    bio = ba.FunctionModel(double, units=("out",), channels=("in",))
    pair = dataclasses.replace(tiny_pair, bio=bio)
    robustness = ba.check_robustness(pair, points=2)
    assert robustness.claims[0].text == "no variant ran"
    assert set(robustness.reasons) == {"other parameters", "half step", "exponential cell"}


@dataclasses.dataclass(frozen=True)
class Settings:
    rate: float = 0.5
    held_out: float = 0.2
    epochs: int = 3


def draw_mean(seed, settings):
    noise = make_rng(seed, "study").normal(0, 1e-6)
    return xr.Dataset({"mean": ((), settings.rate + noise)})


def test_settings_of_a_study_change_and_its_seed(tmp_path):
    mean = ba.measure(lambda data: data["mean"], "mean")
    study = ba.Study(
        "toy",
        draw_mean,
        {"mean": ()},
        seeds=5,
        settings=Settings(),
        claims=(ba.Claim("T2", "Small.", "all", mean.at() <= 0.525),),
    )
    robustness = ba.check_robustness(study, points=8)
    (claim,) = robustness.claims
    # The claim holds below a factor of 1.05: in five of eight parts of the range, and at 1.
    assert claim.summary == "stays in 6 of 9 variants; refuted at 3 points"
    assert claim.outcomes["other seed"] == "supported"
    assert make_variants(study, 1, 0.2, 1).variants[0].factors.keys() == {"rate"}


def test_of_an_exact_study_without_settings_nothing_can_change():
    study = ba.Study("exact", lambda: xr.Dataset({"x": ((), 1.0)}), {"x": ()})
    variants = make_variants(study, 8, 0.2, 1)
    assert not variants.variants
    assert variants.reasons == {
        "other parameters": "no setting of the study is a continuous number",
        "other seed": "nothing in the study is random",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"points": -1},
            "wanted a whole number from 0 to 1000, got -1. Each point is a run of its",
        ),
        ({"points": 2.5}, "check_robustness, points: wanted a whole number, got 2.5."),
        (
            {"change": 1.0},
            "wanted a share above 0 and below 1, got 1.0. Write change=0.2 for 20 % up",
        ),
        ({"change": "20 %"}, "check_robustness, change: wanted a real number, got '20 %'."),
    ],
)
def test_options_out_of_range_are_errors(options, message, tiny_pair):
    with pytest.raises(DescriptionError) as caught:
        ba.check_robustness(tiny_pair, **options)
    assert message in str(caught.value)
