"""Write models of PyTorch and Keras as JSON and arrays, with the outputs of these libraries.

Run with both libraries: ``python tests/ann/interop/data/write_model_fixtures.py``. The tests build
stand-ins of the same classes from it, so that they need neither library.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from keras import layers
from torch import nn

HERE = Path(__file__).parent
KERAS_FIELDS = (
    *("kernel", "bias", "recurrent_kernel", "gamma", "beta", "moving_mean", "moving_variance"),
    *("use_bias", "activation", "recurrent_activation", "padding", "strides", "dilation_rate"),
    *("groups", "data_format", "pool_size", "keepdims", "epsilon", "axis", "scale", "center"),
    *("return_sequences", "return_state", "stateful", "go_backwards", "cell", "reset_after"),
    *("negative_slope", "max_value", "threshold", "merge_mode", "forward_layer", "name"),
    *("backward_layer", "layers", "built", "target_shape", "dims", "size", "interpolation"),
)


class Archive:
    """Arrays by name, and the description that refers to them."""

    def __init__(self):
        self.arrays = {}

    def add(self, array):
        name = f"a{len(self.arrays)}"
        self.arrays[name] = np.asarray(array)
        return {"array": name}

    def describe(self, value):
        """Return a value of a field as JSON; None for what is not needed."""
        if isinstance(value, torch.Tensor):
            return self.add(value.detach().numpy())
        if isinstance(value, keras.Variable):
            return self.add(keras.ops.convert_to_numpy(value))
        if isinstance(value, (bool, int, float, str, type(None))):
            return value
        if isinstance(value, (tuple, list, torch.Size)):
            return {"items": [self.describe(item) for item in value]}
        if isinstance(value, keras.layers.Layer):
            fields = {f: getattr(value, f) for f in KERAS_FIELDS if hasattr(value, f)}
            return self.describe_object(value, fields)
        if isinstance(value, nn.Module):
            fields = {k: v for k, v in vars(value).items() if not k.startswith("_")}
            fields |= value._parameters | value._buffers | {"modules": list(value._modules.items())}
            return self.describe_object(value, fields)
        if callable(value):
            return {"function": [value.__module__, value.__name__]}
        return None

    def describe_object(self, value, fields):
        described = {k: self.describe(v) for k, v in fields.items()}
        return {"class": [type(value).__module__, type(value).__name__], "fields": described}


def make_torch_models():
    torch.manual_seed(0)
    conv = nn.Sequential(
        nn.Conv2d(2, 3, (3, 2), padding=(1, 0), padding_mode="circular"), nn.BatchNorm2d(3),
        nn.PReLU(3), nn.AvgPool2d(2, 2, 1, ceil_mode=True), nn.AdaptiveAvgPool2d((3, 1)),
        nn.Flatten(), nn.Linear(9, 4), nn.LayerNorm(4), nn.GELU("tanh"), nn.Softmin(1),
    )  # fmt: skip
    conv[1].running_mean.normal_()
    conv[1].running_var.uniform_(0.5, 2)
    sequence = nn.Sequential(
        nn.Conv1d(3, 4, 3, stride=2, dilation=2), nn.GroupNorm(2, 4), nn.CELU(0.7),
        nn.ConvTranspose1d(4, 2, 3, stride=2), nn.MaxPool1d(2), nn.Flatten(),
    )  # fmt: skip
    return {
        "torch convolution": (conv, (2, 5, 6)),
        "torch sequence": (sequence, (3, 11)),
        "torch gates": (nn.LSTM(3, 2, num_layers=2, batch_first=True, bidirectional=True), (4, 3)),
        "torch units": (nn.GRU(3, 2, num_layers=2), (3,)),
    }


def make_keras_models():
    keras.utils.set_random_seed(0)
    image = keras.Sequential([
        keras.Input((6, 5, 2)), layers.Conv2D(3, (3, 2), strides=2, padding="same"),
        layers.BatchNormalization(), layers.ReLU(2.0, 0.1), layers.MaxPooling2D((2, 1)),
        layers.Permute((3, 1, 2)), layers.Flatten(), layers.Dense(4, "gelu"), layers.Dropout(0.5),
        layers.Dense(3, "softmax"),
    ])  # fmt: skip
    image.layers[1].moving_mean.assign([0.3, -0.2, 0.1])
    image.layers[1].moving_variance.assign([0.5, 2.0, 1.5])
    before = layers.GRU(3, reset_after=False, return_sequences=True)
    units = keras.Sequential([keras.Input((4, 2)), before, layers.SimpleRNN(2, activation="relu")])
    both = layers.Bidirectional(layers.LSTM(2), merge_mode="ave")
    for layer in (before, both.forward_layer):
        layer.cell.bias_initializer = keras.initializers.RandomNormal()
    gates = keras.Sequential([keras.Input((4, 2)), both])
    return {
        "keras image": (image, (6, 5, 2)),
        "keras units": (units, (4, 2)),
        "keras gates": (gates, (4, 2)),
    }


def main():
    archive, contents = Archive(), {}
    rng = np.random.default_rng(0)
    for name, (model, shape) in (make_torch_models() | make_keras_models()).items():
        steps = (5,) if name == "torch units" else ()
        x = rng.normal(size=(2, *steps, *shape))
        if name.startswith("torch"):
            data = torch.as_tensor(np.swapaxes(x, 0, 1) if steps else x)
            output = model.eval().double()(data)
            y = (output[0] if isinstance(output, tuple) else output).detach().numpy()
            y = np.swapaxes(y, 0, 1) if steps else y
        else:
            y = keras.ops.convert_to_numpy(model(x.astype("float32"), training=False))
        contents[name] = {
            "model": archive.describe(model), "shape": shape,
            "x": archive.add(x), "y": archive.add(y),
        }  # fmt: skip
    text = json.dumps(contents).encode()
    np.savez_compressed(
        HERE / "models.npz", contents=np.frombuffer(text, np.uint8), **archive.arrays
    )


if __name__ == "__main__":
    main()
