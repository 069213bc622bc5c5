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

from bioann.ann.interop import size_limits, weight_files
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.read_onnx import from_onnx
from bioann.ann.interop.weight_files import read_weights
from bioann.ann.interop.weights_from_file import weights_from_file
from bioann.base.errors import ForeignFileError

RNG = np.random.default_rng(5)
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

    @pytest.mark.usefixtures("little_memory")
    def test_a_small_file_cannot_unpack_to_a_large_one(self, path):
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("W.npy", "w") as file,
        ):
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f4", "fortran_order": False, "shape": (10_000_000,)}
            )
            for _ in range(40):
                file.write(bytes(1_000_000))
        with pytest.raises(
            ForeignFileError, match=r"at most 100 times the size of the file, 0\.03"
        ):
            read_weights(path)

    @pytest.mark.usefixtures("little_memory")
    def test_all_headers_are_checked_before_any_array(self, path, monkeypatch):
        np.savez(path, W=np.ones(3), V=np.array(["text"]))
        read_array = pytest.fail
        monkeypatch.setattr(weight_files, "_read_npy", lambda *_: read_array("read"))
        with pytest.raises(
            ForeignFileError, match="array 'V': wanted finite real numbers, got type"
        ):
            read_weights(path)

    def test_one_name_for_two_arrays_is_refused(self, path):
        np.savez(path, W=np.ones(3))
        content = io.BytesIO()
        np.save(content, np.zeros(3))
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("W.npy", content.getvalue())
        with pytest.raises(
            ForeignFileError, match="array 'W': wanted one array of that name, got 2"
        ):
            read_weights(path)

    @pytest.mark.parametrize(
        "values",
        [
            np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(6, dtype=">f8"),
            np.arange(6, dtype=">i4"), np.float16([1.5, -2]), np.array(3.0), np.ones((0, 4)),
            np.longdouble([1.25]), np.arange(3, dtype="u8"),
        ],
    )  # fmt: skip
    def test_every_way_to_store_numbers_is_read(self, path, values):
        np.savez_compressed(path, W=values)
        (array,) = read_weights(path).values()
        assert array.dtype == float
        np.testing.assert_array_equal(array, values.astype(float))
        assert array.shape == values.shape

    def test_numbers_count_as_the_floats_that_they_become(self, path, monkeypatch):
        np.savez(path, W=np.ones(1000, "f2"))
        monkeypatch.setattr(size_limits, "MAX_BYTES", 5000)
        with pytest.raises(ForeignFileError, match=r"as 64-bit floats: wanted at most 5e-06 GB"):
            read_weights(path)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([1.0, np.nan], r"array 'W': .*got 1 NaN or infinite values, the first at \[1\]"),
            ([[1j]], "got type complex128"),
            (["relu"], "got type <U4"),
            ([True], "got type bool"),
            ([np.longdouble("1e400")], "NaN or infinite"),
        ],
    )
    def test_what_is_no_finite_number_is_named(self, path, values, message):
        np.savez(path, W=np.array(values))
        with pytest.raises(ForeignFileError, match=message):
            read_weights(path)

    def test_a_file_with_turned_bits_is_read_or_an_error(self, path):
        np.savez(path, W=np.arange(12.0).reshape(3, 4), b=np.ones(3))
        whole = path.read_bytes()
        rng = np.random.default_rng(1)
        for _ in range(100):
            broken = bytearray(whole)
            broken[rng.integers(len(whole))] ^= rng.integers(1, 256)
            path.write_bytes(broken)
            with contextlib.suppress(ForeignFileError):
                for name, array in read_weights(path).items():
                    if name in "Wb":  # a checksum guards the numbers, not the name
                        assert np.isfinite(array).all()


class TestSafetensors:
    @pytest.fixture
    def path(self, tmp_path):
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

    def test_bfloat16_is_the_upper_half_of_a_float(self, path):
        values = np.float32([1.5, -0.0078125, 3e38])
        upper = (values.view("<u4") >> 16).astype("<u2")
        self.write(
            path, {"W": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}, upper.tobytes()
        )
        np.testing.assert_allclose(read_weights(path)["W"], values, rtol=2**-8)
        self.write(
            path, {"W": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\x80\x7f"
        )
        with pytest.raises(ForeignFileError, match="array 'W': wanted finite real numbers"):
            read_weights(path)

    @pytest.mark.parametrize(
        ("header", "message"),
        [
            ('{"W": {"dtype": "U8", "shape": [4]}}', "KeyError"),
            ('{"W": 3}', "complete file"),
            ("[1]", "complete file"),
            ("{" * 5000, "complete file"),
            ('{"W": {"dtype": "I8", "shape": [1.5], "data_offsets": [0, 4]}}', "shape"),
            ('{"W": {"dtype": "I8", "shape": [true, 4], "data_offsets": [0, 4]}}', "shape"),
            ('{"W": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}', "type F8_E4M3"),
            ('{"W": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}', "gap or overlap"),
            (
                '{"W": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]},'
                '"W": {"dtype": "F16", "shape": [1], "data_offsets": [2, 4]}}',
                "'W' more than once",
            ),
            (
                '{"W": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},'
                '"V": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}',
                "gap or overlap",
            ),
            ('{"__metadata__": {"a": "b"}}', "gap or overlap"),
        ],
    )
    def test_a_header_that_lies_is_told(self, path, header, message):
        path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + b"1234")
        with pytest.raises(ForeignFileError, match=message):
            read_weights(path)

    def test_every_type_is_read_as_its_own_library_wrote_it(self, path):
        library = pytest.importorskip("safetensors.numpy")
        types = ("f8", "f4", "f2", "i8", "i4", "i2", "u8", "u4", "u2")
        arrays = {t: np.arange(6).reshape(2, 3).astype(t) for t in types} | {"0": np.array(2.0)}
        library.save_file(arrays, path)
        for name, array in read_weights(path).items():
            np.testing.assert_array_equal(array, arrays[name])
        library.save_file({"e": np.zeros((0, 3), "f4")}, path)
        assert read_weights(path)["e"].shape == (0, 3)


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


class TestEightBits:
    Q = np.int8([[1, -2, 3], [4, 5, -128]])

    def read(self, folder, **arrays):
        np.savez(folder / "a.npz", **{name.replace("__", "."): a for name, a in arrays.items()})
        return read_weights(folder / "a.npz")

    @pytest.mark.parametrize(
        ("scale", "factors"),
        [
            (np.float32(0.5), 0.5),
            ([0.5, 2], [[0.5], [2]]),
            ([1, 2, 3], [[1, 2, 3]]),
            ([[0.5], [2]], [[0.5], [2]]),
        ],
    )
    def test_integers_are_multiplied_by_their_scale(self, tmp_path, scale, factors):
        weights = self.read(
            tmp_path, fc__weight=self.Q, fc__weight_scale=scale, fc__bias=np.ones(2)
        )
        assert list(weights) == ["fc.weight", "fc.bias"]
        np.testing.assert_allclose(weights["fc.weight"], self.Q * np.array(factors, float))

    def test_a_zero_point_is_subtracted(self, tmp_path):
        integers = (self.Q.astype(int) + 128).astype(np.uint8)
        weights = self.read(tmp_path, W=integers, W_scale=[0.5], W_zero_point=np.uint8([128]))
        np.testing.assert_allclose(weights["W"], self.Q * 0.5)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"W": Q}, "array 'W': wanted the scale of its 8-bit integers, an array 'W_scale'"),
            ({"W": Q.astype("u1"), "W_scale": np.ones(1)}, "the zero point of its 8-bit"),
            (
                {"W": Q, "W_scale": np.ones(5)},
                r"array 'W_scale': wanted one number, or one per row",
            ),
            ({"W": np.eye(2, dtype="i1"), "W_scale": np.ones(2)}, r"\(2,\), which fits both"),
            ({"l__qweight": np.ones((2, 3), "i4")}, "got packed integers of type int32"),
        ],
    )
    def test_what_is_missing_is_named(self, tmp_path, arrays, message):
        with pytest.raises(ForeignFileError, match=message):
            self.read(tmp_path, **arrays)


@pytest.mark.parametrize("name", ["a.NPZ", "a.SafeTensors", "a.Onnx"])
def test_endings_are_read_in_any_case(tmp_path, name, maker):
    path = tmp_path / name
    W = RNG.normal(size=(2, 3))
    if name == "a.NPZ":
        with path.open("wb") as file:
            np.savez(file, W=W)
    elif name == "a.Onnx":
        maker.path = path
        maker.save([("MatMul", "x W", "y", {})], {"W": W.T}, [None, 3])
    else:
        pytest.importorskip("safetensors.numpy").save_file({"W": W}, path)
    (matrix,) = weights_from_file(path)
    np.testing.assert_array_equal(matrix.values, W)


@pytest.mark.parametrize("ending", ["npz", "safetensors", "onnx"])
def test_only_regular_files_are_opened(tmp_path, ending):
    pipe, folder, device = (tmp_path / f"{name}.{ending}" for name in ("pipe", "folder", "device"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    kinds = {pipe: "a named pipe", folder: "a folder", device: "a device"}
    for path, kind in kinds.items():
        with pytest.raises(ForeignFileError, match=f"wanted a regular file, got {kind}"):
            weights_from_file(path)
    unsized = tmp_path / f"unsized.{ending}"
    unsized.symlink_to("/proc/self/status")
    with pytest.raises(ForeignFileError, match="wanted 0 bytes, its size, got more"):
        weights_from_file(unsized)


def test_a_file_that_is_not_there_is_told(tmp_path):
    for name in ("a.npz", "a.safetensors", "a.onnx"):
        read = from_onnx if name.endswith("onnx") else read_weights
        with pytest.raises(ForeignFileError, match="No such file"):
            read(tmp_path / name)
