"""A Brian2 script is read as a pair in a process of its own, up to its first run()."""

import dataclasses
import json
import multiprocessing
import os
import runpy
from pathlib import Path

import brian2 as b2
import numpy as np
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import BioannError
from bioann.cli.main import main
from bioann.pair_files import imported
from bioann.pair_files.imported_template import ImportedPair, choose_duration, choose_levels
from bioann.pair_files.script_process import ScriptReading, read_result, run_script
from bioann.pair_files.script_reader import read_script
from bioann.testing.contract import make_subject, run_checks

#: 40 cells with conductances, scheduled input and a constant current: nothing random after run().
COBA = '''
from brian2 import *

prefs.codegen.target = "numpy"
seed(3)
C, I = 200*pF, 60*pA
equations = """
dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) + I)/C : volt (unless refractory)
dge/dt = -ge/(5*ms) : siemens
dgi/dt = -gi/(10*ms) : siemens
"""
cells = NeuronGroup(40, equations, threshold="v > -50*mV", reset="v = -60*mV", refractory=5*ms,
                    method="exponential_euler")
cells.v = "-60*mV + rand()*10*mV"
exc, inh = cells[:32], cells[32:]
clicks = SpikeGeneratorGroup(4, [0, 1, 2, 3, 0, 1] * 5, arange(30) * 2*ms,
                             name="clicks")
evoke = Synapses(clicks, exc, on_pre="ge += 8*nS")
evoke.connect(p=0.5)
excite = Synapses(exc, cells, on_pre="ge += 2*nS", delay=1*ms)
excite.connect(p=0.2)
inhibit = Synapses(inh, cells, on_pre="gi += 10*nS")
inhibit.connect(p=0.2)
spikes = SpikeMonitor(cells)
for k in range(30):
    print("line", k)
run(60*ms)
print("simulated")
'''
POISSON = """
from brian2 import *
tau = 10*ms
def main():
    cells = NeuronGroup(5, '''
        dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v))/(200*pF) : volt
        dge/dt = -ge/(5*ms) : siemens''', threshold="v > -50*mV", reset="v = -60*mV",
        method="euler")
    cells.v = -60*mV
    fibres = PoissonGroup(50, 20*Hz)
    synapses = Synapses(fibres, cells, on_pre="ge += 1*nS")
    synapses.connect(True)
    # END
"""
RUN = """
    try:
        run(300*ms)
    except:
        pass
    open("after_run", "w")
main()
"""


@pytest.fixture(autouse=True)
def numpy_target():
    target = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    yield
    b2.prefs.codegen.target = target


@pytest.fixture(scope="module")
def coba(tmp_path_factory):
    """The pair file of COBA, written by the command, and what that has printed."""
    folder = tmp_path_factory.mktemp("coba")
    script, out = folder / "script.py", folder / "coba.py"
    script.write_text(COBA, "utf-8")
    result = CliRunner().invoke(main, ["import", str(script), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out, result.output


@pytest.fixture(scope="module")
def simulated(coba):
    """The variables of the script after its run."""
    return runpy.run_path(str(coba[0].with_name("script.py")))


#: A server that has imported Brian2 and nothing else, for processes that need not import it anew.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["bioann.pair_files.script_reader"])


def read_silently(script, folder):
    """Read a script as its own process does, and print nothing."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.chdir(folder)
    try:
        read_script(script, folder)
    finally:
        os._exit(17)


@pytest.fixture
def forked(monkeypatch):
    """Let scripts run in forks of a server, which need not import Brian2 anew."""

    def run_in_fork(script, options, timeout):
        folder = script.parent / "result"
        folder.mkdir()
        (folder / "options.json").write_text(json.dumps(options), "utf-8")
        process = SERVER.Process(target=read_silently, args=(script, folder))
        process.start()
        process.join()
        return read_result(script, folder, process.exitcode, timeout), []

    monkeypatch.setattr(imported, "run_script", run_in_fork)


def import_text(folder, text, *options):
    """Write a script, import it, and return the result of the command and the pair file."""
    script, out = folder / "script.py", folder / "out" / "mine.py"
    script.write_text(text, "utf-8")
    return CliRunner().invoke(main, ["import", str(script), "--out", str(out), *options]), out


def test_the_pair_gives_the_spikes_of_the_script(coba, simulated):
    pair = ba.load(coba[0])
    data = pair.bio.run(pair.stimulus, trials=1, seed=1, engine="numpy")
    offset = {"exc": 0, "inh": 32}
    labels = [offset[str(data.unit.values[u])] for u in data.spike_unit.values]
    steps = np.round(data.spike_time.values / 1e-4).astype(int)
    came = set(zip(steps, data.spike_neuron.values + labels, strict=True))
    monitor = simulated["spikes"]
    expected = set(zip(np.round(monitor.t_[:] / 1e-4).astype(int), monitor.i[:], strict=True))
    assert len(expected) > 40
    assert came == expected


def test_the_file_makes_the_network_that_was_read(coba, simulated):
    # The script has run: only what that does not change is compared.
    network = ba.from_brian2(namespace=simulated).network
    pair = ba.load(coba[0])
    assert pair.bio.projections == network.projections
    assert pair.bio.afferents == network.afferents
    assert pair.bio.injections == network.injections
    assert [p.cell for p in pair.bio.populations] == [p.cell for p in network.populations]


def test_long_arrays_are_beside_the_file_and_hold_no_pickles(coba):
    out, _ = coba
    with np.load(out.with_suffix(".npz"), allow_pickle=False) as file:
        shapes = [file[name].shape for name in file]
    assert (32, 32) in shapes
    assert max(map(len, out.read_text("utf-8").splitlines())) < 300


def test_decisions_and_output_are_printed_and_decisions_are_comments(coba):
    out, output = coba
    text = " ".join(out.read_text("utf-8").replace("#", " ").split())
    for phrase in (
        "cell of exc: GridLIF (the terms of the equation of v in NeuronGroup",
        "transmitter of inh: GABA (its synapses inhibit",
    ):
        assert phrase in output
        assert phrase in text
    assert "the last 20 of 30 lines" in output
    assert "line 10\n" in output
    assert "line 9\n" not in output
    assert "simulated" not in output
    assert "note: the scheduled spikes of 'clicks_to_exc' have no rate" in output
    assert "Running the code of" in output
    assert f"bioann run {out}" in output


@pytest.mark.slow
def test_the_pair_meets_all_requirements(coba):
    results = list(run_checks(make_subject(coba[0])))
    assert len(results) > 5
    assert [r for r in results if not r.passed] == []


@pytest.mark.slow
def test_the_pair_is_run_by_the_command(coba, tmp_path):
    command = ["run", str(coba[0]), "--trials", "2", "--format", "json", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "coba.json").exists()


@pytest.mark.usefixtures("forked")
def test_the_stimulus_covers_the_channels_around_the_rates_of_the_script(tmp_path):
    result, out = import_text(tmp_path, POISSON + RUN, "--channels", "drive = fibres")
    assert result.exit_code == 0, result.output
    pair = ba.load(out)
    assert pair.bio.channels == ("drive",) == pair.ann.channels
    assert float(pair.bio.afferents[0].rate) == pytest.approx(20)
    levels = pair.stimulus.sel(channel="drive")
    assert (levels == levels.isel(time=0)).all()
    assert levels.isel(time=0).values.tolist() == [0.5, 0.75, 1, 1.25, 1.5]
    assert pair.stimulus.sizes["time"] == 300


@pytest.mark.usefixtures("forked")
def test_nothing_of_the_script_runs_after_run_or_in_this_process(tmp_path):
    process = f"import os\nassert os.getpid() != {os.getpid()}\n"
    result, out = import_text(tmp_path, process + POISSON + RUN)
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in out.parent.iterdir()) == ["mine.py"]
    assert not (tmp_path / "result" / "after_run").exists()


@pytest.mark.usefixtures("forked")
def test_a_network_object_and_a_standalone_device_are_read(tmp_path):
    end = """
    set_device("cpp_standalone", directory="never_built")
    network = Network(cells, fibres, synapses)
    network.run(10*second, report="text")
main()
"""
    result, out = import_text(tmp_path, POISSON.replace("    # END\n", end))
    assert result.exit_code == 0, result.output
    pair = ba.load(out)
    assert pair.bio.units == ("cells",)
    assert pair.stimulus.sizes["time"] == 1000, "of 10 s the file takes one"


@pytest.mark.usefixtures("forked")
def test_the_name_of_a_script_cannot_end_a_docstring(tmp_path):
    script, out = tmp_path / 'a"""\\x.py', tmp_path / "mine.py"
    script.write_text(POISSON + RUN, "utf-8")
    result = CliRunner().invoke(main, ["import", str(script), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert ba.load(out).source == f"read from the Brian2 script {script.name}"


FAILURES = {
    "x = 1\ny = x + None\n": (
        "wanted code that reaches run(), got TypeError: unsupported operand type(s) for +: 'int' "
        "and 'NoneType' (in script.py, line 2). Fix that line: the script must run with Python up "
        "to run()."
    ),
    "import no_such_package_of_mine\n": (
        "got ModuleNotFoundError: No module named 'no_such_package_of_mine' (in script.py, line "
        "1). Install the package of 'no_such_package_of_mine' in the Python environment of bioann."
    ),
    "import sys\nsys.exit(3)\n": (
        "got SystemExit: 3 (in script.py, line 2). Remove the exit, or call run() before it."
    ),
    "x = 1\n": (
        "wanted a script that calls run(), got its end without a call. Add run(...) where the "
        "network is complete; nothing is simulated."
    ),
    "x = (\n": "got SyntaxError: '(' was never closed (in script.py, line 1).",
    "import os\nos._exit(5)\n": (
        "wanted a script that calls run(), got an end of its process, exit code 5. Run the script "
        "with Python to see what ends it before run()."
    ),
    POISSON.replace("(200*pF) :", "(200*pF) + mV*xi/ms**0.5 :") + RUN: (
        "wanted equations without noise, got the noise xi. Replace white noise by a PoissonInput "
        "of the same mean and variance. Or wrap the script in ba.BrianNetwork"
    ),
    POISSON.replace("20*Hz", "0*Hz") + RUN: (
        "wanted rates that are not negative, and some above 0, got 0 to 0 Hz. Set the rates before "
        "from_brian2() is called: they are those of activation 1. Or wrap the script in "
        "ba.BrianNetwork"
    ),
    POISSON.replace("-ge/(5*ms)", "-ge/x")
    + RUN: "(variable cells), equations: wanted names that have a value, got The identifier",
}


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("text", FAILURES, ids=range(len(FAILURES)))
def test_failures_name_their_cause_and_leave_no_file(tmp_path, text):
    result, out = import_text(tmp_path, text)
    assert result.exit_code == 1
    assert FAILURES[text] in result.output
    assert not out.parent.exists()


@pytest.mark.usefixtures("forked")
def test_an_unknown_channel_variable_names_the_inputs(tmp_path):
    result, _ = import_text(tmp_path, POISSON + RUN, "--channels", "drive=fibers")
    assert result.exit_code == 1
    assert "channel 'drive': wanted the name of a variable, got 'fibers'." in result.output
    assert "Did you mean 'fibres'?" in result.output


@pytest.mark.usefixtures("forked")
def test_current_based_synapses_ask_for_a_measured_rate_network(tmp_path):
    text = POISSON.replace("ge*(0*mV - v)", "ge").replace("siemens", "amp").replace('nS")', 'pA")')
    result, _ = import_text(tmp_path, text + RUN)
    assert result.exit_code == 1
    assert "Try --method measured, which runs the spiking network" in result.output


def test_existing_files_are_kept(tmp_path):
    for suffix in (".py", ".npz"):
        file = (tmp_path / "out" / "mine").with_suffix(suffix)
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine", "utf-8")
        result, _ = import_text(tmp_path, COBA)
        assert result.exit_code == 1
        assert f"{file}, which exists. Choose another name or folder" in result.output
        assert file.read_text("utf-8") == "mine"
        file.unlink()


def test_options_that_cannot_be_read_are_errors(tmp_path):
    for option, text, message in (
        ("--channels", "drive", "wanted channel=variable with different channels, got 'drive'"),
        ("--channels", "a=x,a=y", "got 'a=y'"),
        ("--capacitance", "200", "wanted a number above 0 and pF or nF, got '200'"),
        ("--capacitance", "0pF", "got '0pF'"),
    ):
        result, _ = import_text(tmp_path, COBA, option, text)
        assert result.exit_code == 2
        assert message in result.output.replace("\n", " ")
    missing = CliRunner().invoke(main, ["import", "no.py", "--out", str(tmp_path / "a.py")])
    assert "wanted a Python script, got no file no.py. Check the path." in missing.output
    assert "Running" not in missing.output


def test_a_script_that_takes_too_long_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import time\ntime.sleep(600)\n", "utf-8")
    error, _ = run_script(script, {"channels": {}}, 0.2)
    assert isinstance(error, BioannError)
    assert error.got == "none: it was stopped"
    assert "within 0.2 s" in error.expected
    assert "--timeout" in error.remedy


def test_levels_vary_all_channels_together_and_each_alone():
    levels = choose_levels(("a", "b"))
    assert levels["a"] == [0.5, 0.75, 1, 1.25, 1.5, 0.5, 1.5, 1, 1]
    assert levels["b"] == [0.5, 0.75, 1, 1.25, 1.5, 1, 1, 0.5, 1.5]
    assert choose_levels(()) == {"no_input": [0.0]}


def test_the_stimulus_lasts_until_all_scheduled_spikes_have_arrived():
    source = ba.ScheduledAfferent([[10, 1500] * b2.ms], "cell", 1 * b2.nS, delay=2.5 * b2.ms)
    network = ba.SpikingNetwork((ba.Population("cell", 1, "glutamate"),), (source,))
    pair = ImportedPair("a", "a.py", network, None, 0.3, {})
    assert choose_duration(pair) == 1503
    network.run(ba.steps({"no_input": [0]}, duration=1503 * b2.ms), trials=1, seed=1)
    without = dataclasses.replace(network, afferents=())
    pairs = [ImportedPair("a", "a.py", without, None, s, {}) for s in (0.3, 0.0, 20.0)]
    assert [choose_duration(p) for p in pairs] == [300, 50, 1000]


def test_a_reading_is_what_the_process_wrote(tmp_path):
    np.savez(tmp_path / "arrays.npz", array_1=np.arange(3))
    result = {"source": "x", "decisions": ["a"], "flags": []}
    (tmp_path / "result.json").write_text(json.dumps(result), "utf-8")
    reading = read_result(Path("script.py"), tmp_path, 0, 1.0)
    assert isinstance(reading, ScriptReading)
    assert reading.arrays["array_1"].tolist() == [0, 1, 2]
    assert (reading.source, reading.decisions, reading.flags) == ("x", ("a",), ())
