"""How many wirings a pair is run on, and that its recording, report and controls say so."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError
from bioann.comparison.comparison import compare
from bioann.recordings.storage import open_recording, save_recording
from bioann.reporting.figures.summaries import describe_sample_sizes
from bioann.reporting.sections import make_provenance_section
from bioann.runs.wirings import choose_wirings

STIMULUS = ba.stimuli.noise({"x": [0.8]}, std=0.2, tau=20 * ms, samples=2, seed=1, minimum=0.0,
                    duration=60 * ms)  # fmt: skip


def make_pair(probability=0.4, **changes):
    bio = ba.SpikingNetwork(
        (ba.Population("e", 12, "glutamate"),),
        (ba.Afferent("x", "e", 2 * nS, fibres=40),),
        (ba.Projection("e", "e", 2 * nS, connectivity=ba.FixedProbability(probability)),),
    )
    fields = {
        "bio": bio,
        "ann": ba.RateNetwork("u", W_in=[[1]], channels="x"),
        "correspondence": ba.Correspondence((ba.Match("e", "u"),)),
        "stimulus": STIMULUS,
        "settle": 20 * ms,
        "trials": 4,
    }
    return ba.Pair("p", **(fields | changes))


@pytest.fixture(scope="module")
def run():
    return make_pair(wirings=2).run(trials=4, seed=1, engine="numpy", effective_weights=True)


@pytest.mark.slow
def test_the_number_is_that_of_the_run_then_of_the_pair_then_ten():
    assert choose_wirings(make_pair(trials=11), None, 11) == 10
    assert choose_wirings(make_pair(wirings=2), None, 3) == 2
    assert choose_wirings(make_pair(wirings=2), None, 1) == 1
    options = {"trials": 3, "seed": 1, "engine": "numpy", "controls": False}
    assert make_pair().run(**options).attrs["wirings"] == 3
    assert make_pair(wirings=2).run(wirings=3, **options).attrs["wirings"] == 3
    connected = make_pair(1.0).run(**options)
    assert connected.attrs["wirings"] == 1
    assert "wiring" not in connected["bio"].coords


@pytest.mark.slow
def test_the_ceiling_has_wirings_of_its_own(run):
    assert run["ceiling"].wiring.values.tolist() == run["bio"].wiring.values.tolist()
    assert not np.array_equal(run["ceiling"].rate, run["bio"].rate)


@pytest.mark.slow
def test_controls_have_the_wirings_of_the_spiking_model():
    other = make_pair().bio
    fixed = make_pair(1.0).bio
    run = make_pair(controls={"same": other, "fixed": fixed}).run(
        trials=2, seed=1, engine="numpy", audit=True
    )
    assert np.array_equal(run["same"].rate, run["bio"].rate)
    assert run["audit"].wiring.values.tolist() == [0, 1]
    assert "wiring" not in run["fixed"].coords


@pytest.mark.slow
def test_the_coordinate_survives_a_file_and_reaches_the_scores(run, tmp_path):
    save_recording(run.recording, tmp_path / "run.nc")
    recording = open_recording(tmp_path / "run.nc")
    assert recording["bio"].wiring.dims == ("trial",)
    assert recording["bio"].wiring.values.tolist() == [0, 1, 0, 1]
    assert recording["bio"].wiring.dtype.kind == "i"
    assert recording.attrs["wirings"] == 2
    responses = compare(recording, pair=run.pair).responses
    assert responses["bio"].wiring.values.tolist() == [0, 1, 0, 1]
    assert responses["ceiling"].wiring.dtype.kind == "i"


@pytest.mark.slow
def test_a_report_says_how_many_trials_wirings_and_samples_there_are(run):
    comparison = compare(run)
    sizes = "n: 12 neurons, 2 conditions (up to 2 samples of each), 4 trials each on 2 wirings."
    assert describe_sample_sizes(comparison) == sizes
    rows = dict(make_provenance_section(comparison).blocks[0].rows)
    assert rows["trials"] == "4 per condition on 2 wirings"
    assert repr(run).startswith("Run of pair 'p': 4 trial(s) on 2 wirings, seed 1")


@pytest.mark.slow
def test_a_single_wiring_of_a_drawn_network_is_flagged(run):
    flag = "the intervals leave out how much one wiring differs from another"
    one = make_pair().run(trials=2, wirings=1, seed=1, engine="numpy", controls=False)
    assert any(flag in text for text in compare(one).flags)
    assert not any(flag in text for text in compare(run).flags)


@pytest.mark.slow
def test_effective_weights_of_several_wirings_have_the_interval_over_wirings(run):
    effective = run["effective_weights"].to_dataset()
    one = make_pair(wirings=1).run(trials=4, seed=1, engine="numpy", effective_weights=True)
    other = one["effective_weights"].to_dataset()
    assert effective.effective.notnull().all()
    assert not np.array_equal(effective.effective, other.effective)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"wirings": 5}, "wanted a whole number from 1 to its trials, 4, got 5"),
     ({"wirings": 0}, "wanted a whole number from 1 to its trials, 4, got 0"),
     ({"wirings": 2, "probability": 1},
      "wanted 1, because .* draw no connections or parameters, got 2")],
)  # fmt: skip
def test_a_pair_cannot_state_wirings_that_its_models_cannot_have(changes, message):
    with pytest.raises(DescriptionError, match=f"wirings: {message}"):
        make_pair(**changes)


def test_a_run_is_refused_that_cannot_have_its_wirings(run):
    with pytest.raises(SimulationError, match="at most the number of trials, 2, got 3"):
        make_pair().run(trials=2, wirings=3, seed=1)
    with pytest.raises(SimulationError, match="spiking model and controls draw no connections or"):
        make_pair(1.0).run(trials=2, wirings=2, seed=1)


@pytest.mark.slow
def test_drawn_synapses_learn_in_each_wiring_and_a_run_goes_on_from_there():
    drawn = make_pair().bio
    learning = dataclasses.replace(
        drawn,
        projections=(
            dataclasses.replace(drawn.projections[0], plasticity=ba.plasticity.PairSTDP()),
        ),
    )
    options = {"trials": 2, "seed": 1, "engine": "numpy", "controls": False}
    pair = make_pair(bio=learning)
    run = pair.run(**options)
    assert run.attrs["wirings"] == 2
    more = pair.run(weights=run, **options)
    assert more.attrs["wirings"] == 2
    name = f"weight_{learning.projections[0].name}"
    np.testing.assert_array_equal(run["bio"][name].isnull(), more["bio"][name].isnull())
    assert run["bio"][name].isnull().any()
