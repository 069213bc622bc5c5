"""Spikes to Neo and back, with stand-ins for Neo's classes and with Neo itself."""

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError, MissingExtraError
from bioann.recordings.recording import SPIKE_FIELDS

NETWORK = ba.SpikingNetwork(
    (ba.Population("a", 3, "glutamate"), ba.Population("silent", 2, "glutamate")),
    (ba.Afferent("x", "a", 1 * nS, fibres=20),),
)
STIMULUS = ba.steps({"x": [0.5, 1.0]}, duration=100 * ms)


@pytest.fixture(scope="module")
def recording():
    recording = NETWORK.run(STIMULUS, trials=3, seed=1)
    assert recording.sizes["spike"] > 100
    return recording


class StandInTrain:
    """Stands for neo.SpikeTrain, whose further keyword arguments are annotations."""

    def __init__(self, times, *, units, t_stop, name, **annotations):
        assert units == "s"
        self.times, self.t_start, self.t_stop = times, 0.0, t_stop
        self.name, self.annotations = name, annotations


@pytest.fixture(params=["stand-in", "neo"])
def neo(request, monkeypatch):
    if request.param == "neo":
        return pytest.importorskip("neo")
    module = ModuleType("neo")
    module.SpikeTrain = StandInTrain
    module.Segment = lambda name, **labels: SimpleNamespace(
        name=name, annotations=labels, spiketrains=[]
    )
    module.Block = lambda name: SimpleNamespace(segments=[])
    monkeypatch.setitem(sys.modules, "neo", module)
    return module


def test_spikes_come_back_from_neo(neo, recording):
    block = ba.to_neo(recording)
    assert len(block.segments) == 6
    assert [len(segment.spiketrains) for segment in block.segments] == [5] * 6
    assert block.segments[4].annotations == {"condition": "x=1", "trial": 1}
    model = ba.from_recording(block)
    assert model.sizes == NETWORK.sizes
    for field in SPIKE_FIELDS:
        np.testing.assert_allclose(model.recording[field], recording[field], atol=1e-12)


def test_names_are_enough_as_of_an_nwb_file_which_drops_annotations(neo, recording):
    block = ba.to_neo(recording)
    for item in (*block.segments, *(t for s in block.segments for t in s.spiketrains)):
        item.annotations.clear()
    assert ba.from_recording(block) == ba.from_recording(ba.to_neo(recording))


@pytest.mark.filterwarnings("ignore")  # of pynwb and hdmf
def test_the_program_of_the_docs_writes_and_reads_an_nwb_file(tmp_path, monkeypatch, capsys):
    for name in ("neo", "pynwb"):
        pytest.importorskip(name)
    page = Path(__file__).parents[2] / "docs" / "recorded_data.md"
    (program,) = re.findall(r"```py\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(compile(program, page.name, "exec"), namespace)
    written, recorded = namespace["run"]["bio"].to_dataset(), namespace["recorded"]
    assert recorded.recording.sizes["spike"] == written.sizes["spike"] > 0
    assert recorded.n_trials == 3


def test_the_model_of_a_run_is_chosen_by_its_name(recording):
    run = SimpleNamespace(children={"bio": recording})
    with pytest.raises(DescriptionError, match="node: wanted a model of the run, got 'ceiling'"):
        ba.to_neo(run, node="ceiling")


def test_a_recording_without_spikes_is_an_error(recording):
    with pytest.raises(DescriptionError, match="wanted spikes, got variables rate and n_neurons"):
        ba.to_neo(recording.drop_vars(SPIKE_FIELDS))


def test_without_neo_the_error_names_the_extra(recording, monkeypatch):
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bioann\[neo\]'"):
        ba.to_neo(recording)
