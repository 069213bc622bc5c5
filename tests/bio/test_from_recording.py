"""Recorded data as the spiking side of a pair: the same scores as from the network itself."""

import dataclasses
import types

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.errors import BioannError, DescriptionError, SimulationError
from bioann.recordings.recording import SPIKE_FIELDS

LEVELS = [0.2, 0.5, 1.0]
STIMULUS = ba.steps({"x": LEVELS}, duration=200 * ms)
CONDITIONS = pd.DataFrame({"x": LEVELS}, index=STIMULUS.condition.values)
NETWORK = ba.SpikingNetwork(
    (ba.Population("a", 3, "glutamate"), ba.Population("b", 2, "glutamate")),
    (ba.Afferent("x", "a", 1 * nS, fibres=20), ba.Afferent("x", "b", 0.8 * nS, fibres=20)),
)
RATES = ba.RateNetwork(
    ("u", "v"), np.zeros((2, 2)), [[0.8], [0.5]], channels=("x",), activation="relu"
)
SAME = ba.Correspondence((ba.Match("a", "u", 100 * Hz), ba.Match("b", "v", 100 * Hz)))
PAIR = ba.Pair("small", NETWORK, RATES, SAME, stimulus=STIMULUS, settle=50 * ms)
TRIALS = 6


def replace_bio(model: object) -> ba.Pair:
    return dataclasses.replace(PAIR, bio=model)


def tabulate_spikes(recording: xr.Dataset) -> pd.DataFrame:
    columns = {field.removeprefix("spike_"): recording[field].values for field in SPIKE_FIELDS}
    table = pd.DataFrame(columns)
    table["condition"] = recording.condition.values[table.condition]
    table["unit"] = recording.unit.values[table.unit]
    return table


def make_segments(recording: xr.Dataset) -> list[types.SimpleNamespace]:
    """Stand-ins for Neo segments of 0.2 s that start at 7 s."""
    table, segments = tabulate_spikes(recording), []
    for condition in recording.condition.values:
        for trial in range(recording.sizes["trial"]):
            lane = table[(table.condition == condition) & (table.trial == trial)]
            trains = [
                types.SimpleNamespace(
                    times=7 + lane.time[(lane.unit == unit) & (lane.neuron == neuron)].to_numpy(),
                    t_start=7.0,
                    t_stop=7.2,
                    annotations={"unit": unit},
                )
                for unit, size in NETWORK.sizes.items()
                for neuron in range(size)
            ]
            annotations = {"condition": condition, "trial": trial}
            segments.append(types.SimpleNamespace(spiketrains=trains, annotations=annotations))
    return segments


@pytest.fixture(scope="module")
def run():
    return PAIR.run(trials=TRIALS, seed=1, controls=False)


@pytest.fixture(scope="module")
def bio(run):
    recording = run["bio"].to_dataset()
    assert (recording["rate"].mean(("trial", "time"))[1:] > 5).all(), "of few spikes"
    return recording


#: Reads a recording of the network back, in each format.
FORMATS = {
    "dataset with spikes": lambda r: ba.from_recording(r, conditions=CONDITIONS),
    "rates": lambda r: ba.from_recording(
        r["rate"], conditions=CONDITIONS, sizes={"a": 3, "b": 2}
    ),
    "counts with other names": lambda r: ba.from_recording(
        (r["rate"] * r["n_neurons"] * 0.01)
        .rename(condition="image", trial="sweep", unit="cell", time="t")
        .transpose("t", "cell", "sweep", "image"),
        conditions=CONDITIONS, sizes={"a": 3, "b": 2}, counts=True,
        condition="image", trial="sweep", unit="cell", time="t",
    ),
    "table of spikes": lambda r: ba.from_recording(
        tabulate_spikes(r).sample(frac=1, random_state=1),
        conditions=CONDITIONS, trials=TRIALS, duration=200 * ms,
        sizes={"a": 3, "b": 2},
    ),
    "segments": lambda r: ba.from_recording(make_segments(r), conditions=CONDITIONS),
    "block": lambda r: ba.from_recording(
        types.SimpleNamespace(segments=make_segments(r)), conditions=CONDITIONS
    ),
}  # fmt: skip

SPIKE_FORMATS = ["dataset with spikes", "table of spikes", "segments", "block"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_scores_of_the_network_itself(name, run, bio):
    model = FORMATS[name](bio)
    assert (model.n_trials, model.sizes) == (TRIALS, NETWORK.sizes)
    recorded = replace_bio(model).run(trials=TRIALS, seed=3, controls=False)
    own, others = (ba.compare(r).scores for r in (run, recorded))
    if "spike_time" not in recorded["bio"]:
        own = own[~own.metric.isin(["CV of ISI", "Fano factor"])]
    columns = ["metric", "match", "value", "low", "high"]
    # Trials have another order, in which sums differ by rounding.
    pd.testing.assert_frame_equal(own[columns], others[columns], rtol=1e-9, atol=1e-9)


def list_lanes(recording: xr.Dataset) -> list[str]:
    """Return the spikes of each condition and trial, as sorted text."""
    table = tabulate_spikes(recording).round({"time": 9})
    lanes = table.groupby(["condition", "trial"])[["unit", "neuron", "time"]]
    return sorted(f"{condition} {lane.to_numpy().tolist()}" for (condition, _), lane in lanes)


@pytest.mark.parametrize("name", SPIKE_FORMATS)
def test_spikes_come_back_and_are_counted_in_any_bins(name, bio):
    recorded = FORMATS[name](bio).run(STIMULUS, trials=TRIALS, seed=3, bin_width=20 * ms)
    assert list_lanes(recorded) == list_lanes(bio)
    own = bio.rate.coarsen(time=2).mean()
    np.testing.assert_allclose(recorded.rate.mean("trial"), own.mean("trial"))


def test_silent_trials_of_a_table_count_if_their_number_is_stated():
    table = pd.DataFrame({"condition": ["p", "p", "q"], "trial": [0, 2, 1], "unit": "a"})
    table["time"] = [0.01, 0.02, 0.03]
    with_silent = ba.from_recording(table, trials=4, duration=100 * ms)
    assert with_silent.n_trials == 4
    numbers = with_silent.recording.spike_trial.values
    assert sorted(numbers) == [0, 1, 2]  # as numbered
    assert ba.from_recording(table, trials={"p": 3, "q": 2}, duration=100 * ms).n_trials == 2


def test_a_condition_without_spikes_is_known_by_its_number_of_trials():
    table = pd.DataFrame({"condition": ["p"], "trial": [0], "unit": ["a"], "time": [0.01]})
    model = ba.from_recording(table, trials={"p": 3, "q": 3}, duration=100 * ms)
    assert model.conditions == ("p", "q")
    stimulus = ba.steps({"x": [0.0, 1.0]}, duration=100 * ms).assign_coords(condition=["p", "q"])
    rates = dataclasses.replace(model, channels=("x",)).run(stimulus, trials=3, seed=1)["rate"]
    np.testing.assert_allclose(rates.mean(("trial", "time", "unit")), [1 / 3 / 0.1, 0])


def make_noise(n_conditions: int, n_trials: int, sd: float) -> xr.DataArray:
    """Rates of one unit in one bin of 100 ms: mean 50 Hz, independent noise."""
    noise = np.random.default_rng(1).normal(50, sd, (n_conditions, n_trials, 1, 1))
    names = [f"c{k}" for k in range(n_conditions)]
    coords = {"condition": names, "unit": ["a"], "time": [0.05]}
    return xr.DataArray(noise, coords, ("condition", "trial", "time", "unit"))


def make_noise_pair(array: xr.DataArray) -> ba.Pair:
    model = ba.from_recording(array.assign_coords(x=("condition", np.zeros(len(array)))))
    unit = ba.RateNetwork(("u",), [[0.0]], [[0.0]], channels=("x",))
    return ba.Pair(
        "noise", model, unit, ba.Correspondence((ba.Match("a", "u", 100 * Hz),)),
        stimulus=model.make_stimulus(), settle=0 * ms,
        bin_width=100 * ms,
    )  # fmt: skip


def find_ceiling(run: ba.Run) -> pd.Series:
    scores = ba.compare(run).scores
    return scores[scores.metric == "bias"].iloc[0][["ceiling", "ceiling_low", "ceiling_high"]]


def test_the_ceiling_is_the_difference_of_two_disjoint_halves():
    sd, n, n_conditions = 5.0, 10, 400
    pair = make_noise_pair(make_noise(n_conditions, 2 * n, sd))
    run = pair.run(trials=n, seed=1)
    halves = [run[node]["rate"].values[0, :, 0, 0] for node in ("bio", "ceiling")]
    recorded = pair.bio.recording["rate"].values[0, :, 0, 0]
    assert sorted([*halves[0], *halves[1]]) == sorted(recorded)
    # Means of n trials differ by sd sqrt(2 / n); the mean square of 400 such has a relative
    # standard error of sqrt(2 / 400) = 7 %, its root half of that. Five of them.
    rmse = np.sqrt(
        ((run["bio"]["rate"].mean("trial") - run["ceiling"]["rate"].mean("trial")) ** 2).mean()
    )
    assert float(rmse) == pytest.approx(sd * np.sqrt(2 / n), rel=0.18)


def test_the_ceiling_is_perfect_if_and_only_if_all_trials_are_the_same():
    array = make_noise(3, 8, 5.0)
    same = make_noise_pair(array.isel(trial=[0] * 8)).run(trials=4, seed=1)
    assert find_ceiling(same).tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    noisy = make_noise_pair(array).run(trials=4, seed=1)
    value, low, high = find_ceiling(noisy)
    difference = noisy["ceiling"]["rate"].mean() - noisy["bio"]["rate"].mean()
    assert abs(value) == pytest.approx(abs(float(difference)) / 100)  # Hz per activation
    assert high - low > 0.01


def test_more_trials_than_were_recorded_are_an_error():
    pair = make_noise_pair(make_noise(2, 9, 5.0))
    assert pair.run(trials=9, seed=1, controls=False)["bio"].sizes["trial"] == 9
    with pytest.raises(SimulationError) as caught:
        pair.run(trials=10, seed=1, controls=False)
    assert str(caught.value) == (
        "RecordedModel, trials: wanted at most the 9 recorded trials of each condition, got 10. "
        "Ask for fewer trials: 4 if the run has a noise ceiling."
    )
    with pytest.raises(SimulationError) as caught:
        pair.run(trials=5, seed=1)
    assert str(caught.value) == (
        "RecordedModel, trials: wanted at most 4 of the 9 recorded trials of each condition, "
        "because the noise ceiling takes as many others, got 5. Ask for fewer trials, or run it "
        "with controls=False."
    )


def test_a_longer_run_continues_a_shorter_one(bio):
    pair = replace_bio(FORMATS["rates"](bio))
    whole, first = (pair.run(trials=n, seed=2) for n in (3, 1))
    for node in ("bio", "ceiling"):
        np.testing.assert_array_equal(whole[node]["rate"][:, :1], first[node]["rate"])


def test_unequal_trials_are_cut_to_the_fewest_and_flagged():
    array = make_noise(2, 6, 5.0)
    array[1, 4:] = np.nan
    pair = make_noise_pair(array)
    assert pair.bio.n_trials == 4
    flags = ba.compare(pair.run(trials=2, seed=1)).flags
    assert any("recorded in 4 to 6 trials: the first 4 of each count" in flag for flag in flags)


def test_equal_data_are_equal_models_and_other_data_are_another_pair(bio):
    one, same = (FORMATS["rates"](bio) for _ in range(2))
    other = FORMATS["rates"](bio.assign(rate=bio.rate + 1e-9))
    assert one == same
    assert one != other
    assert "at 0x" not in repr(one)
    run = replace_bio(one).run(trials=1, seed=1)
    assert ba.Run(replace_bio(same), run.recording)
    with pytest.raises(BioannError, match=r"another pair of that name: bio\.recording"):
        ba.Run(replace_bio(other), run.recording)


def test_the_stimulus_has_the_recorded_levels(bio):
    model = FORMATS["rates"](bio)
    xr.testing.assert_identical(model.make_stimulus(), STIMULUS)
    errors = {
        "RecordedModel, run: wanted the name of a condition, got 'x=0.4'": STIMULUS.assign_coords(
            condition=["x=0.2", "x=0.4", "x=1"]
        ),
        "RecordedModel, condition 'x=0.5', channel 'x': wanted a stimulus of level 0.5, as it was "
        "recorded, got levels from 0.4 to 0.4": STIMULUS.where(STIMULUS != 0.5, 0.4),
        "RecordedModel, duration of the stimulus: wanted at most that of the recording, 0.2 s, "
        "got 0.3 s": ba.steps({"x": LEVELS}, duration=300 * ms),
    }
    for message, stimulus in errors.items():
        with pytest.raises(BioannError) as caught:
            model.run(stimulus, trials=1, seed=1)
        assert str(caught.value).startswith(message)
    with pytest.raises(SimulationError, match=r"a whole number of recorded bins of 0\.01 s"):
        model.run(STIMULUS, trials=1, seed=1, bin_width=25 * ms)


@pytest.mark.slow
def test_a_pair_with_recorded_data_meets_the_requirements(bio):
    pair = dataclasses.replace(
        replace_bio(FORMATS["dataset with spikes"](bio)), question="Why?", source="Here"
    )
    results = ba.check_pair(pair)
    (exemption,) = [r for r in results if r.message]
    assert exemption.name == "another seed differs"
    assert "the seed of a run cannot change recorded data" in exemption.message


@pytest.mark.slow
def test_the_report_says_that_the_ceiling_is_of_other_trials(bio, tmp_path):
    pair = replace_bio(FORMATS["table of spikes"](bio))
    ba.report(ba.compare(pair.run(trials=3, seed=1)), tmp_path / "recorded.html")
    text = (tmp_path / "recorded.html").read_text("utf-8")
    assert "against itself in other recorded trials" in text
    assert "hold for the recorded neurons" in text
    assert "another seed" not in text


def test_a_rate_network_is_fitted_to_recorded_data(bio):
    pytest.importorskip("optax")
    pair = replace_bio(FORMATS["rates"](bio))
    run = pair.run(trials=3, seed=1)
    start = dataclasses.replace(RATES, W_in=[[0.1], [0.1]])
    options = ba.training.TrainingOptions(
        rate=0.05, loss="mse", epochs=40, batch=64, initialisation=None
    )
    fit = ba.training.fit_to_recording(
        start, run.recording, SAME, options, seeds=[0], test=["x=0.5"], progress=False
    )
    rmse = fit.scores.set_index(["network", "conditions"]).rmse
    assert rmse["fitted", "train"] < 0.5 * rmse["initial", "train"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([1, 2], "from_recording, source: wanted an xarray object, a pandas table of spikes"),
        (xr.Dataset(), "from_recording, variable: wanted a variable, got none"),
    ],
)
def test_other_sources_are_an_error(source, message):
    with pytest.raises(DescriptionError) as caught:
        ba.from_recording(source)
    assert str(caught.value).startswith(message)


def test_options_of_other_sources_are_an_error(bio):
    with pytest.raises(DescriptionError, match="trials: wanted a table of spikes, got another"):
        ba.from_recording(bio["rate"], trials=6)
    table = tabulate_spikes(bio)
    for options in ({"counts": True}, {"variable": "rate"}):
        with pytest.raises(DescriptionError, match="variable and counts: wanted an xarray object"):
            ba.from_recording(table, duration=200 * ms, **options)


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_leaves_out_a_condition_without_levels(name, bio, monkeypatch):
    monkeypatch.setitem(globals(), "CONDITIONS", CONDITIONS[:2])
    with pytest.raises(DescriptionError, match=r"for each recorded condition.* none of x=1"):
        FORMATS[name](bio)


def test_conditions_and_their_levels_must_belong_together():
    array = make_noise(2, 3, 5.0)
    for index, message in (
        (["c0"], "a row for each recorded condition, and trials for each row, got none of c1"),
        (["c0", "c1", "c2"], "trials for each row, got no trials of c2"),
    ):
        table = pd.DataFrame({"x": np.zeros(len(index))}, index=index)
        with pytest.raises(DescriptionError, match=message):
            ba.from_recording(array, conditions=table)
    with pytest.raises(DescriptionError, match="got a channel 'time'"):
        ba.from_recording(array, conditions=pd.DataFrame({"time": [0, 1]}, index=["c0", "c1"]))
    levels = array.assign_coords(x=("condition", [0.1, 0.2]))
    assert ba.from_recording(levels).levels["x"].tolist() == [0.1, 0.2]
