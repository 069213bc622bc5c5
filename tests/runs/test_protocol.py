"""Runs in phases: what lasts between them, what a lesion changes, and what does not fit."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError, StimulusError, UnknownNameError
from bioann.runs.protocol import TRIALS_PER_PHASE

TAU_HIDDEN = 20_000 * ms
RULE, ALL_TO_ALL = ba.plasticity.Consolidation(), ba.AllToAll()


def learning_network(rule=RULE, weight=0.5 * nS, connectivity=ALL_TO_ALL):
    return ba.SpikingNetwork(
        (ba.Population("a", 5, "glutamate"), ba.Population("b", 5, "glutamate")),
        (ba.Afferent("x", "a", 3 * nS, fibres=10), ba.Afferent("y", "b", 3 * nS, fibres=10)),
        (ba.Projection("a", "b", weight, plasticity=rule, connectivity=connectivity),),
    )


def learner():
    network = ba.RateNetwork("y", channels="x", W_in=[[0.2]], activation="linear")
    rule = ba.learning.FastSlow(
        "y", channels="x", rate=4 * Hz, goals="goal", slow_rate=1 * Hz, tau_fast=200 * ms, name="w"
    )
    return ba.learning.PlasticRateNetwork(network, rule)


def phases(*durations_ms, lesions=()):
    return tuple(
        ba.Phase(f"phase {k}", duration * ms, lesions if k and k == len(durations_ms) - 1 else ())
        for k, duration in enumerate(durations_ms)
    )


STIMULUS = ba.steps({"x": [0.3, 0.6], "y": [0.5, 0.2]}, duration=300 * ms)
GOALS = ba.steps({"x": [0.5, 1.0], "goal": [1.0, -1.0]}, duration=300 * ms)
BRIEF = ba.steps({"x": [1.0], "y": [1.0]}, duration=60 * ms)
RUN = {"trials": 2, "seed": 3}


def test_one_phase_is_a_run_of_the_model():
    for model, stimulus in ((learning_network(), STIMULUS), (learner(), GOALS)):
        expected = model.run(stimulus, **RUN)
        actual = ba.Protocol(model, phases(300)).run(stimulus, **RUN)
        assert set(actual.data_vars) == set(expected.data_vars)
        for name, values in expected.data_vars.items():
            np.testing.assert_array_equal(actual[name], values, err_msg=str(name))


def test_a_deterministic_learner_does_not_notice_where_it_is_divided():
    whole = learner().run(GOALS, **RUN)
    divided = ba.Protocol(learner(), phases(100, 50, 150)).run(GOALS, **RUN)
    for name in ("activation", "weight_w", "slow_w", "weight_course_w"):
        np.testing.assert_array_equal(divided[name], whole[name], err_msg=name)
    np.testing.assert_array_equal(divided.time, whole.time)


def test_a_phase_starts_with_the_weights_of_the_one_before(compiled):
    """The second phase alone, from the recording of the first, with the trials that it has."""
    network = learning_network()
    divided = ba.Protocol(network, phases(200, 100)).run(STIMULUS, engine=compiled, **RUN)
    first = network.run(STIMULUS.isel(time=slice(200)), engine=compiled, **RUN)
    rest = STIMULUS.isel(time=slice(200, None))
    rest = rest.assign_coords(time=rest.time - rest.time[0])
    second = network.run(rest, engine=compiled, weights=first, first_trial=TRIALS_PER_PHASE, **RUN)
    np.testing.assert_array_equal(divided["weight_a_to_b"], second["weight_a_to_b"])
    joined = np.concatenate([first.rate, second.rate], axis=2)
    np.testing.assert_array_equal(divided.rate, joined)
    assert divided.sizes["spike"] == first.sizes["spike"] + second.sizes["spike"]
    keys = [divided[f"spike_{name}"].values for name in ("time", "trial", "condition")]
    assert (np.lexsort(keys) == np.arange(divided.sizes["spike"])).all()


@pytest.mark.slow
def test_a_run_goes_on_from_a_recording_of_its_first_phases(tmp_path):
    """Also from the disk, on drawn synapses of several wirings."""
    network = learning_network(connectivity=ba.FixedProbability(0.5))
    lesion, options = ba.Lesion("hidden_a_to_b", factor=0.5), {"engine": "numpy", "wirings": 2}
    whole = ba.Protocol(network, phases(20, 20, 20, lesions=lesion))
    first = ba.Protocol(network, whole.phases[:2])
    expected = whole.run(BRIEF, **options, **RUN)
    learned = first.run(BRIEF.isel(time=slice(40)), **options, **RUN)
    learned.to_netcdf(tmp_path / "learned.nc")
    rest = BRIEF.isel(time=slice(40, None))
    rest = rest.assign_coords(time=rest.time - rest.time[0])
    with xr.open_dataset(tmp_path / "learned.nc") as recording:
        resumed = dataclasses.replace(whole, completed=2).run(
            rest, weights=recording, **options, **RUN
        )
    np.testing.assert_array_equal(resumed.rate, expected.rate[:, :, 4:])
    for name in ("weight_a_to_b", "hidden_a_to_b"):
        np.testing.assert_array_equal(resumed[name], expected[name])
    np.testing.assert_array_equal(expected.wiring, [0, 1])
    exists = expected.weight_a_to_b[0].notnull().values
    assert (exists[0] != exists[1]).any()


@pytest.mark.slow
def test_all_phases_of_a_trial_have_one_wiring():
    """Half the step, the same input: the audit of a protocol runs every phase so."""
    assert all(TRIALS_PER_PHASE % wirings == 0 for wirings in range(1, 25))
    network = learning_network(connectivity=ba.FixedProbability(0.5))
    protocol = ba.Protocol(network, phases(20, 40))
    options = {"engine": "numpy", "wirings": 2, **RUN}
    run, finer = (f(BRIEF, **options) for f in (protocol.run, protocol.rerun_at_half_step))
    assert finer.attrs["dt"] == run.attrs["dt"] / 2
    np.testing.assert_allclose(finer.weight_a_to_b, run.weight_a_to_b, rtol=0.02)
    np.testing.assert_array_equal(finer.weight_a_to_b.isnull(), run.weight_a_to_b.isnull())


@pytest.mark.slow
def test_all_models_of_a_pair_go_on_from_a_run():
    """Trained today, resumed tomorrow: both models and a control, with what they had learned."""
    durations = phases(20, 40)
    rule = ba.learning.Hebb("b", sources="a", rate=1 * Hz, name="w")
    rates = ba.RateNetwork(("a", "b"), channels=("x", "y"), W=[[0, 0], [0.5, 0]])
    rates = ba.learning.PlasticRateNetwork(rates, rule)
    network = learning_network()

    def make(stimulus, durations, completed=0):
        bio, ann = (ba.Protocol(m, durations, completed) for m in (network, rates))
        strength = ba.LearnedStrength(bio, {"b": "a_to_b"}, silent=("a",))
        return ba.Pair(
            "phases",
            bio,
            ann,
            ba.Correspondence.of_names("a", "b"),
            stimulus=stimulus,
            settle=0 * ms,
            controls={"strength": strength},
        )

    options = {"trials": 1, "seed": 1, "engine": "numpy"}
    whole = make(BRIEF, durations).run(**options)
    first = make(BRIEF.isel(time=slice(20)), durations[:1]).run(**options)
    rest = BRIEF.isel(time=slice(20, None))
    rest = rest.assign_coords(time=rest.time - rest.time[0])
    resumed = make(rest, durations, 1).run(weights=first, **options)
    for node, name in (
        ("bio", "weight_a_to_b"), ("ann", "weight_w"), ("strength", "weight_a_to_b"),
    ):  # fmt: skip
        np.testing.assert_array_equal(resumed[node][name], whole[node][name])
        assert (whole[node][name] != first[node][name]).any()
    np.testing.assert_array_equal(
        resumed["strength"].activation, whole["strength"].activation[:, :, 2:]
    )


def test_phases_have_input_spikes_of_their_own():
    stimulus = ba.steps({"x": [0.5], "y": [0.5]}, duration=200 * ms)
    rate = ba.Protocol(learning_network(), phases(100, 100)).run(stimulus, **RUN).rate
    assert not np.array_equal(rate[:, :, :10], rate[:, :, 10:])


def test_a_lesion_sets_or_scales_what_was_learned():
    """No goal and no input in the second phase: nothing changes but by decay."""
    stimulus = ba.steps({"x": [1.0], "goal": [1.0]}, duration=200 * ms, offset=100 * ms)
    slow = {}
    for name, lesion in {
        "none": (),
        "zero": ba.Lesion("slow_w", factor=0.0),
        "set": ba.Lesion("slow_w", strength=0.25),
    }.items():
        protocol = ba.Protocol(learner(), phases(100, 100, lesions=lesion))
        slow[name] = protocol.run(stimulus, **RUN).slow_w.item()
    assert slow["none"] > 0.05
    assert slow["zero"] == 0.0
    assert slow["set"] == pytest.approx(0.25, rel=1e-12)


@pytest.mark.slow
def test_a_lesion_of_synapses_is_in_multiples_of_their_weight():
    """Without spikes in the second phase their strength stays."""
    stimulus = ba.steps({"x": [0.5], "y": [0.5]}, duration=200 * ms, offset=100 * ms)
    network = learning_network(ba.plasticity.PairSTDP())
    lesion = ba.Lesion("weight_a_to_b", strength=0.4)
    # The last spikes of the inputs act for a few ms: the synapses rest before the lesion.
    run = ba.Protocol(network, phases(150, 50, lesions=lesion)).run(stimulus, **RUN)
    np.testing.assert_allclose(run.weight_a_to_b, 0.4 * 0.5e-9, rtol=1e-9)


def test_a_protocol_is_a_model_of_a_pair():
    protocol = ba.Protocol(learning_network(), phases(200, 100))
    rates = ba.RateNetwork(("a", "b"), channels=("x", "y"), W=[[0, 0], [0.5, 0]])
    pair = ba.Pair(
        "phases", protocol, rates, ba.Correspondence.of_names("a", "b"), stimulus=STIMULUS,
        settle=200 * ms,
    )  # fmt: skip
    run = pair.run(trials=2, seed=1)
    assert run["bio"].rate.sizes["time"] == 30
    assert protocol.sizes == {"a": 5, "b": 5}
    assert "weight_a_to_b" in run["ceiling"]


def test_phases_and_lesions_that_do_not_fit_are_errors():
    network = learning_network()
    with pytest.raises(StimulusError, match=r"as long as the stimulus, 300 ms, got 250 ms"):
        ba.Protocol(network, phases(100, 150)).run(STIMULUS, **RUN)
    with pytest.raises(StimulusError, match=r"whole number of response bins \(10 ms\), got 105 ms"):
        ba.Protocol(network, phases(105, 195)).run(STIMULUS, **RUN)
    with pytest.raises(UnknownNameError, match=r"'weight_b_to_a'. Did you mean 'weight_a_to_b'"):
        ba.Protocol(network, phases(100, 200, lesions=ba.Lesion("weight_b_to_a", factor=0.0)))
    with pytest.raises(DescriptionError, match=r"model that learns.*0 learned variables"):
        ba.Protocol(learning_network(()), phases(300))
    with pytest.raises(DescriptionError, match=r"first has no lesion"):
        ba.Protocol(network, (ba.Phase("a", 1 * ms, ba.Lesion("weight_a_to_b", factor=0.0)),))
    with pytest.raises(DescriptionError, match=r"names of their own.*\['a', 'a'\], completed 0"):
        ba.Protocol(network, (ba.Phase("a", 1 * ms), ba.Phase("a", 1 * ms)))
    with pytest.raises(DescriptionError, match=r"fewer completed ones.*completed 2"):
        ba.Protocol(network, phases(100, 200), completed=2)
    with pytest.raises(SimulationError, match=r"after 1 completed phases: wanted weights"):
        ba.Protocol(network, phases(100, 300), completed=1).run(STIMULUS, **RUN)
    negative = ba.Lesion("weight_a_to_b", strength=-0.1)
    with pytest.raises(DescriptionError, match=r"from 0 to inf, the bounds of its rule, got -0.1"):
        ba.Protocol(network, phases(100, 200, lesions=negative))
    mixed = learning_network(weight=ba.LogNormal(0.5 * nS, 0.1 * nS))
    with pytest.raises(DescriptionError, match=r"a factor, because the weights of its synapses"):
        ba.Protocol(mixed, phases(100, 200, lesions=ba.Lesion("weight_a_to_b", strength=1.0)))
    with pytest.raises(DescriptionError, match=r"either a finite strength, or a factor"):
        ba.Lesion("weight_a_to_b")
    with pytest.raises(DescriptionError, match=r"at least 0"):
        ba.Lesion("weight_a_to_b", factor=-1.0)


def test_thresholds_that_a_later_phase_would_forget_are_an_error():
    network = learning_network()
    rule = ba.plasticity.IntrinsicPlasticity(target=5 * Hz)
    cells = (ba.Population("a", 5, "glutamate", intrinsic_plasticity=rule), network.populations[1])
    adapting = dataclasses.replace(network, populations=cells)
    assert ba.Protocol(adapting, phases(300)).units == ("a", "b")
    message = r"phases pass on weights alone, got intrinsic_plasticity of \['a'\]. Put"
    with pytest.raises(DescriptionError, match=message):
        ba.Protocol(adapting, phases(150, 150))
