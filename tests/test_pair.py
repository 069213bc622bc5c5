import dataclasses
import json

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.base.errors import (
    CorrespondenceError,
    DescriptionError,
    SimulationError,
    StimulusError,
    UnknownNameError,
)
from bioann.stimuli.stimulus import RESERVED_NAMES

BIO = ba.SpikingNetwork(
    (ba.Population("e", 5, "glutamate", background=6 * nS), ba.Population("i", 2, "GABA")),
    (ba.Afferent("x", "e", 1 * nS, fibres=20), ba.CurrentAfferent("x", "i", 300 * pA)),
    (ba.Projection("i", "e", 1 * nS),),
)
ANN = ba.RateNetwork("u", W_in=[[1]], channels="x", bias=0.1)
SAME = ba.Correspondence((ba.Match("e", "u"),), bio_only=("i",))
STIMULUS = ba.steps({"x": [0.2, 0.8]}, duration=100 * ms)


def make_pair(**changes):
    defaults = {
        "bio": BIO,
        "ann": ANN,
        "correspondence": SAME,
        "stimulus": STIMULUS,
        "settle": 20 * ms,
    }
    return ba.Pair("p", **(defaults | changes))


@pytest.fixture(scope="module")
def run():
    return make_pair().run(trials=2, seed=3)


class TestControls:
    """A control is a node of the recording, beside the others."""

    @pytest.mark.parametrize("name", ["bio", "ceiling", "wiring", "scale_hz", "x", "k"])
    def test_no_control_has_the_name_of_something_else(self, name):
        stimulus = ba.steps({"x": [0.2]}, duration=100 * ms, coords={"x": [0.2], "k": [1]})
        with pytest.raises(DescriptionError, match=f"coordinates of the stimulus, got '{name}'"):
            make_pair(stimulus=stimulus, controls={name: BIO})

    def test_nor_of_a_coordinate_of_the_stimulus_of_a_run(self):
        pair = make_pair(controls={"contrast": BIO})
        stimulus = ba.steps({"x": [0.2]}, duration=100 * ms, coords={"contrast": [1]})
        with pytest.raises(DescriptionError, match="got 'contrast'"):
            pair.run(stimulus, trials=1, seed=1)


class TestDescription:
    """What does not fit together is seen where it is written."""

    @pytest.mark.parametrize(
        ("wrong", "kind", "message"),
        [
            ({"bio": 3}, DescriptionError, "Pair 'p', bio: wanted a model.*int without run"),
            ({"ann": np.tanh}, DescriptionError, "Wrap a function in FunctionModel"),
            ({"correspondence": (ba.Match("e", "u"),)}, CorrespondenceError, "a Correspondence"),
            (
                {"correspondence": ba.Correspondence((ba.Match("e", "u"),))},
                CorrespondenceError,
                r"neither for \['i'\]",
            ),
            ({"readout": ("u", "v")}, DescriptionError, "Pair 'p', readout: .*got 'v'"),
            ({"settle": -1 * ms}, DescriptionError, "Pair 'p', settle"),
            ({"bin_width": 0 * ms}, DescriptionError, "Pair 'p', bin_width"),
            ({"stimulus": STIMULUS.where(STIMULUS < 0.5)}, StimulusError, "finite activations"),
            ({"stimulus": ba.steps({"y": [1]}, duration=100 * ms)}, UnknownNameError, "got 'x'"),
            ({"controls": {"a": 3}}, DescriptionError, "Pair 'p', control 'a': wanted a model"),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong, kind, message):
        with pytest.raises(kind, match=message):
            make_pair(**wrong)

    @pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
    def test_controls_leave_recordings_their_names(self, name):
        with pytest.raises(DescriptionError, match="controls: wanted names that recordings do not"):
            make_pair(controls={name: BIO})

    def test_a_control_reads_the_same_correspondence(self):
        other = ba.SpikingNetwork(ba.Population("e", 5, "glutamate"), ba.Afferent("x", "e", 1 * nS))
        with pytest.raises(UnknownNameError, match="population, got 'i'"):
            make_pair(controls={"alone": other})

    def test_single_parts_need_no_tuple(self):
        claim = ba.Claim("A", "So.", "", ba.Score(ba.metrics.GAIN, "u") >= 1)
        assert make_pair(claims=claim, readout="u") == make_pair(claims=(claim,), readout=("u",))

    def test_two_pairs_are_equal_if_all_they_say_is(self):
        assert make_pair() == make_pair()
        assert make_pair() != make_pair(stimulus=0.5 * STIMULUS.assign_attrs(dt=1e-3))
        assert make_pair() != make_pair(question="Why?")


def test_a_layered_network_stands_for_its_units_where_the_hidden_ones_are_matched():
    layers = (ba.layers.Dense([[1.0], [0.5]]), ba.layers.Dense([[1.0, -1.0]]))
    network = ba.LayeredNetwork(layers, channels=("x",))
    bio = ba.SpikingNetwork(tuple(ba.Population(n, 1, "glutamate") for n in ("a", "b", "c")))
    every = ba.Correspondence(
        tuple(map(ba.Match, ("a", "b", "c"), ("layer1[0]", "layer1[1]", "layer2[0]")))
    )
    assert ba.Pair("p", bio, network, every).ann == network.to_rate_network()
    last = ba.Correspondence((ba.Match("c", "layer2[0]"),), bio_only=("a", "b"))
    assert ba.Pair("p", bio, network, last).ann is network
    wrong = dataclasses.replace(every, matches=(*every.matches[:2], ba.Match("c", "layer2[9]")))
    with pytest.raises(UnknownNameError, match=r"layer2\[9\]"):
        ba.Pair("p", bio, network, wrong)


class TestWindow:
    """Steady values are read from `settle` to the end."""

    def test_it_ends_with_the_stimulus(self):
        assert make_pair().window() == pytest.approx((0.02, 0.1))
        longer = ba.steps({"x": [1]}, duration=300 * ms)
        assert make_pair().window(longer) == pytest.approx((0.02, 0.3))

    def test_something_is_left_to_read(self):
        with pytest.raises(DescriptionError, match="settle: wanted less than the stimulus, 100 ms"):
            make_pair(settle=100 * ms)
        with pytest.raises(DescriptionError, match=r"100 ms by half a bin of 10 ms, got 96 ms"):
            make_pair(settle=96 * ms)
        last = ba.compare(make_pair(settle=95 * ms).run(trials=2, seed=3)).responses
        assert np.isfinite(last.bio).all()


class TestRun:
    """Both models and their controls, on the same stimuli."""

    def test_all_parts_are_there(self, run):
        assert set(run.children) == {"stimulus", "bio", "ann", "ceiling", "chance"}
        assert run["bio"].rate.sizes["trial"] == 2
        assert run["ann"].activation.sizes["trial"] == 1
        assert set(run["chance"].activation.dims) >= {"shuffle", "condition", "time", "unit"}

    def test_both_halves_got_the_same_stimulus(self, run):
        np.testing.assert_array_equal(run["stimulus"]["stimulus"].values, STIMULUS.values)
        np.testing.assert_allclose(
            run["ann"].activation[:, 0, :, 0], np.repeat([[0.3], [0.9]], 10, axis=1)
        )
        alone = BIO.run(STIMULUS, trials=2, seed=3)
        np.testing.assert_array_equal(run["bio"].rate.values, alone.rate.values)

    def test_the_ceiling_is_the_same_circuit_with_other_randomness(self, run):
        assert (run["ceiling"].rate != run["bio"].rate).any()
        again = make_pair().run(trials=2, seed=3)
        np.testing.assert_array_equal(run["ceiling"].rate.values, again["ceiling"].rate.values)

    def test_the_chance_level_has_other_signs(self, run):
        # One weight has one other sign: -0.2 + 0.1 and -0.8 + 0.1, rectified.
        assert run["chance"].sizes["shuffle"] == 1
        assert not run["chance"].activation.any()

    def test_without_controls(self):
        bare = make_pair(controls={"quiet": BIO}).run(trials=1, seed=1, controls=False)
        assert set(bare.children) == {"stimulus", "bio", "ann"}

    def test_named_controls_are_run_beside_the_biological_half(self):
        strong = ba.SpikingNetwork(BIO.populations, BIO.afferents)
        run = make_pair(controls={"no_inhibition": strong}).run(trials=2, seed=3)
        free = strong.run(STIMULUS, trials=2, seed=3)
        np.testing.assert_array_equal(run["no_inhibition"].rate.values, free.rate.values)

    def test_where_it_came_from_is_written_down(self, run):
        attrs = run.attrs
        assert attrs["pair"] == "p"
        assert (attrs["seed"], attrs["trials"]) == (3, 2)
        assert attrs["engine"] in ("numpy", "cpp")  # which one is for `auto` to say
        assert attrs["dt"] == pytest.approx(1e-4)
        assert attrs["window"] == pytest.approx([0.02, 0.1])
        assert {"bioann", "brian2", "numpy"} <= set(json.loads(attrs["versions"]))

    def test_the_hash_is_that_of_the_description(self, run):
        assert run.attrs["pair_hash"] == make_pair().run(trials=1, seed=9).attrs["pair_hash"]
        other = make_pair(settle=30 * ms).run(trials=1, seed=9)
        assert run.attrs["pair_hash"] != other.attrs["pair_hash"]

    def test_settings_reach_both_models(self):
        run = make_pair(bin_width=20 * ms).run(trials=1, seed=1, dt=0.05 * ms)
        assert run["bio"].sizes["time"] == run["ann"].sizes["time"] == 5
        assert run.attrs["dt"] == pytest.approx(5e-5)
        with pytest.raises(UnknownNameError, match="engine, got 'gpu'"):
            make_pair().run(trials=1, seed=1, engine="gpu")
        with pytest.raises(SimulationError, match="trials"):
            make_pair().run(trials=0, seed=1)

    def test_a_stimulus_is_needed_and_may_be_given(self):
        with pytest.raises(DescriptionError, match="Pair 'p': wanted a stimulus, got none"):
            make_pair(stimulus=None).run(trials=1, seed=1)
        run = make_pair(stimulus=None).run(STIMULUS.isel(condition=[1]), trials=1, seed=1)
        assert list(run["bio"].condition.values) == ["x=0.8"]

    def test_labels_that_are_numbers_run_and_compare(self):
        plain = xr.DataArray(
            STIMULUS.values,
            dims=("condition", "time", "channel"),
            coords={"condition": [0, 1], "time": STIMULUS.time, "channel": ["x"]},
        )
        run = make_pair().run(plain, trials=2, seed=1)
        comparison = ba.compare(run)
        assert comparison.responses.sizes["condition"] == 2
        assert not comparison.responses.ann.isnull().any()

    def test_a_model_that_breaks_its_promise_is_named(self):
        class Liar:
            units, channels = ("u",), ("x",)

            def run(self, stimulus, **options):
                return xr.Dataset()

        with pytest.raises(SimulationError, match="Pair 'p', ann model: wanted a Dataset with"):
            make_pair(ann=Liar()).run(trials=1, seed=1)


EXAMPLE = '''"""Decision: a shared inhibitory pool (biology) against direct mutual inhibition (ANN)."""
from brian2 import nS
import bioann as ba

def pair() -> ba.Pair:
    bio = ba.SpikingNetwork(
        populations=(
            ba.Population("left", 80, transmitter="glutamate", background=3 * nS),
            ba.Population("right", 80, transmitter="glutamate", background=3 * nS),
            ba.Population("pool", 40, transmitter="GABA", background=3 * nS),
        ),
        afferents=(ba.Afferent("left", "left", 1.1 * nS), ba.Afferent("right", "right", 1.1 * nS)),
        projections=(                       # receptor defaults to the transmitter's: AMPA, GABA_A
            ba.Projection("left", "left", 0.03 * nS), ba.Projection("right", "right", 0.03 * nS),
            ba.Projection("left", "pool", 0.06 * nS), ba.Projection("right", "pool", 0.06 * nS),
            ba.Projection("pool", "left", 0.10 * nS), ba.Projection("pool", "right", 0.10 * nS),
        ),
    )
    ann = ba.RateNetwork(units=("left", "right"), W=[[0.3, -0.5], [-0.5, 0.3]], W_in=[[1, 0], [0, 1]])
    same = ba.Correspondence(
        (ba.Match("left", "left"), ba.Match("right", "right")), bio_only=("pool",),
    )
    return ba.Pair("decision", bio, ann, same, question="...", source="Wang 2002; Wong & Wang 2006")
'''  # noqa: E501


def test_the_design_documents_example_runs_as_it_stands(tmp_path):
    file = tmp_path / "example.py"
    file.write_text(EXAMPLE)
    example_pair = ba.load(file)
    stimulus = ba.steps({"left": [1, 0.2], "right": [0.2, 1]}, duration=250 * ms)
    run = example_pair.run(stimulus, trials=2, seed=1, controls=False)
    assert run["bio"].rate.sizes["unit"] == 3
    ann = run["ann"].activation.isel(time=-1, trial=0)
    # Steady state of linear units below: (I - W) r = u; the losing one is rectified to zero.
    steady = 1 / (1 - 0.3)
    np.testing.assert_allclose(ann, [[steady, 0], [0, steady]], atol=1e-9)


def test_a_scale_of_another_size_changes_nothing_but_the_reading():
    correspondence = ba.Correspondence((ba.Match("e", "u", scale=50 * Hz),), bio_only=("i",))
    run = make_pair().run(trials=2, seed=3, controls=False)
    other = make_pair(correspondence=correspondence).run(trials=2, seed=3, controls=False)
    np.testing.assert_array_equal(run["bio"].rate.values, other["bio"].rate.values)
    responses = [ba.compare(recording).responses.bio.values for recording in (run, other)]
    np.testing.assert_allclose(2 * responses[0], responses[1])
