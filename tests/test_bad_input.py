"""Every kind of bad input, through the command line: what is said, and that nothing is written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms
from click.testing import CliRunner

import bioann as ba
from bioann.base.errors import BioannError, SimulationError, StimulusError
from bioann.cli.main import main

AFFERENTS = 'afferents=(ba.Afferent("in", "out", 2 * nS, fibres=5),),'
NEGATIVE = (
    "Sign belongs to the transmitter: to inhibit, use a population (or afferent) with "
    "transmitter='GABA', or send it through an inhibitory interneuron population."
)
DALE = (
    "A neuron releases one transmitter (Dale): change the receptor, or send the signal through a "
    "population that releases the other transmitter."
)
RATE = (
    "A spike rate cannot be negative: use two afferents with coding='on' and coding='off', or "
    "coding='baseline' with a large enough baseline."
)
ROWS = "Rows are targets, columns are sources."
START = "Start from a working file, which 'bioann new NAME' writes."


def add_projection(text):
    """Add a projection to the tiny pair."""
    return AFFERENTS, f"{AFFERENTS} projections=(ba.Projection({text}),),"


#: What is changed in the tiny pair's file, and what is said about it.
ERRORS_IN_LINE = {
    "negative conductance of an afferent": (
        ("2 * nS", "-2 * nS"),
        "line 11: Afferent 'in' -> 'out', weight: wanted a conductance >= 0, got -2 nS. "
        + NEGATIVE,
    ),
    "negative conductance of a projection": (
        add_projection('"out", "out", -1 * nS'),
        "line 11: Projection 'out' -> 'out', weight: wanted a conductance >= 0, got -1 nS. "
        + NEGATIVE,
    ),
    "negative conductance of a background": (
        ("8 * nS", "-8 * nS"),
        "line 10: Background: wanted a conductance >= 0, got -8 nS. " + NEGATIVE,
    ),
    "negative conductance in a matrix": (
        add_projection('"out", "out", 1 * nS, connectivity=ba.ExplicitMatrix([[0, -1, 0]] * 3)'),
        "line 11: ExplicitMatrix: wanted finite numbers >= 0 of shape (n_post, n_pre), got shape "
        "(3, 3), smallest -1.0. A conductance is a magnitude: split signed weights over a "
        "glutamate and a GABA population.",
    ),
    "receptor of a projection that does not fit": (
        add_projection('"out", "out", 1 * nS, receptor="GABA_A"'),
        "line 9: Projection 'out' -> 'out', receptor: wanted a receptor for glutamate: AMPA or "
        "NMDA, got "
        "GABA_A, which is opened by GABA. " + DALE,
    ),
    "receptor of an afferent that does not fit": (
        ("fibres=5", "fibres=5, receptor=ba.receptors.GABA_A()"),
        "line 11: Afferent 'in' -> 'out', receptor: wanted a receptor for glutamate: AMPA or "
        "NMDA, got "
        "GABA_A, which is opened by GABA. " + DALE,
    ),
    "wrong dimension": (
        ("2 * nS", "2 * ms"),
        "line 11: Afferent 'in' -> 'out', weight: wanted a conductance in nS, got 2. * msecond. "
        "Write it as 3 * nS.",
    ),
    "no dimension": (
        ("duration=300 * ms", "duration=0.3"),
        "line 22: stimulus, duration: wanted a time in ms, got 0.3. Write it as 5 * ms.",
    ),
    "unknown population of an afferent": (
        ('ba.Afferent("in", "out"', 'ba.Afferent("in", "ou"'),
        "line 9: Afferent 'in' -> 'ou': wanted the name of a population, got 'ou'. Did you mean "
        "'out'?",
    ),
    "unknown population of a projection": (
        add_projection('"uot", "out", 1 * nS'),
        "line 9: Projection 'uot' -> 'out': wanted the name of a population, got 'uot'. Did you "
        "mean 'out'?",
    ),
    "unknown population of a match": (
        ('ba.Match("out", "out")', 'ba.Match("otu", "out")'),
        "line 15: Correspondence: wanted the name of a population, got 'otu'. Did you mean 'out'?",
    ),
    "unknown unit of a match": (
        ('ba.Match("out", "out")', 'ba.Match("out", "otu")'),
        "line 15: Correspondence: wanted the name of a unit, got 'otu'. Did you mean 'out'?",
    ),
    "unknown channel": (
        ('channels=("in",)', 'channels=("inn",)'),
        "line 15: stimulus: wanted the name of a channel, got 'inn'. Did you mean 'in'?",
    ),
    "unknown receptor": (
        ("fibres=5", 'fibres=5, receptor="AMPAR"'),
        "line 11: Afferent 'in' -> 'out': wanted the name of a receptor, got 'AMPAR'. Did you "
        "mean 'AMPA'?",
    ),
    "unknown transmitter": (
        ('"glutamate"', '"glutamat"'),
        "line 10: Population 'out': wanted the name of a transmitter, got 'glutamat'. Did you "
        "mean 'glutamate'?",
    ),
    "unknown activation": (
        ("bias=0.2", 'bias=0.2, activation="rellu"'),
        "line 13: RateNetwork: wanted the name of an activation, got 'rellu'. Did you mean 'relu' "
        "or 'leaky_relu'?",
    ),
    "matrix from channels of the wrong shape": (
        ("[[1.0]]", "[[1.0, 2.0]]"),
        "line 13: RateNetwork, W_in: wanted finite numbers of shape (unit, channel) = (1, 1), got "
        "shape (1, 2). " + ROWS,
    ),
    "matrix between units of the wrong shape": (
        ("bias=0.2", "bias=0.2, W=[[0, 0], [0, 0]]"),
        "line 13: RateNetwork, W: wanted finite numbers of shape (unit, unit) = (1, 1), got shape "
        "(2, 2). " + ROWS,
    ),
    "matrix of synapses of the wrong shape": (
        add_projection('"out", "out", 1 * nS, connectivity=ba.ExplicitMatrix([[0, 1, 0]] * 2)'),
        "line 9: Projection 'out' -> 'out', ExplicitMatrix: wanted shape (n_post, n_pre) = "
        "(3, 3), got shape (2, 3). " + ROWS,
    ),
    "NaN in the stimulus": (
        ("[0.0, 0.5]", "[0.0, float('nan')]"),
        "line 22: stimulus channel 'in', condition 'in=nan': wanted finite activations, got nan "
        "at 0 s (300 such value(s)). Replace NaN and infinite values before the run.",
    ),
    "infinity in the stimulus": (
        ("[0.0, 0.5]", "[0.0, float('inf')]"),
        "line 22: stimulus channel 'in', condition 'in=inf': wanted finite activations, got inf "
        "at 0 s (300 such value(s)). Replace NaN and infinite values before the run.",
    ),
    "population without partner": (
        ('ba.Population("out", 3', 'ba.Population("free", 2, "GABA"), ba.Population("out", 3'),
        "line 15: Correspondence: wanted a Match or an entry in bio_only for every population, "
        "not both, got neither for ['free']. Add Match(...) or bio_only=('free',).",
    ),
    "unit without partner": (
        (
            '("out",), channels=("in",), W_in=[[1.0]]',
            '("out", "b"), channels=("in",), W_in=[[1.0], [1.0]]',
        ),
        "line 15: Correspondence: wanted a Match or an entry in ann_only for every unit, not "
        "both, got neither for ['b']. Add Match(...) or ann_only=('b',).",
    ),
    "code that raises": (
        ("    ann =", "    1 / 0\n    ann ="),
        "line 13: ZeroDivisionError: division by zero. Fix that line.",
    ),
    "a name that bioann does not have": (
        ("ba.Afferent", "ba.Aferent"),
        "line 11: AttributeError: No bioann attribute Aferent. Fix that line.",
    ),
    "code that exits": (
        ("    ann =", "    raise SystemExit('bye')\n    ann ="),
        "line 13: SystemExit: bye. Fix that line.",
    ),
}
#: The same for whole messages.
WHOLE_ERRORS = {
    "file that raises": (
        ("import bioann as ba\n", "import bioann as ba\nimport nowhere_at_all\n"),
        "pair file {path}: wanted a file that runs, got line 6: ModuleNotFoundError: No module "
        "named 'nowhere_at_all'. Fix that line.",
    ),
    "file that is no Python": (
        ("def pair():", "def pair(:"),
        "pair file {path}: wanted a file that runs, got line 8: SyntaxError: invalid syntax. Fix "
        "that line.",
    ),
    "file without pair()": (
        ("def pair():", "def pears():"),
        "pair file {path}: wanted a function pair() that returns a bioann.Pair, got no such "
        "function. " + START,
    ),
    "pair that cannot be called": (
        ("def pair():", "pair = 3\n\n\ndef pears():"),
        "pair file {path}: wanted a function pair() that returns a bioann.Pair, got 3. " + START,
    ),
    "pair() that returns something else": (
        ("    return ba.Pair(", '    return "a pair"\n    ba.Pair('),
        "pair file {path}, pair(): wanted a bioann.Pair, got str. Return Pair(name, bio, ann, "
        "correspondence, ...).",
    ),
    "a name that would leave the folder": (
        ('"tiny"', '"../tiny"'),
        "pair file {path}: wanted a function pair() that runs, got line 15: Pair, name: wanted "
        "letters, digits, _ and -, a letter first: files are named by it, got '../tiny'. Write it "
        "like 'my_pair'.",
    ),
    "no trials": (
        ("trials=2", "trials=0"),
        "pair file {path}: wanted a function pair() that runs, got line 15: trials: wanted a whole "
        "number >= 1, got 0. Ask for at least one trial.",
    ),
    "negative stimulus": (
        ("[0.0, 0.5]", "[0.0, -0.5]"),
        "stimulus channel 'in', condition 'in=-0.5': wanted no negative rate for Afferent 'in' "
        "-> 'out' (coding 'rate'), got -0.5. " + RATE,
    ),
    "settling that outlasts the stimulus": (
        ("settle=100 * ms", "settle=1000 * ms"),
        "pair file {path}: wanted a function pair() that runs, got line 15: Pair 'tiny', settle: "
        "wanted less than the stimulus, 300 ms, got 1000 ms. Lengthen the stimulus, or give a "
        "shorter settle.",
    ),
    "claim about a match that does not exist": (
        ("SIGN_AGREEMENT) >= 1", "SIGN_AGREEMENT, 'outt') >= 1"),
        "pair file {path}: wanted a function pair() that runs, got line 15: Pair 'tiny', claim "
        "'T1', 'sign agreement (outt)': wanted the name of a match, got 'outt'. Did you mean "
        "'out'?",
    ),
    "function that raises in the run": (
        (
            "    same =",
            "    def f(s, rng):\n        return s.nope\n"
            '    ann = ba.FunctionModel(f, ("out",), ("in",))\n    same =',
        ),
        "pair file {path}: wanted a pair that runs, got line 15: AttributeError: 'DataArray' "
        "object has no attribute 'nope'. Fix that line.",
    ),
}

#: Where in a pair's file an exit stands, and the check that reports it.
EXITS = {
    "a model": (
        (
            "    same =",
            "    def f(s, rng):\n        raise SystemExit\n"
            '    ann = ba.FunctionModel(f, ("out",), ("in",))\n    same =',
        ),
        "models run and are finite",
    ),
    "a build function": (
        (
            "    same =",
            "    def f(inputs, rng):\n        raise SystemExit\n"
            '    bio = ba.BrianNetwork(f, {"out": 3}, ("in",))\n    same =',
        ),
        "models run and are finite",
    ),
    "a measure": (
        (
            "        settle=",
            '        metrics=ba.measure(lambda *r: exit(), "m").of("bio").metric,\n        settle=',
        ),
        "claims can be judged",
    ),
}


@pytest.mark.parametrize("case", EXITS)
def test_code_that_exits_is_an_error_of_the_run_and_of_the_check(case, pair_file):
    change, check = EXITS[case]
    path = pair_file(change)
    message = read_error("run", path, "--out", path.parent / "out", "--format", "json")
    assert message.startswith(f"pair file {path}: wanted a pair that runs, got line ")
    assert "SystemExit" in message
    assert not (path.parent / "out").exists()
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == 1
    assert f"FAILED  {check}" in result.output
    assert "SystemExit" in result.output


def read_error(*arguments: str | Path) -> str:
    """Run a command that has to fail, and return what it said, but for the 'Error: '."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr.strip().removeprefix("Error: ")


@pytest.mark.parametrize("case", ERRORS_IN_LINE)
def test_what_a_file_gets_wrong_is_told_with_its_line(case, pair_file):
    change, message = ERRORS_IN_LINE[case]
    path = pair_file(change)
    expected = f"pair file {path}: wanted a function pair() that runs, got {message}"
    assert read_error("run", path, "--out", path.parent / "out") == expected
    assert not (path.parent / "out").exists()


@pytest.mark.parametrize("case", WHOLE_ERRORS)
def test_what_else_can_be_wrong_with_a_file(case, pair_file):
    change, message = WHOLE_ERRORS[case]
    path = pair_file(change)
    out = path.parent / "out"
    assert read_error("run", path, "--out", out, "--format", "json") == message.format(path=path)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["run", "balancedd"],
            "pair 'balancedd': wanted the name of a pair or study, or the path of a .py file, "
            "got 'balancedd'. Did you mean 'balanced'?",
        ),
        (
            ["show", "nowhere.py"],
            "pair file nowhere.py: wanted a Python file, got no such file. Pass the path of a "
            "file with a function pair() or study(), or a name that 'bioann list' shows.",
        ),
        (
            ["run", "inverter", "--format", "htm"],
            "--format: wanted the name of a format, got 'htm'. Did you mean 'html'?",
        ),
        (
            ["run", "inverter", "--figures", "svg,gif"],
            "--figures: wanted the name of a figure format, got 'gif'. Choose one of: 'svg', "
            "'pdf', 'png'.",
        ),
        (
            ["new", "lambda"],
            "new pair 'lambda': wanted a new name of letters, digits and underscores that begins "
            "with a letter, got a Python keyword. Try 'my_inverter'.",
        ),
    ],
)
def test_a_wrong_word_on_the_command_line(arguments, message):
    assert read_error(*arguments) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--trials", "0"],
            "trials: wanted a whole number >= 1, got 0. Ask for at least one trial.",
        ),
        (
            ["--seed", "-1"],
            "seed: wanted a whole number >= 0, got -1. Pass seed=1 (any fixed number will do).",
        ),
        (
            ["--engine", "nump"],
            "engine: wanted the name of an engine, got 'nump'. Did you mean 'numpy'?",
        ),
    ],
)
def test_a_wrong_option_of_a_run(options, message, pair_file, tmp_path):
    assert read_error("run", pair_file(), "--out", tmp_path / "out", *options) == message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("wirings", ["0", "-1"])
def test_a_number_of_wirings_is_checked_also_where_none_are_drawn(wirings, pair_file, tmp_path):
    arguments = ["run", str(pair_file()), "--wirings", wirings, "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert f"Invalid value for '--wirings': {wirings} is not in the range x>=1." in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", [["--trials", "0"], ["--seed", "-1"], ["--engine", "nump"]])
def test_a_wrong_option_of_the_atlas_runs_nothing(option, tmp_path):
    out = tmp_path / "out"
    assert option[0][2:] in read_error("atlas", "--only", "inverter", "--out", out, *option)
    assert not out.exists()


def test_the_file_of_a_pair_that_is_meant_is_offered(pair_file, monkeypatch):
    monkeypatch.chdir(pair_file().parent)
    assert "got 'tiny'. Did you mean 'tiny.py'" in read_error("run", "tiny")


def test_an_unknown_pair_stops_everything_before_it_begins(pair_file, tmp_path):
    assert "Did you mean 'balanced'?" in read_error(
        "run", pair_file(), "balancedd", "--out", tmp_path / "out"
    )
    assert not (tmp_path / "out").exists()


def test_two_pairs_of_one_name_are_told(pair_file, tmp_path):
    one, other = pair_file(), pair_file(name="copy.py")
    assert read_error("run", one, other, "--out", tmp_path / "out") == (
        f"pair 'tiny': wanted one pair of that name, because it names the report, got two: {one} "
        f"and {other}. Run them separately with different --out, or rename one."
    )


@pytest.mark.parametrize(
    ("subfolders", "got"),
    [
        ((), "a file of that name (File exists)"),
        (("sub",), "a path that leads through a file (Not a directory)"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_before_the_run(
    subfolders, got, pair_file, tmp_path
):
    blocked = tmp_path / "blocked"
    blocked.write_text("mine")
    out = blocked.joinpath(*subfolders)
    assert read_error("run", pair_file(("trials=2", "trials=10**9")), "--out", out) == (
        f"output {out}: wanted a folder, got {got}. Choose another folder, or make this one "
        "writable."
    )
    assert blocked.read_text() == "mine"


def test_a_disk_that_fills_up_leaves_nothing_behind(pair_file, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=8k tmpfs {small} || exit 77; "
        f"{sys.executable} -m bioann.cli run {pair_file()} --out {small} --format json,nc; "
        f"echo code $?; ls -A {small}"
    )
    # A mount of its own, which goes away with the shell.
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode in (1, 77) and "code" not in done.stdout:
        pytest.skip("small disks cannot be mounted here")
    assert done.stdout.split() == ["code", "1"]
    assert done.stderr.strip() == (
        f"Error: output {small / 'tiny.json'} and {small / 'tiny.nc'}: wanted room for the files, "
        "got a full disk (No space left on device). Free some space, or choose another folder; "
        "nothing half-written was left behind."
    )


def test_a_folder_without_permission_is_told(pair_file, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    assert "wanted a folder that can be written, got no permission" in read_error(
        "run", pair_file(), "--out", out
    )


def test_a_step_that_outruns_the_fastest_process_is_told(tiny_pair):
    with pytest.raises(SimulationError) as caught:
        tiny_pair.run(trials=1, seed=1, dt=6 * ms)
    assert str(caught.value) == (
        "SpikingNetwork.run, dt: wanted above 0 and at most the stimulus step, 1 ms, got 6 ms. "
        "Leave dt out, or use 0.1 * ms or less."
    )
    coarse = ba.steps({"in": [0.5]}, duration=320 * ms, dt=8 * ms)
    with pytest.raises(SimulationError) as caught:
        tiny_pair.bio.run(coarse, trials=1, seed=1, dt=8 * ms, bin_width=16 * ms)
    assert str(caught.value) == (
        "SpikingNetwork.run, dt: wanted above 0 and at most the AMPA decay in 'out', 5 ms, got "
        "8 ms. Leave dt out, or use 0.1 * ms or less."
    )


def test_a_step_that_outruns_a_unit_is_told():
    network = ba.RateNetwork(("out",), channels=("in",), tau=10 * ms)
    with pytest.raises(SimulationError) as caught:
        network.run(ba.steps({"in": [1.0]}, duration=100 * ms), trials=1, seed=1, dt=20 * ms)
    assert str(caught.value) == (
        "RateNetwork.run, dt: wanted above 0 and at most the shortest time constant, 10 ms, "
        "got 20 ms. Use a shorter dt."
    )


def test_a_stimulus_of_another_shape_is_told(tiny_pair):
    with pytest.raises(StimulusError, match=r"wanted an xarray\.DataArray"):
        tiny_pair.run(np.zeros((2, 300, 1)), trials=1, seed=1)


def test_every_error_can_be_caught_as_one_kind(tiny_pair):
    with pytest.raises(BioannError):
        tiny_pair.run(trials=0, seed=1)
