"""ONNX's own tests of converted PyTorch models: none is read wrongly, and most are read."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import numpy_helper  # noqa: E402

from bioann.ann.interop.read_onnx import from_onnx  # noqa: E402
from bioann.base.errors import ForeignFileError  # noqa: E402

FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data"
#: Inputs with a million numbers, which take seconds: their operators are in smaller tests.
LARGE = {"test_MaxPool1d_stride_padding_dilation", "test_MaxPool2d_stride_padding_dilation"}
#: Why models are refused: part of the message.
REFUSED = {
    **dict.fromkeys(
        [
            *("AvgPool3d", "AvgPool3d_stride", "AvgPool3d_stride1_pad0_gpu_input"),
            *("Conv3d", "Conv3d_dilated", "Conv3d_dilated_strided", "Conv3d_groups"),
            *("Conv3d_no_bias", "Conv3d_stride", "Conv3d_stride_padding"),
            *("MaxPool3d", "MaxPool3d_stride", "MaxPool3d_stride_padding"),
        ],
        "of a tensor with 5 axes, not 3 or 4",
    ),
    **dict.fromkeys(["Embedding", "Embedding_sparse"], "Gather"),
}


def load_tensor(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


def test_converted_pytorch_models_are_read_right_or_refused_for_a_stated_reason():
    folders = sorted((FOLDER / "pytorch-converted").iterdir())
    if not folders:
        pytest.skip("this release of onnx has no such models")
    n_read, offenders = 0, []
    for folder in folders:
        if folder.name in LARGE:
            continue
        reason = REFUSED.get(folder.name.removeprefix("test_"))
        try:
            network = from_onnx(folder / "model.onnx")
        except ForeignFileError as error:
            if reason is None or reason not in str(error):
                offenders.append(f"{folder.name}: {error}")
            continue
        files = folder / "test_data_set_0"
        x, y = (load_tensor(files / f"{k}_0.pb") for k in ("input", "output"))
        is_single = x.shape == network.shape  # a constant for each sample makes all one input
        outputs = network.predict(x[None] if is_single else x).reshape(y.shape)
        if reason or not np.allclose(outputs, y, rtol=1e-5, atol=1e-6):
            offenders.append(f"{folder.name}: read, off by {np.abs(outputs - y).max():.2g}")
        n_read += 1
    assert not offenders, "\n".join(offenders)
    assert n_read >= 65
