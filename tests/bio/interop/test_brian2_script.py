"""A script for Brian2 alone has the spikes of the run, and refuses before it writes anything."""

import ast
import subprocess
import sys

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF, uM
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import DescriptionError, OutputError, SimulationError, UnknownNameError
from bioann.bio.interop.brian2_script_inputs import PoissonRates
from bioann.cli.main import main
from bioann.pair_files.exported import find_spiking_network
from bioann.pair_files.find import list_pairs
from bioann.pair_files.load import load
from tests.conftest import TINY

#: Runs scripts one after the other, and stores the spikes of each as steps and neurons.
RUN_SCRIPTS = """
import runpy, sys
import numpy as np
for script in sys.argv[1:]:
    names = runpy.run_path(script)
    dt = float(names["dt"])
    spikes = {
        name: np.stack([np.round(np.array(m.t_) / dt).astype(int), np.array(m.i)])
        for name, m in names["monitors"].items()
    }
    np.savez(script + ".spikes.npz", **spikes)
imported = {name.split(".")[0] for name in sys.modules}
assert not imported & {"bioann", "xarray", "pandas"}, imported
"""
RNG = np.random.default_rng(3)
DOPAMINE = ba.modulation.Modulator(
    "dopamine", baseline=0.5 * uM, clearance=200 * ms, population="vta", release=0.2 * uM
)
DRUG = ba.modulation.Modulator("drug", channel="y")
SITE = ba.modulation.Hill(2 * uM)
#: LIF cells in Brian2's own method, within steps that are timed.
RungeKutta = type("RungeKutta", (ba.cells.LIF,), {"method": "rk4"})
CELLS = ba.SpikingNetwork(
    (
        ba.Population(
            "e",
            12,
            "glutamate",
            background=(ba.Background(6 * nS), ba.Background(2 * nS, "GABA_A")),
        ),
        ba.Population("differing", 5, "GABA", ba.cells.LIF(C=ba.Uniform(150 * pF, 250 * pF))),
        ba.Population(
            "adex",
            5,
            "GABA",
            ba.cells.AdEx(),
            gap_junctions=ba.cells.GapJunctions(1 * nS, ba.FixedProbability(0.5)),
        ),
        ba.Population("timed", 3, "GABA", RungeKutta(), background=15 * nS),
        ba.Population("vta", 5, "glutamate", background=14 * nS),
    ),
    (
        ba.Afferent("x", "e", 0.9 * nS, fibres=30),
        ba.Afferent("x", "differing", [0.5, 0.6, 0.7, 0.8, 0.9] * nS, fibres=30, delay=2 * ms),
        ba.Afferent("x", "adex", 0.7 * nS, fibres=100, kind="regular"),
        ba.Afferent(
            "x",
            "timed",
            2 * nS,
            fibres=9,
            connectivity=ba.FixedProbability(0.7),
            plasticity=ba.plasticity.TsodyksMarkram(),
        ),
        ba.CurrentAfferent("y", "vta", 50 * pA),
        ba.ElectrodeArray(("x", "y"), "adex", 400 * pA, RNG.random((5, 2))),
        ba.ScheduledAfferent([[3, 7] * ms, [5] * ms], "e", 3 * nS),
    ),
    (
        ba.Projection(
            "e", "differing", 1.7 * nS, connectivity=ba.ExplicitMatrix(RNG.random((5, 12)))
        ),
        ba.Projection("e", "e", 0.7 * nS, receptor="NMDA", delay=ba.Uniform(1 * ms, 3 * ms)),
        ba.Projection("e", "adex", 0.7 * nS, plasticity=ba.plasticity.PairSTDP()),
        ba.Projection(
            "e",
            "timed",
            1 * nS,
            plasticity=ba.plasticity.RewardSTDP("y", ba.plasticity.PairSTDP(), gain=10 * Hz),
        ),
        ba.Projection("adex", "e", 2.1 * nS, delay=0.7 * ms),
        ba.Projection("timed", "differing", 0 * nS),
        ba.Projection("timed", "vta", 0.2 * nS, receptor="GABA_B", name="slow"),
    ),
    (ba.Injection("e", 20 * pA, conductance=1 * nS),),
    (
        ba.modulation.Modulation(DOPAMINE, SITE, ba.modulation.Excitability("e", current=80 * pA)),
        ba.modulation.Modulation(DRUG, SITE, ba.modulation.SynapticGain("slow", 3.0)),
    ),
)
STIMULUS = ba.steps({"x": [0.4, 1.0], "y": [0.5, 1.0]}, duration=60 * ms)
#: A cell whose equations shape the spike, without reset.
SPIKING = ba.SpikingNetwork(
    (ba.Population("cell", 2, "GABA", ba.cells.WangBuzsaki()),),
    (ba.CurrentAfferent("y", "cell", 300 * pA),),
)
SIMPLE = ba.SpikingNetwork(
    (ba.Population("out", 4, "glutamate", background=5 * nS),),
    (ba.Afferent("x", "out", 3 * nS, fibres=40),),
)


#: Pairs that are compared in every run of the suite, for the first 40 ms of their last condition.
SHIPPED = ("inverter",)


def cut_stimulus(pair):
    return pair.stimulus.isel(condition=[-1], time=slice(40))


def run_scripts(*scripts):
    """Run scripts in a process without bioann; return the spikes of each, by group."""
    command = [sys.executable, "-c", RUN_SCRIPTS, *map(str, scripts)]
    process = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=scripts[0].parent
    )
    assert process.returncode == 0, process.stderr
    spikes = []
    for script in scripts:
        with np.load(f"{script}.spikes.npz") as file:
            spikes.append({name: file[name] for name in file})
    return spikes


def read_spikes(recording, population, condition=0, trial=0):
    """Return steps and neurons of the spikes of a population in one lane."""
    is_here = (
        (recording.spike_unit.values == list(recording.unit.values).index(population))
        & (recording.spike_condition.values == condition)
        & (recording.spike_trial.values == trial)
    )
    steps = np.round(recording.spike_time.values[is_here] / recording.attrs["dt"]).astype(int)
    return np.stack([steps, recording.spike_neuron.values[is_here]])


def assert_same_spikes(spikes, recording, condition=0, trial=0):
    """Compare the sets of spikes: their order within a time step means nothing."""
    assert [f"population_{u}" for u in recording.unit.values] == list(spikes)
    for population in recording.unit.values:
        script = spikes[f"population_{population}"]
        expected = read_spikes(recording, population, condition, trial)
        assert sorted(script.T.tolist()) == sorted(expected.T.tolist()), population


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """Scripts of two networks, and one with a Poisson group in place of its spike generator."""
    folder = tmp_path_factory.mktemp("scripts")
    simple, poisson = (folder / f"{name}.py" for name in ("simple", "poisson"))
    ba.to_brian2_script(SIMPLE, STIMULUS, simple, seed=1)
    (folder / "tiny.py").write_text(TINY)
    tiny, label = (
        folder / "tiny_brian2.py",
        str(load(folder / "tiny.py").stimulus.condition.values[1]),
    )
    arguments = ["export", folder / "tiny.py", "--out", tiny, "--condition", label, "--trial", 1]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.output == (
        f"Wrote {tiny} and {tiny.with_suffix('.npz')}. Next:\n  python {tiny}\n"
    )
    shipped = {name: folder / f"{name}.py" for name in SHIPPED}
    for name, script in shipped.items():
        ba.to_brian2_script(load(name).bio, cut_stimulus(load(name)), script, seed=1, trial=1)
    return shipped | {
        "tiny": tiny,
        "simple": simple,
        "poisson": write_poisson_script(simple, poisson),
    }


def write_poisson_script(script, path):
    """Use the commented Poisson groups of a script, and record their spikes, too."""
    lines = script.read_text().splitlines()
    for name in ("afferent_0_out", "background_out_0"):
        start = lines.index(f"# {name} = PoissonGroup(")
        stop = start + lines[start:].index("# )") + 1
        lines[start:stop] = [line.removeprefix("# ") for line in lines[start:stop]]
        lines.insert(lines.index("monitors = {") + 1, f'"{name}": SpikeMonitor({name}),')
    path.write_text("\n".join(lines))
    path.with_suffix(".npz").write_bytes(script.with_suffix(".npz").read_bytes())
    return path


@pytest.fixture(scope="module")
def spikes(scripts):
    return dict(zip(scripts, run_scripts(*scripts.values()), strict=True))


@pytest.mark.slow
def test_a_script_with_everything_fires_as_the_run_of_all_conditions_and_trials(tmp_path):
    options = {"condition": str(STIMULUS.condition.values[1]), "trial": 1, "seed": 3}
    ba.to_brian2_script(CELLS, STIMULUS, tmp_path / "cells.py", wirings=2, **options)
    (spikes,) = run_scripts(tmp_path / "cells.py")
    recording = CELLS.run(STIMULUS, trials=2, seed=3, wirings=2, engine="numpy")
    for population in CELLS.units:
        assert read_spikes(recording, population, 1, 1).shape[1] >= 2, population
    assert_same_spikes(spikes, recording, condition=1, trial=1)


def test_a_script_has_the_first_condition_and_trial_unless_told(spikes):
    recording = SIMPLE.run(STIMULUS, trials=1, seed=1, engine="numpy")
    assert read_spikes(recording, "out").shape[1] > 4
    assert_same_spikes(spikes["simple"], recording)


@pytest.mark.slow
def test_the_command_writes_the_trial_of_the_pairs_run(spikes, scripts):
    pair = load(scripts["tiny"].with_name("tiny.py"))
    recording = pair.run(trials=2, seed=1, engine="numpy").recording["bio"].to_dataset()
    assert read_spikes(recording, "out", 1, 1).shape[1] > 4
    assert_same_spikes(spikes["tiny"], recording, condition=1, trial=1)
    assert scripts["tiny"].read_text().startswith('"""tiny: Does a test run?\n')


@pytest.mark.parametrize("name", SHIPPED)
def test_pairs_fire_as_in_their_runs(spikes, name):
    pair = load(name)
    options = {"trials": 1, "first_trial": 1, "seed": 1, "engine": "numpy"}
    recording = pair.bio.run(cut_stimulus(pair), **options)
    assert recording.sizes["spike"] > 50
    assert_same_spikes(spikes[name], recording)


@pytest.mark.slow
def test_a_cell_without_reset_has_the_method_of_brian(tmp_path):
    stimulus, script = STIMULUS.isel(condition=[0], time=slice(20)), tmp_path / "spiking.py"
    ba.to_brian2_script(SPIKING, stimulus, script, seed=1)
    (spikes,) = run_scripts(script)
    recording = SPIKING.run(stimulus, trials=1, seed=1, engine="numpy")
    assert read_spikes(recording, "cell").shape[1] >= 2
    assert_same_spikes(spikes, recording)
    assert 'method="rk4"' in script.read_text()


@pytest.mark.parametrize(
    ("name", "rate"), [("afferent_0_out", 40 * 40.0), ("background_out_0", 1000.0)]
)
def test_the_commented_poisson_groups_have_the_rates_of_the_inputs(spikes, name, rate):
    """40 fibres of 40 Hz, and 5 nS of background: a quantum of 1 nS for 5 ms at 1 kHz.

    The counts of 4 neurons in 60 ms are Poisson numbers, here within five standard deviations.
    """
    expected = 4 * rate * 0.06
    count = spikes["poisson"][name].shape[1]
    assert abs(count - expected) < 5 * np.sqrt(expected)


def test_sources_of_poisson_groups_fire_at_most_once_in_100_steps(scripts):
    """1 kHz at 0.1 ms is 0.1 spikes per step: 10 sources for each of 4 neurons."""
    assert '#     40, "100*Hz",' in scripts["simple"].read_text()
    rates = PoissonRates(2, np.array([[150.0], [10.0]])).split_sources(1e-4)
    assert rates.n_sources == 4
    np.testing.assert_array_equal(rates.rates, [[75], [5], [75], [5]])


def test_quotes_in_a_title_stay_in_the_docstring(tmp_path):
    title = 'Is a "weight" """; import os\\nothing'
    (script, _) = ba.to_brian2_script(SIMPLE, STIMULUS, tmp_path / "a.py", seed=1, title=title)
    module = ast.parse(script.read_text())
    assert ast.get_docstring(module).splitlines()[0] == title.replace('"', "'")


def test_a_script_says_what_it_holds(scripts):
    text = scripts["simple"].read_text()
    assert text.startswith('"""A spiking network\n')
    label = str(STIMULUS.condition.values[0])
    assert f"Condition {label!r}, trial 0, seed 1." in text
    assert "population_out.C = 200*pF  # membrane capacitance" in text
    assert "afferent_0_out_synapses.weight_syn = 3*nS  # weight of a spike" in text
    assert "dv/dt = (g_L*(E_L - v) + I_syn + I_inj)/C : volt (unless refractory)" in text
    assert "bioann." not in text.split('"""', 2)[2]


def test_the_same_arguments_write_the_same_script(scripts, tmp_path):
    files = ba.to_brian2_script(SIMPLE, STIMULUS, tmp_path / "a.py", seed=1)
    assert [f.name for f in files] == ["a.py", "a.npz"]
    assert files[0].read_text() == scripts["simple"].read_text()
    assert files[1].read_bytes() == scripts["simple"].with_suffix(".npz").read_bytes()


def test_a_network_without_long_arrays_needs_no_data_file(tmp_path):
    cell = ba.Population("a", 2, "GABA", initial_potential=-60 * mV)
    network = ba.SpikingNetwork((cell,), injections=(ba.Injection("a", 200 * pA),))
    files = ba.to_brian2_script(network, STIMULUS, tmp_path / "a.py", seed=1)
    assert files == (tmp_path / "a.py",)
    assert "np.load" not in files[0].read_text()


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        (
            {"condition": "x=0.5"},
            UnknownNameError,
            "to_brian2_script: wanted the name of a condition, got 'x=0.5'.",
        ),
        (
            {"path": "script.txt"},
            DescriptionError,
            "to_brian2_script, path: wanted the name of a Python script, got 'script.txt'. Choose "
            "a name such as 'inverter_brian2.py'.",
        ),
        ({"seed": -1}, DescriptionError, "to_brian2_script, seed: wanted a whole number >= 0"),
        ({"trial": 0.5}, DescriptionError, "to_brian2_script, trial: wanted a whole number"),
        ({"dt": 3 * ms}, SimulationError, "SpikingNetwork.run, dt: wanted above 0 and at most"),
        ({"wirings": 2}, SimulationError, "SpikingNetwork.run, wirings: wanted 1, because"),
        (
            {"network": ba.RateNetwork(("u",))},
            DescriptionError,
            "to_brian2_script, network: wanted a SpikingNetwork, got RateNetwork",
        ),
    ],
)
def test_what_cannot_be_written_is_an_error_and_leaves_no_file(options, kind, text, tmp_path):
    arguments = {"network": SIMPLE, "path": "script.py", "seed": 1} | options
    network, path = arguments.pop("network"), tmp_path / arguments.pop("path")
    with pytest.raises(kind) as error:
        ba.to_brian2_script(network, STIMULUS, path, **arguments)
    assert str(error.value).startswith(text)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.py", "a.npz"])
def test_nothing_is_overwritten(name, tmp_path):
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError) as error:
        ba.to_brian2_script(SIMPLE, STIMULUS, tmp_path / "a.py", seed=1)
    assert str(error.value) == (
        "to_brian2_script, path: wanted a new script and a new data file beside it, got "
        f"{tmp_path / name}, which exists. Choose another name or folder; nothing is overwritten."
    )
    assert [f.read_text() for f in tmp_path.iterdir()] == ["mine"]


#: Pairs whose input spikes have given times until the end of the stimulus.
SCHEDULED = ("hebb_and_stdp",)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_pairs())
def test_every_shipped_pair_fires_as_in_its_run(name, tmp_path):
    pair = load(name)
    if name == "forgetting_and_savings":  # phases, with lesions in between
        with pytest.raises(DescriptionError, match="export: wanted a SpikingNetwork"):
            find_spiking_network(pair)
        return
    network = find_spiking_network(pair)
    n_steps = len(pair.stimulus.time) if name in SCHEDULED else 300
    stimulus = pair.stimulus.isel(condition=[-1], time=slice(n_steps))
    ba.to_brian2_script(network, stimulus, tmp_path / "script.py", seed=2, trial=1)
    (spikes,) = run_scripts(tmp_path / "script.py")
    options = {"trials": 1, "first_trial": 1, "seed": 2, "engine": "numpy"}
    bins = pair.bin_width_quantity
    assert_same_spikes(spikes, network.run(stimulus, bin_width=bins, **options))
