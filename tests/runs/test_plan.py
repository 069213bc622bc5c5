"""A plan describes a run: it names every step, and running it is another matter."""

import types

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import SimulationError, UnknownNameError
from bioann.base.randomness import make_rng
from bioann.comparison.run_flags import flag_chance_level
from bioann.runs.execute import count_diverged, execute_plan, run_shuffled
from bioann.runs.options import RunOptions
from bioann.runs.plan import ChanceStep, plan_run
from bioann.runs.provenance import DIVERGED_SHUFFLES
from bioann.stimuli import stimulus as stimulus_module

STIMULUS = ba.steps({"x": [0.2, 0.8]}, duration=100 * ms)
WINDOW = (0.02, 0.1)


def circuit(weight=1.0):
    return ba.SpikingNetwork(
        (ba.Population("e", 5, "glutamate", background=6 * nS),),
        (ba.Afferent("x", "e", weight * nS, fibres=20),),
    )


def make_pair(**changes):
    fields = {
        "bio": circuit(),
        "ann": ba.RateNetwork("u", W_in=[[1]], channels="x", bias=0.1),
        "correspondence": ba.Correspondence((ba.Match("e", "u"),)),
        "stimulus": STIMULUS,
        "settle": 20 * ms,
        "controls": {"strong": circuit(2.0)},
    }
    return ba.Pair("p", **(fields | changes))


def make_plan(pair, *, controls=True, audit=False, effective_weights=False, vary=True):
    options = RunOptions(2, 3, 10 * ms, "numpy")
    return plan_run(
        pair, STIMULUS, WINDOW, options,
        controls=controls, audit=audit, effective_weights=effective_weights, vary=vary,
    )  # fmt: skip


def refuse(*arguments, **options):
    pytest.fail("the model was run")


def test_a_plan_runs_no_model():
    bio = ba.FunctionModel(refuse, ("e",), ("x",))
    plan = make_plan(make_pair(bio=bio, controls={"other": bio}), audit=True)
    assert [step.name for step in plan.models] == ["bio", "ann", "ceiling", "chance", "other"]


def test_a_plan_has_only_the_steps_that_were_asked_for():
    plan = make_plan(make_pair(), controls=False)
    assert [step.name for step in plan.models] == ["bio", "ann"]
    assert plan.audit is None
    assert plan.effective_weights is None
    full = make_plan(make_pair(), audit=True, effective_weights=True)
    recording = execute_plan(full)
    names = ["bio", "ann", "ceiling", "chance", "strong", "audit", "effective_weights"]
    assert list(recording.children) == ["stimulus", *names]


@pytest.mark.parametrize("cores", ["1", "2"])
@pytest.mark.parametrize("role", ["ann", "control"])
@pytest.mark.parametrize(
    "bio",
    [
        circuit(),
        ba.Potential(circuit()),
        ba.BrianNetwork(lambda inputs, rng: pytest.fail("the model was run"), {"e": 5}, "x"),
    ],
    ids=lambda bio: type(bio).__name__,
)
def test_a_rate_model_that_fails_does_not_wait_for_the_spiking_ones(monkeypatch, cores, role, bio):
    monkeypatch.setenv("BIOANN_CORES", cores)
    monkeypatch.setattr(ba.SpikingNetwork, "run", refuse)
    monkeypatch.setattr(ba.SpikingNetwork, "start_run", refuse)
    unit = "u" if role == "ann" else "e"
    unstable = ba.RateNetwork(unit, W=[[3]], W_in=[[1]], channels="x", activation="linear")
    models = {"ann": unstable} if role == "ann" else {"controls": {"rate": unstable}}
    with pytest.raises(SimulationError, match="rates that grow or oscillate"):
        execute_plan(make_plan(make_pair(bio=bio, **models)))


@pytest.mark.slow
@pytest.mark.parametrize("tau", [None, 1 * ms])
def test_shuffled_rate_models_that_diverge_are_left_out_of_the_chance_level(tau):
    gain = 9 if tau is None else 20
    populations = tuple(ba.Population(n, 1, "GABA") for n in "eu")
    ann = ba.RateNetwork(
        ("e", "u"), W=[[0, -gain], [gain, 0]], W_in=[[1], [0]], channels="x", bias=1, tau=tau
    )
    same = ba.Correspondence.of_names("e", "u")
    bio = ba.SpikingNetwork(populations, (ba.Afferent("x", "e", 1 * nS),))
    pair = make_pair(bio=bio, ann=ann, correspondence=same, controls={})
    run = pair.run(trials=1, seed=1)
    flags = [flag for flag in ba.compare(run).flags if "chance level" in flag.lower()]
    sentence = "The chance level leaves out 2 of 7 rate models with shuffled signs, which diverge."
    assert flags == [sentence]
    assert run["chance"].sizes["shuffle"] == 5
    assert np.isfinite(run["chance"]["activation"]).all()


def test_without_any_shuffled_rate_model_that_is_stable_there_is_no_chance_level():
    nothing_stable = types.SimpleNamespace(attrs={DIVERGED_SHUFFLES: 7}, children={})
    sentence = "No chance level: with shuffled signs the rate model diverges."
    assert flag_chance_level(nothing_stable) == (sentence,)
    unstable = ba.RateNetwork("u", W=[[3]], W_in=[[1]], channels="x", activation="linear")
    step = ChanceStep((unstable,), "chance", {"trials": 1, "seed": 1})
    assert not run_shuffled(step, STIMULUS).sizes
    assert count_diverged([step], {"chance": run_shuffled(step, STIMULUS)}) == {
        DIVERGED_SHUFFLES: 1
    }


def test_effective_weights_are_planned_for_spiking_networks_only():
    bio = ba.FunctionModel(refuse, ("e",), ("x",))
    assert make_plan(make_pair(bio=bio), effective_weights=True).effective_weights is None


@pytest.mark.slow
def test_the_ceiling_has_the_spikes_of_its_own_seed():
    recording = execute_plan(make_plan(make_pair()))
    seed = int(make_rng(3, "again").integers(2**62))
    alone = circuit().run(STIMULUS, trials=2, seed=seed, engine="numpy")
    xr.testing.assert_equal(recording["ceiling"].to_dataset()[list(alone.data_vars)], alone)


def test_the_stimulus_of_spiking_models_is_checked_once(monkeypatch):
    """When the pair is described: not by the run, nor by model, ceiling and control again."""
    counts = []
    original = stimulus_module.time_step
    monkeypatch.setattr(
        stimulus_module, "time_step", lambda array: counts.append(array) or original(array)
    )
    rate_model = ba.FunctionModel(lambda s, rng: s.values, ("u",), ("x",))
    pair = make_pair(ann=rate_model)
    assert len(counts) == 1
    pair.run(trials=1, seed=1, engine="numpy")
    assert len(counts) == 2  # `run` of the rate model is public, and checks for itself


def test_a_control_needs_its_channels():
    other = ba.SpikingNetwork(
        circuit().populations, (ba.Afferent("y", "e", 1 * nS), *circuit().afferents)
    )
    with pytest.raises(UnknownNameError, match=r"stimulus: wanted .*channel, got 'y'"):
        make_pair(controls={"other": other})
    pair = make_pair(controls={"other": other}, stimulus=None)
    with pytest.raises(UnknownNameError, match=r"stimulus: wanted .*channel, got 'y'"):
        pair.run(STIMULUS, trials=1, seed=1)
    run = pair.run(STIMULUS, trials=1, seed=1, controls=False)
    assert np.isfinite(run["bio"].rate).all()
