"""NIR files: what is written is what the package nir writes, and hostile files are refused."""

import gzip
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from brian2 import ms
from click.testing import CliRunner

import bioann as ba
from bioann.ann.interop import nir_files
from bioann.base.errors import DescriptionError, ForeignFileError
from bioann.cli.main import main

FOLDER = Path(__file__).parent / "data"
LINEAR = ba.RateNetwork(
    units=("a[0]", "a[1]", "b"),
    W={"b": {"a[0]": 1.5, "b": -0.5}, "a[1]": {"b": -2.0}},
    W_in=[[1.0, 0.0], [0.0, -1.0], [0.0, 0.0]],
    bias=[0.1, 0.0, 0.3],
    tau=(10 * ms, 20 * ms, 5 * ms),
    activation="linear",
    channels=("left", "right"),
)


def sort_units(network):
    """Return the weights, biases, time constants and activations by the names of units."""
    order = np.argsort(network.units)
    return (
        [network.units[i] for i in order],
        network.channels,
        network.W[np.ix_(order, order)].tolist(),
        network.W_in[order].tolist(),
        network.bias[order].tolist(),
        network.time_constants()[order].tolist(),
        [network.activation[i] for i in order],
    )


def list_layout(file):
    """Return name, type and shape of all datasets of a file."""
    layout = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            text = h5py.check_string_dtype(item.dtype) is not None
            layout[name] = ("text" if text else item.dtype.kind, item.shape)

    h5py.File(file, "r").visititems(add)
    return layout


def test_linear_units_with_time_constants_come_back_as_they_were(tmp_path):
    path = tmp_path / "linear.nir"
    ba.to_nir(LINEAR, path)
    assert sort_units(ba.from_nir(path)) == sort_units(LINEAR)


def test_layers_and_thresholds_come_back_as_rate_units(tmp_path):
    rng = np.random.default_rng(0)
    layered = ba.LayeredNetwork(
        (
            ba.layers.Dense(rng.normal(size=(4, 3)), rng.normal(size=4), "threshold"),
            ba.layers.Dense(rng.normal(size=(2, 4)), 0.5, "linear", 10 * ms),
        )
    )
    path = tmp_path / "layers.nir"
    ba.to_nir(layered, path)
    network = ba.from_nir(path)
    assert sort_units(network) == sort_units(layered.to_rate_network())
    nodes = h5py.File(path)["node/nodes"]
    types = sorted(node["type"].asstr()[()] for node in nodes.values())
    assert types == ["Affine", "Affine", "Input", "LI", "Linear", "Output", "Threshold"]


@pytest.mark.parametrize("name", ["neurons", "recurrent", "convolution"])
def test_spiking_networks_of_the_package_come_back_when_they_are_asked_for(name, tmp_path):
    file = tmp_path / f"{name}.nir"
    file.write_bytes(gzip.decompress((FOLDER / f"{name}.nir.gz").read_bytes()))
    network = ba.from_nir(file)
    ba.to_nir(network, file, spiking=True)
    units, channels, *numbers = sort_units(ba.from_nir(file))
    expected_units, expected_channels, *expected = sort_units(network)
    assert (units, channels) == (expected_units, expected_channels)
    for values, expected_values in zip(numbers[:-1], expected[:-1], strict=True):
        np.testing.assert_allclose(values, expected_values, rtol=1e-12, atol=1e-15)
    x = np.linspace(-1, 3, 9)
    for phi, expected_phi in zip(numbers[-1], expected[-1], strict=True):
        np.testing.assert_allclose(phi(x), expected_phi(x), rtol=1e-9)


def test_files_have_the_layout_that_the_package_writes(tmp_path):
    path = tmp_path / "linear.nir"
    ba.to_nir(LINEAR, path)
    layout = list_layout(path)
    packed = gzip.decompress((FOLDER / "recurrent.nir.gz").read_bytes())
    expected = list_layout(io.BytesIO(packed))
    names = {f"node/nodes/{node}/{key}" for node in ("li",) for key in ("tau", "r", "v_leak")}
    for name in ("version", "node/type", "node/nodes/li/type", "node/nodes/input/shape"):
        assert layout[name.replace("li/", "a/")][0] == expected[name][0]
    for name in names:
        assert layout[name.replace("li/", "a/")] == expected[name] == ("f", (2,))
    assert layout["node/edges"][0] == expected["node/edges"][0] == "text"
    assert layout["node/edges"][1][1] == expected["node/edges"][1][1] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"activation": ("linear", "relu", "linear")},
            r"unit 'a\[1\]': wanted .*got Relu\(\) with",
        ),
        ({"tau": None, "activation": "relu"}, r"unit 'a\[0\]'.*With spiking=True"),
        ({"activation": {"b": "tanh"}}, r"unit 'a\[0\]': wanted a unit for which NIR has a node"),
        ({"tau": None}, r"static units \['b'\]: wanted no loops"),
        ({"divisive": np.eye(3)}, "divisive weights"),
    ],
)
def test_units_that_nir_does_not_have_are_refused_by_their_names(changes, message, tmp_path):
    fields = {"units": LINEAR.units, "W": LINEAR.W, "tau": 10 * ms, "activation": "linear"}
    network = ba.RateNetwork(**{**fields, **changes})
    with pytest.raises(DescriptionError, match=message):
        ba.to_nir(network, tmp_path / "x.nir")
    assert not list(tmp_path.iterdir())


def test_only_networks_are_written(tmp_path):
    with pytest.raises(DescriptionError, match="to_nir, network: wanted a RateNetwork or a Layere"):
        ba.to_nir("network", tmp_path / "x.nir")


def write_graph(path, change):
    """Write a correct file, and change it."""
    ba.to_nir(LINEAR, path)
    with h5py.File(path, "a") as file:
        change(file["node"])


def add_external_link(node):
    node["nodes/a/r"].parent.pop("r")
    node["nodes/a/r"] = h5py.ExternalLink("/etc/hosts", "r")


def add_external_data(node):
    del node["nodes/a/r"]
    node["nodes/a"].create_dataset("r", (2,), "f8", external=[("/etc/hosts", 0, 16)])


def add_virtual_data(node):
    del node["nodes/a/r"]
    layout = h5py.VirtualLayout((2,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "r", (2,))
    node["nodes/a"].create_virtual_dataset("r", layout)


def add_own_group(node):
    node["nodes/a/again"] = node


def add_zeros(node):
    del node["nodes/a/r"]
    node["nodes/a"].create_dataset("r", (2**28,), "f8", chunks=(2**20,), compression="gzip")


def add_references(node):
    del node["nodes/a/r"]
    node["nodes/a"].create_dataset("r", (2,), h5py.ref_dtype)


def add_long_texts(node):
    text = node["nodes/a"].create_dataset("text", (2000,), h5py.string_dtype())
    text[:] = "x" * 10_000


def add_nan(node):
    node["nodes/a/tau"][0] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add_external_link, "/node/nodes/a/r: wanted data in the file itself, got a link"),
        (add_external_data, "/node/nodes/a/r: wanted data in the file .* got data of another file"),
        (add_virtual_data, "/node/nodes/a/r: wanted data in the file .* got data of another file"),
        (add_own_group, "wanted at most 100000 objects, nested at most 20 times, got more"),
        (add_zeros, "unpacked: wanted at most"),
        (add_references, "/node/nodes/a/r: wanted numbers or texts, got type object"),
        (add_long_texts, "/node/nodes/a/text: wanted at most 10000000 characters"),
        (add_nan, "/node/nodes/a/tau: wanted finite real numbers, got 1 NaN"),
    ],
)
def test_hostile_files_are_refused_by_the_place(change, message, tmp_path):
    path = tmp_path / "x.nir"
    write_graph(path, change)
    with pytest.raises(ForeignFileError, match=message):
        ba.from_nir(path)


def test_files_of_other_kinds_and_broken_ones_are_refused(tmp_path):
    path = tmp_path / "x.nir"
    path.write_bytes(b"no HDF5 at all")
    with pytest.raises(ForeignFileError, match=r"wanted an HDF5 file as nir.write\(\) writes it"):
        ba.from_nir(path)
    with h5py.File(path, "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(ForeignFileError, match=r"wanted a group 'node', got \['weights'\]"):
        ba.from_nir(path)
    ba.to_nir(LINEAR, path)
    content = path.read_bytes()
    for size in range(0, len(content), len(content) // 40):
        path.write_bytes(content[:size])
        with pytest.raises(ForeignFileError):
            ba.from_nir(path)
    with pytest.raises(ForeignFileError, match="wanted a file"):
        ba.from_nir(tmp_path / "none.nir")


def test_a_file_that_hdf5_would_read_for_ever_is_refused(tmp_path):
    path = tmp_path / "x.nir"
    ba.to_nir(LINEAR, path)
    content = bytearray(path.read_bytes())
    position = content.find(b"GCOL") + 16
    while content[position]:  # entry 0 is the free space after the texts
        length = int.from_bytes(content[position + 8 : position + 16], "little")
        position += 16 + -(-length // 8) * 8
    content[position + 8 : position + 16] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(ForeignFileError, match="texts: wanted entries inside of a collection"):
        ba.from_nir(path)


def test_the_version_of_a_file_is_that_of_the_format(tmp_path):
    path = tmp_path / "x.nir"
    ba.to_nir(LINEAR, path)
    assert h5py.File(path)["version"].asstr()[()] == nir_files.NIR_VERSION


def test_the_weights_of_a_file_are_counted_also_where_rates_cannot_express_it(tmp_path):
    path = tmp_path / "x.nir"
    path.write_bytes(gzip.decompress((FOLDER / "recurrent.nir.gz").read_bytes()))
    with h5py.File(path, "a") as file:
        del file["node/nodes/li/type"]
        file["node/nodes/li"].create_dataset("type", data="Delay", dtype=h5py.string_dtype())
    with pytest.raises(ForeignFileError, match="Delay"):
        ba.from_nir(path)
    affine, recurrent, readout = ba.interop.weights_from_file(path)
    assert (affine.layer, affine.sources, affine.recurrent) == ("affine", "input", False)
    assert (recurrent.sources, recurrent.recurrent) == ("hidden.lif", True)
    assert (readout.layer, readout.sources, readout.recurrent) == ("readout", "scale", False)
    np.testing.assert_array_equal(recurrent.values, -0.002 * (1 - np.eye(3)))


def test_the_command_line_inspects_a_file(tmp_path):
    path = tmp_path / "linear.nir"
    ba.to_nir(LINEAR, path)
    result = CliRunner().invoke(main, ["inspect", str(path)])
    assert result.exit_code == 0, result.output
    rows = [line.split()[0] for line in result.output.splitlines()[:5]]
    assert rows == ["layer", "a_input", "units_from_a", "a_from_units", "units_from_units"]
    assert "note: All weights are zero, and not counted: 'units_input'." in result.output
