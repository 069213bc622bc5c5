"""Other libraries beside bioann: rows from a stand-in library, reasons, and the report."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import bioann as ba
from bioann.analyses import peers, peers_converters, peers_environments
from bioann.analyses.peers_converters import STEPS, Classifier, convert_all, convert_with_library
from bioann.analyses.peers_environments import PeerEnvironment, prepare_environment, run_command
from bioann.analyses.peers_report import ASSUMPTIONS, build_peers_report
from bioann.reporting.html import render_html

N_IMAGES = 12
#: A library that errs on the first image until the last step; it gets and returns what others do.
STAND_IN = """
import json, sys
import numpy as np
arrays = np.load(sys.argv[2])
logits = np.maximum(arrays["x"].reshape(len(arrays["x"]), -1) @ arrays["W1"].T + arrays["b1"], 0)
logits = logits @ arrays["W2"].T + arrays["b2"]
choices = np.tile(logits.argmax(axis=1), (len(arrays["steps"]), 1))
choices[:-1, 0] = (choices[-1, 0] + 1) % 10
print("a line that is not the result")
print(json.dumps({
    "version": "9.9", "logit_error": float(abs(logits - arrays["logits"]).max()),
    "choices": choices.tolist(), "spikes": 7.5, "conversion_s": 0.5, "run_s": 6.0,
}))
"""


class LocalEnvironment(PeerEnvironment):
    """An environment whose Python is the one that runs the tests."""

    @property
    def python(self):
        return Path(sys.executable)


@pytest.fixture
def classifier():
    rng = np.random.default_rng(1)
    layers = (
        ba.layers.Flatten(),
        ba.layers.Dense(rng.normal(size=(5, 64)), 0.1),
        ba.layers.Dense(rng.normal(size=(10, 5)), -0.1, "linear"),
    )
    network = ba.LayeredNetwork(layers, shape=(1, 8, 8))
    images = xr.Dataset(
        {
            "input": (("sample", "map", "row", "column"), rng.uniform(0, 1, (N_IMAGES, 1, 8, 8))),
            "target": ("sample", np.arange(N_IMAGES) % 10),
        }
    )
    return Classifier("dense", 0, network, images, images)


@pytest.fixture
def make_library(monkeypatch, tmp_path):
    """Make a library of a script, under the name of one that can be asked for."""

    def make(script, name="sinabs"):
        path = tmp_path / "stand_in.py"
        path.write_text(script)
        environment = LocalEnvironment("stand-in", "local", (), "json", str(path))
        monkeypatch.setitem(peers_converters.ENVIRONMENTS, name, environment)
        return name

    return make


def convert(classifier, *names):
    return convert_all(
        [classifier], names, install=False, engine="numpy", report_progress=lambda name: None
    )


def test_a_library_gets_the_network_and_its_decisions_are_compared(classifier, make_library):
    conversion = convert_with_library(make_library(STAND_IN), classifier)
    ann = classifier.network.predict(classifier.held_out.input.values).argmax(axis=1)
    is_correct = ann == classifier.held_out.target.values
    assert conversion.converter == "sinabs 9.9"
    assert (conversion.correct == is_correct).all()
    assert not conversion.lost.any()
    assert conversion.equal.shape == (len(STEPS), N_IMAGES)
    assert conversion.equal[-1].all()
    assert conversion.equal[:-1].sum() == (len(STEPS) - 1) * (N_IMAGES - 1)
    assert (conversion.spikes, conversion.run_s) == (7.5, 6.0 / N_IMAGES)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; sys.exit('no spiking\\nlayer')", "it failed on the dense network: layer"),
        ("print('nothing')", "its output has no result in the last line"),
        ("", "its output has no result in the last line"),
        ("import sys; sys.exit(3)", "exit code 3"),
        (STAND_IN.replace('+ arrays["b2"]', ""), "differs from the trained one by 0.1"),
    ],
)
def test_a_library_that_fails_is_a_row_with_its_reason(classifier, make_library, script, reason):
    conversions, reasons = convert(classifier, make_library(script))
    assert not conversions
    assert reason in reasons["sinabs"]
    assert "\n" not in reasons["sinabs"]


def test_nothing_is_installed_unless_it_is_asked_for(classifier, monkeypatch, tmp_path):
    monkeypatch.setattr(peers_environments, "find_environments_folder", lambda: tmp_path / "peers")

    def fail(*arguments, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", fail)
    conversions, reasons = convert(classifier, "SpikingJelly", "sinabs", "NengoDL", "snnTorch")
    assert not conversions
    assert all("--install" in reasons[name] for name in ("SpikingJelly", "sinabs", "NengoDL"))
    assert "no conversion" in reasons["snnTorch"]
    assert not (tmp_path / "peers").exists()


def test_an_installation_that_fails_names_what_and_why(monkeypatch, tmp_path):
    monkeypatch.setattr(peers_environments, "find_environments_folder", lambda: tmp_path)
    calls = []

    def refuse(command, limit_s):
        calls.append([str(argument) for argument in command])
        return "", "No matching distribution found for old==1" if "old==1" in calls[-1] else ""

    monkeypatch.setattr(peers_environments, "run_command", refuse)
    environment = PeerEnvironment("old", "old", (("new",), ("old==1",)), "old", "side.py")
    reason = prepare_environment(environment, install=True)
    assert reason.startswith("old==1 could not be installed for Python 3.")
    assert reason.endswith("No matching distribution found for old==1")
    assert [call[1:3] for call in calls] == [["-m", "venv"], ["-I", "-m"], ["-I", "-m"]]


def test_an_environment_that_works_is_not_installed_again(monkeypatch):
    environment = LocalEnvironment("json", "local", (("json",),), "json", "side.py")
    monkeypatch.setattr(peers_environments, "_install", lambda environment: "installed again")
    assert prepare_environment(environment, install=True) == ""


def test_a_folder_that_cannot_be_made_is_a_reason(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(
        peers_environments, "find_environments_folder", lambda: tmp_path / "file" / "peers"
    )
    environment = PeerEnvironment("json", "json", (), "json", "side.py")
    assert "could not be written" in prepare_environment(environment, install=True)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ((sys.executable, "-c", "print(1)"), ""),
        (("/no/such/python",), "No such file"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "it took longer than 0 s"),
    ],
)
def test_a_command_is_its_output_or_an_error_of_one_line(command, error):
    output, message = run_command(command, 0.4 if "sleep" in command[-1] else 60)
    assert error in message
    assert bool(message) == bool(error)
    assert output == ("" if error else "1\n")


def test_pips_reason_is_the_one_that_it_calls_an_error():
    code = "import sys; sys.exit('ERROR: No matching distribution\\nnotice: a new release')"
    assert run_command((sys.executable, "-c", code), 60)[1] == "No matching distribution"


def make_rows(classifier, make_library):
    conversions, reasons = convert(
        classifier, make_library(STAND_IN), "snnTorch", *peers_converters.RECIPES
    )
    return peers.summarise_conversions(conversions), reasons


def test_a_summary_is_over_seeds(classifier, make_library):
    conversions, _ = convert(classifier, make_library(STAND_IN))
    (first,) = conversions
    wrong = dataclasses.replace(
        first, equal=np.zeros_like(first.equal), lost=np.ones(N_IMAGES), spikes=8.5
    )
    (row,) = peers.summarise_conversions([first, wrong])
    assert row["seeds"] == 2
    assert row["agreement"]["mean"] == row["lost_points"]["mean"] == 50.0
    assert row["agreement_over_time"]["low"][-1] == 0.0
    assert row["agreement_over_time"]["high"][-1] == 100.0
    assert row["spikes"] == 8.0


def test_the_report_has_a_row_for_each_conversion_and_a_reason_for_the_others(
    classifier, make_library
):
    rows, reasons = make_rows(classifier, make_library)
    page = render_html(build_peers_report(rows, reasons, 1, N_IMAGES))
    for text in ("sinabs 9.9", "balanced (Diehl 2015)", "one cell excites and inhibits", "snnTorch",
                 "has no conversion", "above 2e+01 % only"):  # fmt: skip
        assert text in page


def test_a_report_without_any_conversion_builds():
    page = render_html(build_peers_report([], {"sinabs": "it is not installed"}, 1, N_IMAGES))
    assert "it is not installed" in page


def test_every_conversion_states_its_assumptions():
    assert set(ASSUMPTIONS) | set(peers_converters.WITHOUT_CONVERTER) == set(
        peers_converters.CONVERTERS
    )


def test_the_command_prints_rows_and_reasons(classifier, make_library, monkeypatch, tmp_path):
    name = make_library(STAND_IN)
    monkeypatch.setattr(peers, "train_all", lambda kinds, seeds: [classifier])
    monkeypatch.setattr(peers, "CONVERTERS", (name, "snnTorch"))
    result = CliRunner().invoke(peers.main, ["--out", str(tmp_path), "--json", "--seeds", "1"])
    assert result.exit_code == 0, result.output
    numbers = json.loads(result.stdout)
    assert numbers["rows"][0]["converter"] == "sinabs 9.9"
    assert list(numbers["not_compared"]) == ["snnTorch"]
    assert {path.name for path in tmp_path.glob("peers.*")} == {"peers.html", "peers.pdf"}
