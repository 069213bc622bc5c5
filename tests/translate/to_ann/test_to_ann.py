"""A spiking network as a rate network: weights, curves, operating points, validity."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.translate.to_ann.signed_sum import fit_signed_sum
from bioann.translate.to_ann.validity import flag_out_of_range, is_in_range, list_out_of_range

EIF = ba.cells.EIF(g_L=10 * nS, V_T=-50 * mV, Delta_T=2 * mV, V_r=-60 * mV)


def cell_with_poisson_input(cell, reversal, n=4):
    excitation = ba.Afferent("E", "cell", 3 * nS, fibres=80, rate=40 * Hz)
    inhibition = ba.Afferent(
        "I", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA",
        receptor=ba.receptors.GABA_A(reversal=reversal * mV),
    )  # fmt: skip
    population = ba.Population("cell", n, "glutamate", cell=cell)
    return ba.SpikingNetwork((population,), (excitation, inhibition))


def feedback_circuit(connectivity=None, n=20):
    return ba.SpikingNetwork(
        (
            ba.Population("e", n, "glutamate", background=3 * nS),
            ba.Population("i", n, "GABA", background=2 * nS, cell=EIF),
        ),
        (ba.Afferent("x", "e", 0.8 * nS, fibres=20, rate=40 * Hz),),
        (
            ba.Projection("e", "i", 0.2 * nS, connectivity=connectivity or ba.AllToAll()),
            ba.Projection("i", "e", 0.2 * nS),
            ba.Projection("e", "e", 0.1 * nS),
        ),
    )


def steady_responses(model, stimulus, name, seed=11):
    run = model.run(stimulus, trials=1, seed=seed)[name]
    late = run.sel(time=slice(0.3, None)).mean(["time", "trial"])
    return late.transpose("condition", "unit").values


def r2(rates, expected):
    return 1 - ((rates - expected) ** 2).sum() / ((expected - expected.mean()) ** 2).sum()


HELD_BACK = ba.steps(
    ba.stimuli.cross_levels({"E": [0.03, 0.17, 0.41, 0.73, 0.97], "I": [0.05, 0.37, 0.88]}),
    duration=1000 * ms,
)


@pytest.mark.parametrize("cell", [ba.cells.LIF(), EIF], ids=["LIF", "EIF"])
@pytest.mark.parametrize("reversal", [-80, -65], ids=["hyperpolarising", "shunting"])
def test_theory_alone_gives_the_rates_of_a_grid(cell, reversal):
    bio = cell_with_poisson_input(cell, reversal)
    ann, _ = ba.to_ann(bio)
    rates = steady_responses(bio, HELD_BACK, "rate")
    assert rates.min() < 2  # from silent
    assert rates.max() > 250  # to near saturation
    assert r2(100 * steady_responses(ann, HELD_BACK, "activation"), rates) > 0.98


@pytest.mark.slow
def test_measured_curves_do_at_least_as_well():
    bio = cell_with_poisson_input(ba.cells.LIF(), -80)
    ann, _ = ba.to_ann(bio, method="measured", seed=3)
    rates = steady_responses(bio, HELD_BACK, "rate")
    assert r2(100 * steady_responses(ann, HELD_BACK, "activation"), rates) > 0.99


def test_a_weight_is_conductance_times_area_times_driving_force_over_charge():
    ann, _ = translation = ba.to_ann(cell_with_poisson_input(ba.cells.LIF(), -80))
    decisions = translation.decision_table().set_index("what").value
    v = decisions["effective potential of cell"]
    assert -60 < v < -50  # between reset and threshold
    charge = 200 * 10  # pF times mV: fC
    expected = [
        80 * 3 * 5 * (0 - v) * 40 / charge / 100,
        20 * 6 * 10 * (-80 - v) * 40 / charge / 100,
    ]
    np.testing.assert_allclose(ann.W_in[0], expected, rtol=1e-6)
    np.testing.assert_allclose(
        decisions[[f"weight of stimulus {c} -> cell" for c in "EI"]].astype(float), expected
    )
    assert decisions["rheobase of cell"] == pytest.approx(10 * 15, rel=1e-6)  # nS times mV: pA


@pytest.mark.parametrize("far", [1.02, 2.0, 60.0])
def test_the_effective_potential_is_that_of_the_closed_form(far):
    # Constant conductances around a point at so many rheobases, LIF: the ratio of the derivatives
    # of the noise-free rate is (E_I - V) / (E_E - V) with this V.
    cell = ba.cells.LIF(t_ref=0 * ms)
    rng = np.random.default_rng(0)
    g_i = 2e-9 * far * rng.uniform(0.999, 1.001, 400)
    g_e = (150e-12 * far + 2e-9 * far * 30e-3) / 50e-3 * rng.uniform(0.999, 1.001, 400)
    rate = cell.steady_rate(np.zeros(400), g_e + g_i, -80e-3 * g_i)
    fit = fit_signed_sum(lambda u: g_e * (0 - u) + g_i * (-80e-3 - u), rate, (-60e-3, -50e-3))
    total_conductance = 10e-9 + g_e.mean() + g_i.mean()
    asymptote = (-65e-3 * 10e-9 - 80e-3 * g_i.mean()) / total_conductance
    a, b = asymptote + 60e-3, asymptote + 50e-3
    v = ((-50e-3 * a + 60e-3 * b) - a * b * np.log(a / b)) / 10e-3
    assert fit.potential == pytest.approx(v, abs=0.1e-3)
    assert -55.1e-3 < v < -50e-3
    if far > 50:  # nearly the middle between reset and threshold
        assert v < -54.3e-3


def test_signs_are_those_of_the_driving_force():
    ann = ba.to_ann(feedback_circuit()).network
    assert ann.units == ("e", "i")
    np.testing.assert_array_equal(np.sign(ann.W), [[1, -1], [1, 0]])
    np.testing.assert_array_equal(np.sign(ann.W_in), [[1], [0]])


@pytest.mark.slow
def test_a_recurrent_network_finds_its_operating_point():
    bio = feedback_circuit()
    translation = ba.to_ann(bio)
    stimulus = ba.steps({"x": [0.1, 0.5, 0.9]}, duration=900 * ms)
    predicted_rates = 100 * steady_responses(translation.network, stimulus, "activation")
    rates = steady_responses(bio, stimulus, "rate")
    assert (is_in_range(translation, stimulus)).all()
    bounds = [100 * v.bound for v in translation.validity]
    assert (np.abs(predicted_rates - rates) < bounds).all()
    assert np.abs(predicted_rates - rates).max() < 10


def test_neurons_that_are_alike_answer_as_their_population_does():
    of_populations, of_neurons = (
        ba.to_ann(feedback_circuit(n=6), resolution=r) for r in ("population", "neuron")
    )
    assert of_neurons.network.units[:2] == ("e[0]", "e[1]")
    assert [m.bio for m in of_neurons.correspondence.matches] == list(of_neurons.network.units)
    stimulus = ba.steps({"x": [0.2, 0.8]}, duration=600 * ms)
    means = steady_responses(of_neurons.network, stimulus, "activation").reshape(2, 2, 6)
    np.testing.assert_allclose(means.std(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(
        means.mean(axis=2),
        steady_responses(of_populations.network, stimulus, "activation"),
        rtol=1e-9,
    )


def test_a_neuron_gets_the_synapses_that_it_has():
    strengths = np.array([[1.0, 0, 2], [0, 3, 0]])
    bio = ba.SpikingNetwork(
        (ba.Population("a", 3, "GABA", background=4 * nS), ba.Population("b", 2, "GABA")),
        projections=(ba.Projection("a", "b", 1 * nS, connectivity=ba.ExplicitMatrix(strengths)),),
    )
    ann = ba.to_ann(bio, resolution="neuron").network
    block = ann.W[3:, :3]
    np.testing.assert_allclose(block / block[0, 0], strengths)
    assert block[0, 0] < 0


def test_a_channel_that_is_read_by_its_parts_gets_a_unit_for_each():
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 5, "glutamate", background=3 * nS),),
        (
            ba.Afferent("x", "cell", 1 * nS, fibres=10, coding="on"),
            ba.Afferent("x", "cell", 1 * nS, fibres=10, coding="off", transmitter="GABA"),
        ),
    )
    ann, same = ba.to_ann(bio)
    assert ann.units == ("cell", "x on", "x off")
    assert same.ann_only == ("x on", "x off")
    np.testing.assert_array_equal(ann.W_in[:, 0], [0, 1, -1])
    assert ann.W[0, 1] > 0 > ann.W[0, 2]


def test_a_current_is_charged_as_a_current():
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 5, "glutamate"),),
        (ba.CurrentAfferent("x", "cell", 500 * pA),),
        (),
        ba.Injection("cell", 100 * pA),
    )
    ann = ba.to_ann(bio).network
    # 500 pA pay for 500 / 2 spikes a second at 2 pC each, 100 Hz being activation 1.
    assert ann.W_in[0, 0] == pytest.approx(2.5, rel=1e-6)
    assert ann.bias[0] == pytest.approx((100 - 150) / 2 / 100, rel=1e-6)
    current = np.linspace(0, 1, 30)
    activation = ann.activation[0](ann.W_in[0, 0] * current + ann.bias[0])
    expected = ba.cells.LIF().rate((100 + 500 * current) * pA) / 100
    np.testing.assert_allclose(activation, expected, atol=0.03)


def test_the_time_constant_is_the_synapses():
    ann = ba.to_ann(cell_with_poisson_input(ba.cells.LIF(), -80)).network
    assert 5e-3 < ann.time_constants()[0] < 10e-3  # between AMPA's and GABA_A's


def test_another_scale_changes_the_numbers_and_not_the_rates():
    bio, stimulus = feedback_circuit(), ba.steps({"x": [0.4]}, duration=600 * ms)
    one, other = (ba.to_ann(bio, scale=s * Hz).network for s in (100, 25))
    np.testing.assert_allclose(
        100 * steady_responses(one, stimulus, "activation"),
        25 * steady_responses(other, stimulus, "activation"),
        rtol=1e-4,
    )


def test_a_curve_ends_at_the_highest_rate_that_the_refractory_period_allows():
    phi = ba.to_ann(cell_with_poisson_input(ba.cells.LIF(), -80)).network.activation[0]
    np.testing.assert_allclose(phi(np.array([-1e6, 1e6])), [0, 5], atol=1e-12)  # 500 of 100 Hz


def test_inputs_beyond_the_span_are_told():
    translation = ba.to_ann(cell_with_poisson_input(ba.cells.LIF(), -80), span={"E": (0, 0.4)})
    stimulus = ba.steps({"E": [0.3, 0.9], "I": [0.2, 0.2]}, duration=300 * ms)
    assert is_in_range(translation, stimulus).values.ravel().tolist() == [True, False]
    (flag,) = flag_out_of_range(translation, stimulus)
    assert str(flag) == (
        "1 of 2 conditions of the stimulus are out of the range of 'cell': 'E=0.9, I=0.2' (sum "
        "above)."
    )
    assert (flag.component, flag.values["n_out"]) == ("cell", 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "method"),
    [
        (ba.cells.LIF(), "theory"),
        (ba.cells.LIF(), "measured"),
        (EIF, "theory"),
        pytest.param(EIF, "measured", marks=pytest.mark.slow),
    ],
    ids=["LIF-theory", "LIF-measured", "EIF-theory", "EIF-measured"],
)
def test_where_a_rate_is_no_function_of_its_sum_is_out_of_range(cell, method):
    # Stimuli on lines of one sum near threshold, from little input to much that cancels. In range
    # the error has to stay under the bound, and outside it has to be larger than inside.
    bio = cell_with_poisson_input(cell, -80, n=30)
    translation = ba.to_ann(bio, method=method, seed=5)
    (w_e, w_i), bias = translation.network.W_in[0], translation.network.bias[0]
    inhibition = np.tile(np.linspace(0.02, 0.92, 13), 3)
    total = np.repeat([-0.4, 0.0, 0.4], 13)
    levels = {"E": (total - bias - w_i * inhibition) / w_e, "I": inhibition}
    stimulus = ba.steps(levels, duration=1000 * ms, coords={"k": np.arange(39.0)})
    rates = steady_responses(bio, stimulus, "rate")[:, 0]
    errors = np.abs(
        100 * steady_responses(translation.network, stimulus, "activation")[:, 0] - rates
    )
    ok = is_in_range(translation, stimulus).values[:, 0]
    assert 0.2 < ok.mean() < 0.9
    assert np.abs(errors[ok]).max() < 100 * translation.validity[0].bound
    assert errors[~ok].mean() > 2 * errors[ok].mean()
    table = list_out_of_range(translation, stimulus)
    assert set(table.why) == {"not a function of the sum"}
    np.testing.assert_array_equal(table.condition, stimulus.condition.values[~ok])
    np.testing.assert_allclose(table.I, inhibition[~ok])
    (misfit,) = (flag for flag in translation.flags if flag.kind == "misfit")
    assert "the rate of 'cell' is no function of its signed sum" in str(misfit)
    (flag,) = flag_out_of_range(translation, stimulus)
    assert flag.values["n_out"] == (~ok).sum()


def test_every_point_of_a_population_whose_input_does_not_move_is_in_range():
    bio = ba.SpikingNetwork(
        (ba.Population("driven", 4, "glutamate"), ba.Population("still", 4, "GABA")),
        (ba.Afferent("x", "driven", 1 * nS, fibres=40, rate=40 * Hz),),
        (ba.Projection("still", "still", 0.1 * nS),),
    )
    stimulus = ba.steps({"x": [0.1, 0.7]}, duration=400 * ms)
    assert is_in_range(ba.to_ann(bio), stimulus).values.all()


def test_what_the_rate_network_does_not_know_is_flagged():
    bio = ba.SpikingNetwork(
        tuple(ba.Population(name, 10, "GABA", background=3 * nS) for name in "ab"),
        (ba.Afferent("x", "b", 0.3 * nS, fibres=30, receptor=ba.receptors.NMDA()),),
        (
            ba.Projection(
                "a", "b", 0.2 * nS, receptor=ba.receptors.GABA_A(reversal=-52 * mV),
                plasticity=ba.plasticity.TsodyksMarkram(),
                connectivity=ba.FixedProbability(0.2),
            ),
        ),
    )  # fmt: skip
    translation = ba.to_ann(bio)
    flags = {flag.kind: flag for flag in translation.flags}
    assert flags.keys() >= {"nonlinear synapse", "plasticity", "small driving force", "spread"}
    assert str(flags["nonlinear synapse"]) == (
        "NMDA from 'x' to 'b' does not add up spike by spike; its weight is that of single spikes."
    )
    assert "the sign of its weight depends on the operating point" in str(
        flags["small driving force"]
    )
    assert flags["spread"].component == "b"
    assert f"differs by {flags['spread'].values['spread']:.0%} of its mean" in str(flags["spread"])
    assert all(np.isinf(v.bound) for v in translation.validity)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "curve"),
    [("theory", "the curve of a neuron with the mean parameters"), ("measured", "the mean curve")],
)
def test_neurons_that_differ_are_flagged_and_have_no_bound(method, curve):
    cell = ba.cells.LIF(V_th=ba.Uniform(-52 * mV, -48 * mV))
    bio = ba.SpikingNetwork(
        (ba.Population("e", 4, "glutamate", cell, background=3 * nS),),
        (ba.Afferent("x", "e", ba.LogNormal(0.3 * nS, 0.1 * nS), fibres=30),),
    )
    translation = ba.to_ann(bio, method=method, engine="numpy")
    (flag,) = (flag for flag in translation.flags if flag.kind == "heterogeneity")
    assert str(flag) == (
        f"Neurons of 'e' differ in V_th and weight; its units have {curve}, and there is no error "
        "bound for that."
    )
    assert np.isinf(translation.validity[0].bound) == (method == "theory")
    like = dataclasses.replace(bio.populations[0], cell=ba.cells.LIF())
    mean = dataclasses.replace(
        bio, populations=(like,), afferents=(ba.Afferent("x", "e", 0.3 * nS, fibres=30),)
    )
    if method == "theory":
        np.testing.assert_allclose(translation.network.W_in, ba.to_ann(mean).network.W_in)


def test_fast_synapses_are_outside_the_theory_and_said_to_be():
    bio = cell_with_poisson_input(ba.cells.LIF(), -80)
    fast = tuple(
        dataclasses.replace(a, receptor=dataclasses.replace(a.receptor, tau=0.3 * ms), weight=w)
        for a, w in zip(bio.afferents, (12 * nS, 24 * nS), strict=True)
    )
    # The only flag of slow synapses is where the valid range ends.
    assert {flag.kind for flag in ba.to_ann(bio).flags} == {"misfit"}
    flag = ba.to_ann(dataclasses.replace(bio, afferents=fast)).flags[0]
    assert flag.kind == "theory"
    assert "Try method='measured'" in str(flag)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"method": "theorie"}, UnknownNameError, "Did you mean 'theory'"),
        ({"resolution": "layer"}, UnknownNameError, "to_ann: wanted the name of a resolution"),
        ({"span": {"y": (0, 1)}}, UnknownNameError, "to_ann, span: wanted the name of a channel"),
        ({"scale": 100}, DescriptionError, "to_ann, scale: wanted a rate in Hz"),
    ],
)
def test_what_cannot_be_asked_is_an_error(options, kind, message):
    with pytest.raises(kind, match=message):
        ba.to_ann(feedback_circuit(), **options)


def test_only_a_described_network_can_be_translated_by_theory():
    with pytest.raises(
        DescriptionError, match=r"wanted a SpikingNetwork for method='theory'.*, got rate network"
    ):
        ba.to_ann(ba.RateNetwork(units=("a",)))
