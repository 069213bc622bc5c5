"""A file from elsewhere cannot run code, take memory for what it does not hold, or read elsewhere.

Each file here is one that would do so in a careless reader.
"""

import contextlib
import io
import json
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from bioann.ann.interop import size_limits
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.read_onnx import from_onnx
from bioann.ann.interop.weight_files import read_weights
from bioann.ann.interop.weights_from_file import weights_from_file
from bioann.base.errors import ForeignFileError

#: What reading may take beside the few kilobytes of these files: far less than what they claim.
LITTLE = 8e6


@pytest.fixture
def little_memory():
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LITTLE


class Evil:
    """Runs code when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def npz(path, header, data=b""):
    """Write an archive with one array whose header is given as text."""
    text = header.encode().ljust(118 + 64 * (len(header) // 64)) + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text))
        archive.writestr("W.npy", start + text + data)
    path.write_bytes(buffer.getvalue())
    return path


def header(descr="<f8", shape="(3,)"):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"


class TestArchives:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "weights.npz"

    def test_objects_are_not_unpickled(self, path, tmp_path):
        marker = tmp_path / "ran"
        np.savez(path, W=np.array([Evil(marker)], dtype=object))
        with pytest.raises(ForeignFileError, match="Python objects, which could run code"):
            read_weights(path)
        assert not marker.exists()

    def test_a_header_is_no_code(self, path, tmp_path):
        marker = tmp_path / "ran"
        npz(path, f"__import__('os').mkdir({str(marker)!r})")
        with pytest.raises(ForeignFileError, match="wanted a NumPy array"):
            read_weights(path)
        assert not marker.exists()

    @pytest.mark.parametrize("text", ["(" * 3000, "{" + "'a':" * 999, "\0", "9" * 5000])
    def test_garbage_for_a_header_is_an_error(self, path, text):
        npz(path, text)
        with pytest.raises(ForeignFileError):
            read_weights(path)

    @pytest.mark.parametrize("shape", ["(10000000, 10000000)", "(4,)", "(-3,)", "(-1, -3)"])
    @pytest.mark.usefixtures("little_memory")
    def test_a_shape_must_be_what_is_there(self, path, shape):
        npz(path, header(shape=shape), b"\0" * 24)
        with pytest.raises(ForeignFileError):
            read_weights(path)

    @pytest.mark.usefixtures("little_memory")
    def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(self, path, monkeypatch):
        monkeypatch.setattr(size_limits, "MAX_BYTES", 10_000_000)
        buffer = io.BytesIO()
        packed = zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED)
        with packed as archive, archive.open("W.npy", "w") as file:
            for _ in range(200):
                file.write(b"\0" * 100_000)
        assert len(buffer.getvalue()) < 50_000
        path.write_bytes(buffer.getvalue())
        with pytest.raises(ForeignFileError, match=r"unpacked: wanted at most 0\.01 GB"):
            read_weights(path)

    def test_a_cut_off_file_is_told(self, path):
        np.savez(path, W=np.eye(30))
        whole = path.read_bytes()
        for n in (0, 5, 100, len(whole) // 2, len(whole) - 10):
            path.write_bytes(whole[:n])
            with pytest.raises(ForeignFileError, match=r"wanted a complete \.npz file"):
                read_weights(path)

    def test_turned_bits_are_told(self, path):
        np.savez(path, W=np.arange(100.0))
        broken = bytearray(path.read_bytes())
        broken[400] ^= 255
        path.write_bytes(broken)
        with pytest.raises(ForeignFileError, match="Bad CRC-32"):
            read_weights(path)

    @pytest.mark.parametrize("values", [["a", "b"], [1j], [np.nan], [np.inf]])
    def test_only_finite_real_numbers_are_weights(self, path, values):
        np.savez(path, W=np.array(values))
        with pytest.raises(ForeignFileError, match="array 'W'"):
            read_weights(path)


class TestSafetensors:
    @pytest.fixture
    def path(self, tmp_path):
        pytest.importorskip("safetensors")
        return tmp_path / "weights.safetensors"

    def write(self, path, entries, data):
        text = json.dumps(entries).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)

    @pytest.mark.usefixtures("little_memory")
    @pytest.mark.parametrize(
        "entry",
        [
            {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]},
            {"dtype": "F32", "shape": [1], "data_offsets": [0, 4000]},
            {"dtype": "F32", "shape": [2**31], "data_offsets": [0, 2**33]},
            {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
            {"dtype": "O", "shape": [1], "data_offsets": [0, 4]},
        ],
    )
    def test_a_header_must_be_what_is_there(self, path, entry):
        self.write(path, {"W": entry}, b"1234")
        with pytest.raises(ForeignFileError, match="safetensors file"):
            read_weights(path)

    @pytest.mark.usefixtures("little_memory")
    @pytest.mark.parametrize("start", [b"", b"123", struct.pack("<Q", 2**60) + b"{}"])
    def test_a_broken_beginning_is_told(self, path, start):
        path.write_bytes(start)
        with pytest.raises(ForeignFileError, match="safetensors file"):
            read_weights(path)


class TestOnnx:
    EYE = np.eye(3)

    def good(self, maker):
        nodes = [("MatMul", "x W", "a", {}), ("Relu", "a", "y", {})]
        return maker.save(nodes, {"W": self.EYE}, [None, 3])

    def changed(self, maker, change):
        """Save the good file with something changed in its protocol buffer."""
        onnx = pytest.importorskip("onnx")
        model = onnx.load(str(self.good(maker)))
        change(model)
        maker.path.write_bytes(model.SerializeToString())
        return maker.path

    def refused(self, path, match):
        with pytest.raises(ForeignFileError, match=match):
            from_onnx(path)

    def test_a_cut_off_file_is_told(self, maker):
        whole = self.good(maker).read_bytes()
        for n in (0, 1, 10, len(whole) // 2, len(whole) - 1):
            maker.path.write_bytes(whole[:n])
            self.refused(maker.path, "wanted (a complete file|a graph with nodes and outputs)")

    @pytest.mark.parametrize("content", [b"garbage" * 100, b"\x3a" * 5000, b"PK\3\4", b"\x80\x04."])
    def test_another_kind_of_file_is_told(self, maker, content):
        maker.path.write_bytes(content)
        self.refused(maker.path, "ONNX file")

    @pytest.mark.usefixtures("little_memory")
    @pytest.mark.parametrize("dims", [[10**6, 10**6], [2**62, 2**62], [-3, -3], [9], [0, 3]])
    def test_a_shape_must_be_what_is_there(self, maker, dims):
        def claim(model):
            del model.graph.initializer[0].dims[:]
            model.graph.initializer[0].dims.extend(dims)

        self.refused(self.changed(maker, claim), "tensor 'W'|weights of shape")

    @pytest.mark.usefixtures("little_memory")
    def test_the_same_for_numbers_that_are_listed(self, maker):
        def claim(model):
            tensor = model.graph.initializer[0]
            tensor.ClearField("raw_data")
            tensor.double_data.extend([1.0] * 8)  # one is missing

        self.refused(self.changed(maker, claim), "as many bytes as its shape")

    @pytest.mark.usefixtures("little_memory")
    def test_an_input_too_large_to_name_its_numbers_is_refused(self, maker):
        nodes = [("Conv", "x K", "a", {}), ("Relu", "a", "y", {})]
        path = maker.save(nodes, {"K": np.ones((1, 1, 1, 1))}, [1, 1, 10**6, 10**6])
        self.refused(path, "input: .*at most 1e.07 numbers")
        wide = [("Conv", "x K", "a", {"pads": [10**6] * 4}), ("Relu", "a", "y", {})]
        path = maker.save(wide, {"K": np.ones((1, 1, 1, 1))}, [1, 1, 3, 3])
        self.refused(path, "Conv2d: .*at most 1e.07 numbers")

    @pytest.mark.parametrize(
        "attributes", [{"strides": [0, 0]}, {"strides": [-1, 1]}, {"pads": [-1] * 4}]
    )
    def test_sizes_that_mean_nothing_are_refused(self, maker, attributes):
        path = maker.save(
            [("Conv", "x K", "y", attributes)], {"K": np.ones((1, 1, 2, 2))}, [1, 1, 4, 4]
        )
        self.refused(path, "ONNX file")

    def test_a_loop_of_operators_is_refused(self, maker):
        path = maker.save(
            [("MatMul", "a W", "y", {}), ("Identity", "y", "a", {})], {"W": self.EYE}, [1, 3]
        )
        self.refused(path, "got a loop")

    @pytest.mark.usefixtures("little_memory")
    def test_operators_nested_without_end_are_refused(self, maker):
        # Field 7 of ModelProto is the graph; a graph in a graph in a graph ...
        content = b""
        for _ in range(2000):
            size = len(content)
            varint = bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14 & 127])
            content = b"\x0a" + varint + content
        maker.path.write_bytes(
            b"\x3a" + bytes([len(content) & 127 | 128, len(content) >> 7]) + content
        )
        self.refused(maker.path, "ONNX file")

    def external(self, maker, **entries):
        """Keep the weights in another file."""

        def move(model):
            tensor = model.graph.initializer[0]
            tensor.ClearField("raw_data")
            tensor.data_location = 1
            for key, value in entries.items():
                tensor.external_data.add(key=key, value=str(value))

        return self.changed(maker, move)

    def test_weights_beside_the_file_are_read(self, maker):
        (maker.path.parent / "weights.bin").write_bytes(b"1234" + self.EYE.tobytes())
        path = self.external(maker, location="weights.bin", offset=4, length=72)
        np.testing.assert_array_equal(read_onnx_graph(path).constants["W"], self.EYE)

    @pytest.mark.parametrize(
        "where", ["../weights.bin", "{}/weights.bin", "sub/../../weights.bin", "link"]
    )
    def test_weights_outside_the_folder_are_not_read(self, maker, where):
        outside = maker.path.parent / "weights.bin"
        outside.write_bytes(self.EYE.tobytes())
        maker.path = maker.path.parent / "inner" / "network.onnx"
        maker.path.parent.mkdir()
        (maker.path.parent / "link").symlink_to(outside)
        path = self.external(maker, location=where.format(outside.parent))
        self.refused(path, "inside the folder of the ONNX file, got .*, outside")

    @pytest.mark.usefixtures("little_memory")
    @pytest.mark.parametrize(
        "entries",
        [
            {"length": 10**12},
            {"offset": 8, "length": 72},
            {"offset": 10**12},
            {"offset": -8},
            {"offset": "0x0"},
            {"length": -1},
        ],
    )
    def test_weights_elsewhere_must_be_what_is_there(self, maker, entries):
        (maker.path.parent / "weights.bin").write_bytes(self.EYE.tobytes())
        path = self.external(maker, location="weights.bin", **entries)
        self.refused(path, "tensor 'W'")

    @pytest.mark.parametrize("location", ["", "missing.bin", ".", "/dev/zero", "/etc/hostname"])
    def test_weights_that_are_no_file_are_told(self, maker, location):
        self.refused(self.external(maker, location=location), "inside the folder")

    def test_a_file_with_turned_bits_is_a_network_or_an_error(self, maker):
        whole = self.good(maker).read_bytes()
        rng = np.random.default_rng(0)
        for _ in range(300):
            broken = bytearray(whole)
            for at in rng.integers(len(whole), size=rng.integers(1, 4)):
                broken[at] = rng.integers(256)
            maker.path.write_bytes(broken)
            for read in (from_onnx, weights_from_file):
                with contextlib.suppress(ForeignFileError):
                    read(maker.path)

    def test_text_for_weights_is_refused(self, maker):
        def change(model):
            model.graph.initializer[0].data_type = 8

        self.refused(self.changed(maker, change), "got type STRING")

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_weights_that_are_not_finite_are_refused_by_name(self, maker, value):
        W = self.EYE.copy()
        W[1, 2] = value
        nodes = [("MatMul", "x W", "a", {}), ("Relu", "a", "y", {})]
        path = maker.save(nodes, {"W": W}, [None, 3])
        for read in (from_onnx, weights_from_file):
            with pytest.raises(ForeignFileError, match=r"tensor 'W': .*got 1 of 9 NaN or infinite"):
                read(path)

    @pytest.mark.parametrize("kind", ["FLOAT16", "BFLOAT16", "INT8", "UINT16"])
    @pytest.mark.parametrize("raw", [True, False])
    def test_numbers_of_every_type_are_read(self, maker, kind, raw):
        from onnx import TensorProto, helper

        def change(model):
            number = getattr(TensorProto, kind)
            values = [1.0, 0.5, 2.0, 64.0] if "FLOAT" in kind else [1, 0, 2, 64]
            tensor = helper.make_tensor("W", number, [2, 2], values)
            if raw:
                dtype = {"FLOAT16": "<f2", "BFLOAT16": "<u2", "INT8": "i1", "UINT16": "<u2"}[kind]
                numbers = np.array(values, dtype="<f4")
                if kind == "BFLOAT16":
                    content = (numbers.view("<u4") >> 16).astype("<u2")
                else:
                    content = numbers.astype(dtype)
                tensor.ClearField("int32_data")
                tensor.raw_data = content.tobytes()
            model.graph.initializer[0].CopyFrom(tensor)

        W = read_onnx_graph(self.changed(maker, change)).constants["W"]
        np.testing.assert_array_equal(W, [[1, 0.5 if "FLOAT" in kind else 0], [2, 64]])

    def test_the_ending_may_be_in_capitals(self, maker):
        path = self.good(maker).rename(maker.path.with_suffix(".ONNX"))
        assert len(weights_from_file(path)) == 1

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
    def test_only_a_regular_file_is_read(self, maker):
        os.mkfifo(maker.path)
        self.refused(maker.path, "wanted a regular file, got a named pipe")
        self.refused(maker.path.parent, "wanted a regular file")

    def test_a_file_that_is_too_large_is_not_read(self, maker, monkeypatch):
        monkeypatch.setattr(size_limits, "MAX_BYTES", 100)
        self.refused(self.good(maker), "wanted at most 1e-07 GB")


def test_a_file_that_is_not_there_is_told(tmp_path):
    for name in ("a.npz", "a.safetensors", "a.onnx"):
        read = from_onnx if name.endswith("onnx") else read_weights
        with pytest.raises(ForeignFileError, match="No such file"):
            read(tmp_path / name)
