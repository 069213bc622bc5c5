"""Models that PyTorch and Keras computed the outputs of: stand-ins of their classes are read.

``data/write_model_fixtures.py`` writes them. With the libraries themselves, ``make test-interop``
compares many more.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop.keras_models import from_keras
from bioann.ann.interop.torch_modules import from_torch

with np.load(Path(__file__).parent / "data" / "models.npz") as file:
    ARRAYS = dict(file)
CONTENTS = json.loads(ARRAYS.pop("contents").tobytes())


@pytest.fixture(autouse=True)
def _without_libraries(monkeypatch):
    """Let no library compute the outputs of the stand-ins, if another test has imported it."""
    for name in ("torch", "keras"):
        monkeypatch.delitem(sys.modules, name, raising=False)


class Tensor(np.ndarray):
    """An array with the methods of a tensor that are called."""

    def detach(self):
        return self

    def cpu(self):
        return self

    def double(self):
        return self.astype(float)

    def numpy(self):
        return np.asarray(self)


TORCH = type("Module", (), {"__module__": "torch.nn.modules.module"})
KERAS = type(
    "Layer", (), {"__module__": "keras.src.layers.layer", "get_config": None, "weights": ()}
)
TORCH_DEFAULTS = {"_forward_hooks": {}, "_forward_pre_hooks": {}, "_modules": {}}


def build(value):
    """Return the object that JSON describes; classes have the names of their libraries."""
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return ARRAYS[value["array"]].view(Tensor)
    if "items" in value:
        return tuple(build(item) for item in value["items"])
    if "function" in value:
        module, name = value["function"]
        return type(name, (), {"__module__": module, "__name__": name})
    module, name = value["class"]
    base = TORCH if module.startswith("torch") else KERAS
    model = type(name, (base,), {"__module__": module})()
    vars(model).update(TORCH_DEFAULTS if base is TORCH else {})
    fields = {key: build(field) for key, field in value["fields"].items()}
    if "modules" in fields:
        fields["_modules"] = dict(fields.pop("modules"))
    vars(model).update(fields)
    return model


def predict_last(network, x, y):
    """Return the outputs; of a network with a course those of the last step if `y` has none."""
    outputs = network.predict(x)
    return outputs[:, -1] if network.is_temporal and y.ndim < outputs.ndim else outputs


@pytest.mark.parametrize("name", CONTENTS)
def test_a_stored_model_has_the_outputs_of_its_library(name):
    content = CONTENTS[name]
    x, y = (ARRAYS[content[key]["array"]] for key in ("x", "y"))
    read = from_torch if name.startswith("torch") else from_keras
    network = read(build(content["model"]), shape=tuple(content["shape"]))
    # PyTorch computed in double precision, Keras in single.
    tolerance = 1e-12 if name.startswith("torch") else 2e-6
    np.testing.assert_allclose(predict_last(network, x, y), y, atol=tolerance)


def test_a_stored_model_lists_its_weights_and_has_a_chance_level():
    network = from_keras(build(CONTENTS["keras gates"]["model"]), shape=(4, 2))
    names = [name for layer in network.layers for name, _, _ in layer.list_matrices()]
    assert len(names) == 2 * 2 * 4  # both directions, from inputs and units, four gates
    shuffled = network.shuffle_signs(3, seed=1)
    x = np.ones((1, 4, 2))
    assert all(np.abs(n.predict(x) - network.predict(x)).max() > 1e-6 for n in shuffled)


KERAS_ERRORS = {
    "Lambda": ("keras.src.layers.core.lambda_layer", "model.odd: .*got a Lambda"),
    "Embedding": ("keras.src.layers.core.embedding", "model.odd: .*Dense on one-hot vectors"),
    "Mine": ("user", "model.odd: .*user.Mine, whose code is not read.*model.export"),
}


@pytest.mark.parametrize("name", KERAS_ERRORS)
def test_a_layer_of_keras_that_is_not_read_is_named(name):
    module, message = KERAS_ERRORS[name]
    model = build(CONTENTS["keras image"]["model"])
    odd = type(name, (KERAS,), {"__module__": module, "name": "odd"})()
    model.layers = (*model.layers, odd)
    with pytest.raises(ba.BioannError, match=message):
        from_keras(model, shape=(6, 5, 2))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"built": False}, "that is not built. Start it with keras.Input"),
        ({"outputs": (1, 2)}, "one output, got 2 outputs"),
    ],
)
def test_a_model_of_keras_in_another_state_is_refused(fields, message):
    model = build(CONTENTS["keras image"]["model"])
    vars(model).update(fields)
    with pytest.raises(ba.BioannError, match=message):
        from_keras(model, shape=(6, 5, 2))


def test_a_model_of_keras_needs_a_shape_and_is_no_module_of_pytorch():
    model = build(CONTENTS["keras image"]["model"])
    with pytest.raises(ba.BioannError, match=r"from_keras, shape: .*Pass shape="):
        from_keras(model)
    both = type("Sequential", (KERAS, TORCH), {"__module__": "keras.src.models.sequential"})()
    with pytest.raises(ba.BioannError, match=r"Pass it to bioann.from_keras\(model\)"):
        from_torch(both)
    with pytest.raises(ba.BioannError, match="a model of Keras, got an object of type int"):
        from_keras(3)


def test_to_torch_says_what_is_missing_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ba.BioannError, match=r"to_torch: .*'torch'.*bioann\[torch\]"):
        ba.to_torch(ba.RateNetwork("a"))
    with pytest.raises(ba.BioannError, match="a RateNetwork or a LayeredNetwork"):
        ba.to_torch({"weights": 1})
