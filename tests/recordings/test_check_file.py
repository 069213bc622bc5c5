"""A recording takes nothing from elsewhere, and a damaged one is an error, whatever the damage."""

import contextlib
import io
import os
import zlib

import h5py
import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import BioannError, OutputError
from bioann.recordings import check_file
from bioann.recordings.array_digests import DIGESTS, digest_arrays
from bioann.recordings.check_file import check_netcdf
from bioann.recordings.storage import SEAL_START, recording_bytes

RNG = np.random.default_rng(8)


@pytest.fixture(scope="module")
def recording():
    """The smallest thing that can be opened: three nodes of one array."""
    rates = xr.Dataset({"rate": ("time", RNG.normal(size=6))})
    names = xr.Dataset(coords={"unit": ["left", "right"]})
    tree = xr.DataTree.from_dict({"stimulus": names, "bio": rates, "ann": rates * 2})
    tree.attrs = {"seed": 1, "versions": "{}"}
    tree.attrs[DIGESTS] = digest_arrays(tree)
    return tree


@pytest.fixture(scope="module")
def content(recording):
    return recording_bytes(recording)


def build(change):
    """Return the bytes of a file with three groups and what `change` adds."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name in ("stimulus", "bio", "ann"):
            file.create_group(name)
        file["bio/rate"] = np.arange(3.0)
        change(file)
    return buffer.getvalue()


def add_external(file):
    file.create_dataset("bio/secret", (20,), "S1", external=[("/etc/passwd", 0, 20)])


def add_view(file):
    layout = h5py.VirtualLayout((20,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (20,), "u1")
    file.create_virtual_dataset("bio/view", layout)


def add_bomb(file):
    array = file.create_dataset("bio/zeros", (10,), "f8", chunks=(10,), compression="gzip")
    array.id.write_direct_chunk((0,), zlib.compress(bytes(1_000_000), 9))


def add_two_filters(file):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((10,))
    properties.set_deflate(9)
    properties.set_deflate(9)
    space = h5py.h5s.create_simple((10,))
    h5py.h5d.create(file.id, b"twice", h5py.h5t.NATIVE_DOUBLE, space, properties)


def link(name, target):
    return lambda file: file.__setitem__(name, target)


def loop(file):
    file["bio/loop"] = file["bio"]


def dataset(shape, dtype, **options):
    return lambda file: file.create_dataset("bio/x", shape, dtype, **options)


HOSTILE = {
    "data of another file": (add_external, "'/bio/secret': wanted data in this file, got data in"),
    "a view of another file": (add_view, "'/bio/view': wanted data in this file, got a view"),
    "link to another file": (link("bio/x", h5py.ExternalLink("/etc/passwd", "/")), "got a link"),
    "soft link": (link("bio/x", h5py.SoftLink("/bio/rate")), "'/bio/x': .* got a link"),
    "soft loop": (link("bio/x", h5py.SoftLink("/bio/x")), "got a link"),
    "group in itself": (loop, "'/bio.*wanted one place in the file, got several links"),
    "root in itself": (lambda file: link("bio/x", file["/"])(file), "several links"),
    "array with two names": (lambda f: link("ann/x", f["bio/rate"])(f), "several links"),
    "references": (dataset((2,), h5py.ref_dtype), "'/bio/x': wanted numbers or text, got refer"),
    "regions": (dataset((2,), h5py.regionref_dtype), "got references"),
    "lists": (dataset((2,), h5py.vlen_dtype("f8")), "got lists of any length"),
    "records": (dataset((2,), [("a", "f8"), ("b", "i4")]), "got records"),
    "complex": (dataset((2,), complex), "got (records|another type)"),
    "raw bytes": (dataset((2,), "V5"), "got raw bytes"),
    "named numbers": (dataset((2,), h5py.enum_dtype({"a": 1})), "got named numbers"),
    "a type": (link("bio/x", np.dtype("f8")), "got an object of another kind"),
    "huge": (dataset((10**6, 10**6), "f8", chunks=(10, 10)), "at most 256 MB of arrays"),
    "huge and packed": (dataset((10**12,), "i1", chunks=(100,), compression=9), "at most 256 MB"),
    "many": (
        lambda f: [f.create_dataset(f"bio/{k}", (10**6,), "f8", chunks=(9,)) for k in range(40)],
        "at most 256 MB of arrays, for the size of the file, got 2.. MB with this one",
    ),
    "huge chunk": (
        dataset((10,), "f8", chunks=(10**8,), maxshape=(None,)),
        "chunks no larger than the file explains",
    ),
    "unknown filter": (dataset((9,), "f8", chunks=(3,), compression="lzf"), "got filters"),
    "lossy filter": (dataset((9,), "i4", chunks=(3,), scaleoffset=3), "got filters"),
    "a filter twice": (add_two_filters, "got filters"),
    "attribute that refers": (
        lambda f: f.attrs.create("a", f["bio"].ref, dtype=h5py.ref_dtype),
        "'/, attribute a': wanted numbers or text, got references",
    ),
    "attribute of records": (
        lambda f: f["bio/rate"].attrs.create("a", np.zeros(2, [("x", "f8")])),
        "'/bio/rate, attribute a': wanted numbers or text, got records",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_no_recording_needs_is_refused_before_it_is_read(case, tmp_path, monkeypatch):
    change, message = HOSTILE[case]
    path = tmp_path / "x.nc"
    path.write_bytes(build(change))
    monkeypatch.setattr(xr, "open_datatree", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(OutputError, match=message) as error:
        ba.open_recording(path)
    assert error.match(f"recording {path}")


def test_a_file_has_no_more_objects_than_a_recording_needs(monkeypatch):
    monkeypatch.setattr(check_file, "MAX_OBJECTS", 20)
    content = build(lambda file: [file.create_group(f"bio/{k}") for k in range(17)])
    with pytest.raises(OutputError, match="at most 20 objects"):
        check_netcdf(content, "recording")
    deep = build(lambda file: file.create_group("/".join("a" * 15)))
    check_netcdf(deep, "recording")


def test_a_chunk_inflates_to_its_size(monkeypatch):
    """HDF5 would inflate all of it, and only then see that it is too much."""
    check_netcdf(build(add_bomb), "recording")  # a megabyte is no harm
    monkeypatch.setattr(check_file, "ALWAYS_ALLOWED", 500_000)
    with pytest.raises(OutputError, match="wanted chunks of 80 bytes, got one that is larger"):
        check_netcdf(build(add_bomb), "recording")


def test_texts_count_by_their_length(monkeypatch):
    """All of them may be one long text, to which each element of an array points."""
    monkeypatch.setattr(check_file, "ALWAYS_ALLOWED", 100)
    monkeypatch.setattr(check_file, "MAX_RATIO", 1)

    def add_texts(file):
        file["bio/x"] = np.array(["a" * 20_000, "b"], dtype=object)

    check_netcdf(build(add_texts), "recording")
    monkeypatch.setattr(check_file, "MAX_RATIO", 0.8)
    with pytest.raises(OutputError, match="'/bio/x': wanted at most 0 MB of arrays"):
        check_netcdf(build(add_texts), "recording")


def test_numbers_of_any_storage_are_no_reason_to_refuse():
    def add_all(file):
        values = RNG.normal(size=(40, 30))
        file.create_dataset("a", data=values, chunks=(7, 8), compression=4, shuffle=True)
        file.create_dataset("b", data=values, chunks=(7, 8), fletcher32=True)
        file.create_dataset("c", data=np.zeros((1000, 1000)), compression=9)
        file.create_dataset("d", data=values.astype(">f4"))
        file.create_dataset("e", data=np.array([b"one", b"two"]))
        file.create_dataset("f", (0, 3), "f8")
        file.attrs["list"] = ["a", "b"]

    check_netcdf(build(add_all), "recording")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_only_regular_files_are_opened(tmp_path, kind):
    path = tmp_path / "x.nc"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    with pytest.raises(OutputError, match=r"wanted a recording \(.nc\), got "):
        ba.open_recording(path)


def damage(content, rng):
    """Return a file cut off or with up to three bytes changed."""
    broken = bytearray(content)
    if rng.random() < 0.2:
        return broken[: rng.integers(len(broken))]
    for position in rng.integers(len(broken), size=rng.integers(1, 4)):
        broken[position] ^= int(rng.integers(1, 256))
    return broken


def test_a_damaged_file_is_the_recording_or_an_error(tmp_path, recording, content):
    rng = np.random.default_rng(1)
    path = tmp_path / "x.nc"
    for _ in range(60):
        path.write_bytes(damage(content, rng))
        with contextlib.suppress(BioannError):
            xr.testing.assert_identical(ba.open_recording(path), recording)


def test_a_damaged_file_without_a_seal_has_the_right_arrays_or_is_an_error(
    tmp_path, recording, content
):
    unsealed = content[: content.index(SEAL_START)]
    rng = np.random.default_rng(2)
    path = tmp_path / "x.nc"
    for _ in range(25):
        path.write_bytes(damage(unsealed, rng))
        with contextlib.suppress(BioannError):
            opened = ba.open_recording(path)
            assert opened["bio"].rate.values.tolist() == recording["bio"].rate.values.tolist()


def test_the_seal_tells_damage_from_a_sound_file(tmp_path, recording, content):
    path = tmp_path / "x.nc"
    path.write_bytes(content)
    xr.testing.assert_identical(ba.open_recording(path), recording)
    broken = bytearray(content)
    broken[len(content) // 2] ^= 1
    path.write_bytes(broken)
    with pytest.raises(OutputError, match="wanted the bytes that were written, got other bytes"):
        ba.open_recording(path)
    # Other software that writes the arrays anew drops the seal, and the arrays are still checked.
    path.write_bytes(bytes(recording.to_netcdf(engine="h5netcdf")))
    xr.testing.assert_identical(ba.open_recording(path), recording)


def test_hdf5_ignores_the_seal(tmp_path, content):
    path = tmp_path / "x.nc"
    path.write_bytes(content)
    with h5py.File(path, "r") as file:
        assert file["bio/rate"].shape == (6,)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        assert set(tree.children) == {"stimulus", "bio", "ann"}


@pytest.mark.parametrize("name", [DIGESTS, "versions"])
def test_an_attribute_that_is_no_json_is_an_error(tmp_path, recording, name):
    changed = recording.copy()
    changed.attrs[name] = "{'no': json"
    ba.save_recording(changed, tmp_path / "x.nc")
    with pytest.raises(OutputError, match=r"or a damaged one \(JSONDecodeError\)"):
        ba.open_recording(tmp_path / "x.nc")
