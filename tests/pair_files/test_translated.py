"""A translated pair as a file that runs."""

import ast
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.base.decision import Decision
from bioann.base.derivation import Flag
from bioann.base.errors import DescriptionError, OutputError
from bioann.cli.main import main
from bioann.pair_files.template import write_pair_source
from bioann.pair_files.translated import translate_pair, write_translation
from bioann.translate.translation import Translation

OWN = '''"""Own: a pair in a file."""
from brian2 import ms, nS
import bioann as ba

def pair():
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 10, "glutamate", background=3 * nS),),
        (ba.Afferent("x", "cell", 0.5 * nS, fibres=20),),
    )
    return ba.Pair(
        "own", bio, ba.RateNetwork(units=("cell",), channels=("x",), W_in=[[1.0]]),
        ba.Correspondence((ba.Match("cell", "cell"),)),
        stimulus=ba.steps({"x": [0.1, 0.6]}, duration=400 * ms),
    )
'''


#: Excitation and inhibition with the same sum near threshold, from little to much of both.
CANCELLING = '''"""Cancelling: E and I onto one cell."""
from brian2 import Hz, ms, nS
import bioann as ba

def pair():
    bio = ba.SpikingNetwork(
        (ba.Population("cell", 10, "glutamate"),),
        (ba.Afferent("E", "cell", 3 * nS, fibres=80, rate=40 * Hz),
         ba.Afferent("I", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA")),
    )
    return ba.Pair(
        "cancelling", bio, ba.RateNetwork(units=("cell",), channels=("E", "I"), W_in=[[5, -3]]),
        ba.Correspondence((ba.Match("cell", "cell"),)),
        stimulus=ba.steps({"E": [0.07, 0.6, 0.9], "I": [0.07, 0.9, 0.1]}, duration=400 * ms),
    )
'''


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "pairs" / "own.py"
    file.parent.mkdir()
    file.write_text(OWN, "utf-8")
    return file


def test_the_file_makes_the_pair_that_was_translated(own, tmp_path):
    out = tmp_path / "elsewhere" / "own_ann.py"
    made = write_translation(own, out, side="ann", seed=1)
    pair, source = ba.load(out), ba.load(own)
    assert pair.name == "own_ann"
    assert pair.bio == source.bio
    assert pair.ann == made.network
    same = made.correspondence  # the file leaves out the points that curves were fitted to
    shortened = dataclasses.replace(same, derivation=same.derivation.without_points())
    assert pair.correspondence == shortened
    assert pair.stimulus.identical(source.stimulus)
    assert (pair.settle, pair.trials) == (source.settle, source.trials)


@pytest.mark.slow
def test_the_other_half_is_derived_as_well(own, tmp_path):
    out = tmp_path / "own_bio.py"
    made = write_translation(own, out, side="bio", seed=1)
    pair = ba.load(out)
    assert pair.bio == made.network
    assert pair.ann == ba.load(own).ann
    assert pair.correspondence == made.correspondence


def test_the_file_tells_every_decision(own, tmp_path):
    out = tmp_path / "own_ann.py"
    made = write_translation(own, out, side="ann", seed=1)
    text = " ".join(out.read_text("utf-8").replace("#", " ").split())
    for decision in made.decisions:
        assert decision.what in text
        assert decision.why in text
    assert "cell: valid for summed inputs from" in text


def test_a_half_is_translated_over_the_activations_of_its_stimulus(own):
    made = translate_pair(ba.load(own), "ann", method="theory", seed=1)
    (cell,) = made.validity
    weight, bias = made.network.W_in[0, 0], made.network.bias[0]
    np.testing.assert_allclose([cell.low, cell.high], bias + weight * np.array([0.1, 0.6]))


def test_conditions_of_the_stimulus_that_are_out_of_range_are_named(tmp_path):
    source, out = tmp_path / "cancelling.py", tmp_path / "cancelling_ann.py"
    source.write_text(CANCELLING, "utf-8")
    said = CliRunner().invoke(main, ["translate", str(source), "--to", "ann", "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert (
        "note: 1 of 3 conditions of the stimulus are out of the range of 'cell': 'E=0.07, I=0.07' "
        "(not a function of the sum)." in said.output
    )
    assert "Warning: 1 of 3 conditions" in out.read_text("utf-8")


def test_the_command_says_what_comes_next(own, tmp_path):
    out = tmp_path / "own_ann.py"
    said = CliRunner().invoke(main, ["translate", str(own), "--to", "ann", "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert f"bioann run {out}" in said.output
    again = CliRunner().invoke(main, ["translate", str(own), "--to", "ann", "--out", str(out)])
    assert again.exit_code == 1
    assert "nothing is overwritten" in again.output


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("own.py", OutputError, "wanted the name of a new file"),
        ("class.py", DescriptionError, "wanted a .py file whose name consists of letters"),
        ("own_ann.txt", DescriptionError, "wanted a .py file whose name consists of letters"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_done(own, name, kind, message):
    with pytest.raises(kind, match=message):
        write_translation(own, own.parent / name, side="ann", seed=1)


def test_a_pair_by_name_is_loaded_by_name_and_flags_are_told():
    half = ba.RateNetwork(units=("u",), activation=ba.activations.Tabulated((0, 1), (0, 1)))
    same = ba.Correspondence((ba.Match("c", "u"),))
    made = Translation(
        half, same, (Decision("a", 1.0, "", "b"),), (Flag("doubt", "Something is not sure."),)
    )
    text = write_pair_source("new", "old", "'old'", "ann", made)
    tree = ast.parse(text)
    assert "ba.load('old')" in text
    assert "Warning: Something is not sure." in text
    imported = {a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert {"Hz", "RateNetwork", "Tabulated", "Match", "Correspondence"} <= imported


#: A function in the place of the spiking model, one of whose channels is constant.
FUNCTION = '''"""Function: two channels."""
import numpy as np
import bioann as ba
from brian2 import ms

def respond(stimulus, rng):
    x, y = (stimulus.sel(channel=name).values for name in ("x", "y"))
    return np.maximum(1.5 * x - 0.8 * y, 0)[..., None]

def pair():
    bio = ba.FunctionModel(respond, ("out",), ("x", "y"))
    ann = ba.RateNetwork(("out",), None, [[1, -1]], channels=("x", "y"))
    return ba.Pair(
        "function", bio, ann, ba.Correspondence((ba.Match("out", "out"),)),
        stimulus=ba.steps({"x": [0.0, 0.5, 2.0], "y": [1.0, 1.0, 0.0]}, duration=400 * ms),
    )
'''


def run_translate(*words):
    return CliRunner().invoke(main, ["translate", *words])


def test_a_model_without_description_is_identified_in_the_range_of_the_stimulus(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("function.py").write_text(FUNCTION, "utf-8")
    options = ("--to", "ann", "--method", "measured", "--out", "rates.py", "--signs", "dale")
    result = run_translate("function.py", *options)
    assert result.exit_code == 0, result.output
    pair = ba.load("rates.py")
    assert pair.ann.W_in[0] == pytest.approx([1.5, -0.8], abs=1e-6)
    text = Path("rates.py").read_text("utf-8")
    assert "#   highest level of x: 2 (range that was measured)" in text
    assert "#   sign constraint: DaleColumns" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "ann"), "wanted a SpikingNetwork for method='theory'"),
        (("--to", "ann", "--method", "measured", "--stimuli", "4"), "wanted at least 7"),
        (("--to", "bio", "--trials", "3"), "None for a spiking network, which is derived"),
    ],
)
def test_options_that_do_not_fit_write_no_file(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    Path("function.py").write_text(FUNCTION, "utf-8")
    result = run_translate("function.py", *options, "--out", "rates.py")
    assert result.exit_code == 1
    assert message in result.output
    assert not Path("rates.py").exists()
