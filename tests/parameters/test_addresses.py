"""Every number of a description has an address, by which it is read and replaced."""

import dataclasses

import pytest
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.parameters import collect_parameters, get_parameter, replace_parameter

NETWORK = ba.SpikingNetwork(
    (
        ba.Population("e", 4, "glutamate", background=ba.Background(1 * nS, "GABA_A")),
        ba.Population("i", 2, "GABA"),
    ),
    (
        ba.Afferent("x", "e", 0.7 * nS, coding="on"),
        ba.Afferent("x", "e", 0.3 * nS, coding="off"),
        ba.Afferent("x", "i", 20 * pA, receptor=ba.receptors.CurrentSynapse(5 * ms)),
        ba.CurrentAfferent("x", "i", -30 * pA),
    ),
    (
        ba.Projection("e", "i", 1 * nS, connectivity=ba.FixedProbability(0.5)),
        ba.Projection("i", "e", 2 * nS, plasticity=ba.plasticity.TsodyksMarkram()),
        ba.Projection("e", "e", 1 * nS, name="slow"),
    ),
    (ba.Injection("e", 10 * pA),),
)
RATES = ba.RateNetwork(
    ("u, v", "w"),
    W=[[0, -0.5], [0.1, 0]],
    W_in=[[1.0], [-2.0]],
    bias=(0.1, -1),
    channels=("x",),
    tau=(None, 10 * ms),
    activation=("relu", ba.activations.Softplus(0.3)),
)
PAIR = ba.Pair(
    "p",
    NETWORK,
    RATES,
    ba.Correspondence((ba.Match("e", "u, v"), ba.Match("i", "w"))),
    stimulus=ba.steps({"x": [0.5]}, duration=300 * ms),
    controls={"strong": NETWORK},
)
LAYERS = ba.LayeredNetwork(
    (ba.layers.Dense([[1.0, -1.0]], activation=ba.activations.LeakyRelu(0.2)),)
)
DESCRIPTIONS = {"spiking": NETWORK, "rate": RATES, "pair": PAIR, "layered": LAYERS}


def read_quantity(parameter):
    """The value of a parameter, as it is written: with its unit if it has one."""
    units = {"nS": nS, "pA": pA, "mV": mV, "ms": ms, "pF": pF, "Hz": Hz}
    return parameter.value_in_unit * units[parameter.unit] if parameter.unit else parameter.value


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_parameter_replaced_by_its_own_value_leaves_an_equal_description(name):
    description = DESCRIPTIONS[name]
    parameters = collect_parameters(description)
    assert parameters
    for p in parameters[:: 1 if name == "rate" else 5]:
        copy = replace_parameter(description, p.address, read_quantity(p))
        assert type(copy) is type(description)
        assert get_parameter(copy, p.address).value == pytest.approx(p.value, rel=1e-12)
        others = [q.value for q in collect_parameters(copy) if q.address != p.address]
        assert others == [q.value for q in parameters if q.address != p.address]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_addresses_are_unique(name):
    addresses = [p.address for p in collect_parameters(DESCRIPTIONS[name])]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(
    ("address", "value", "unit", "range_text"),
    [
        ("projection i -> e, weight", 2.0, "nS", ">= 0 nS"),
        ("projection slow, weight", 1.0, "nS", ">= 0 nS"),
        ("projection e -> i, connectivity, p", 0.5, "", ""),
        ("projection i -> e, plasticity, tau_rec", 800.0, "ms", ">= 0 ms"),
        ("population i, cell, C", 200.0, "pF", "> 0 pF"),
        ("population e, n", 4, "", ""),
        ("population e, background, receptor, reversal", -80.0, "mV", ""),
        ("afferent x -> e, weight", 0.7, "nS", ">= 0 nS"),
        ("afferent x -> e (2), weight", 0.3, "nS", ">= 0 nS"),
        ("afferent x -> i, weight", 20.0, "pA", ">= 0 pA"),
        ("current afferent x -> i, current", -30.0, "pA", ""),
        ("injection -> e, current", 10.0, "pA", ""),
        ("unit u, v, bias", 0.1, "", ""),
        ("unit w, tau", 10.0, "ms", "> 0 ms"),
        ("unit w, activation, width", 0.3, "", ""),
        ("unit u, v, weight from unit w", -0.5, "", ""),
        ("unit w, weight from channel x", -2.0, "", ""),
        ("match w, scale", 100.0, "Hz", "> 0 Hz"),
        ("control strong, projection i -> e, weight", 2.0, "nS", ">= 0 nS"),
    ],
)
def test_value_unit_and_range_are_those_of_the_declaration(address, value, unit, range_text):
    parameter = get_parameter(PAIR, address)
    assert parameter.value_in_unit == pytest.approx(value)
    assert (parameter.unit, parameter.range_text) == (unit, range_text)


def test_a_parameter_of_a_pair_is_that_of_its_model():
    copy = replace_parameter(PAIR, "projection i -> e, weight", 5 * nS)
    assert copy.bio.projections[1].weight == pytest.approx(5e-9)
    assert copy.controls["strong"] == NETWORK
    assert copy.ann == RATES
    assert PAIR.bio == NETWORK, "the original stays as it is"
    strong = replace_parameter(PAIR, "control strong, projection i -> e, weight", 5 * nS)
    assert strong.controls["strong"] == copy.bio
    assert strong.bio == NETWORK


def test_claims_and_numbers_of_trials_are_no_parameters():
    pair = dataclasses.replace(
        PAIR, claims=(ba.Claim("Z1", "So.", "me", ba.Score(ba.metrics.GAIN, "w") >= 0.25),)
    )
    assert len(collect_parameters(pair)) == len(collect_parameters(PAIR))
    assert not [p for p in collect_parameters(pair) if "trials" in p.address]


@pytest.mark.parametrize(
    ("address", "value", "error", "message"),
    [
        (
            "projection i -> e, wait",
            1 * nS,
            UnknownNameError,
            "address in Pair 'p': wanted the name of a parameter, got 'projection i -> e, wait'. "
            "Did you mean 'projection i -> e, weight'",
        ),
        (
            "projection i -> e, weight",
            3,
            DimensionError,
            "Projection 'i' -> 'e', weight: wanted a conductance in nS, got 3. Write it as 3 * nS.",
        ),
        (
            "projection i -> e, weight",
            -3 * nS,
            DescriptionError,
            "Projection 'i' -> 'e', weight: wanted a conductance >= 0, got -3 nS. Sign belongs",
        ),
        (
            "unit w, bias",
            3 * nS,
            DescriptionError,
            "unit w, bias: wanted a finite number without a unit, got 3. * nsiemens",
        ),
        (
            "unit w, bias",
            float("nan"),
            DescriptionError,
            "unit w, bias: wanted a finite number without a unit, got nan. Give a number like the "
            "one that it has, -1.",
        ),
        (
            "population e, n",
            2.5,
            DescriptionError,
            "population e, n: wanted a whole number, got 2.5. Give a number like the one that it "
            "has, 4.",
        ),
        ("population e, cell, V_r", -40 * mV, DescriptionError, "V_r"),
    ],
)
def test_a_wrong_address_or_value_is_an_error(address, value, error, message):
    with pytest.raises(error) as caught:
        replace_parameter(PAIR, address, value)
    assert message in str(caught.value)


def test_what_is_no_description_has_no_parameters():
    with pytest.raises(DescriptionError, match="wanted a description: a model, a pair"):
        collect_parameters({"a": 1})
