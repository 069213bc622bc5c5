"""Equal descriptions and code have equal content in every process; any change of either shows."""

import dataclasses
import functools
import itertools
import math
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from brian2 import nS
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.content.content import list_content, list_contents_without_defaults

SOURCE = '''
import functools
import math

import numpy as np

LEVELS = np.arange(2000.0)
NAMES = frozenset({"a", "b", "c"})
GAIN = 2.0


def double(x):
    """Double a number."""
    return 2.0 * x


def count_down(n):
    return 0 if n < 1 else count_down(n - 1)


def respond(x, gain=3.0, *, offset=0.5):
    y = [double(k) for k in (x, GAIN)]
    return gain * y[0] + offset + LEVELS[5] + np.tanh(x) + count_down(2) + ("a" in NAMES)


class Curve:
    exponent = 2

    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return self.scale * x**self.exponent


def scale_by(factor):
    return lambda x: factor * x


curve = Curve(1.5)
half = functools.partial(respond, gain=0.5)
scaled = scale_by(7)
cached = functools.lru_cache(respond)
'''


def execute(source, name="a_pair_file"):
    """Run a source as the module of a pair file."""
    module = types.ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), vars(module))
    return module


def content_hash(source, attribute="respond", name="a_pair_file"):
    return list_content(getattr(execute(source, name), attribute)).hash


CALLABLES = ("respond", "curve", "half", "scaled", "cached")


@pytest.mark.parametrize("attribute", CALLABLES)
def test_equal_source_has_equal_content(attribute):
    assert content_hash(SOURCE, attribute) == content_hash(SOURCE, attribute)


def test_place_and_comments_of_a_function_do_not_count():
    moved = SOURCE.replace("def respond", "# A comment.\n\n\n\ndef respond")
    moved = moved.replace('"""Double a number."""', '"""Return twice a number,\n    as a float."""')
    moved = moved.replace("    y = [", "    # how\n    y = [")
    assert content_hash(moved, name="elsewhere") == content_hash(SOURCE)


@pytest.mark.parametrize(
    ("attribute", "old", "new"),
    [
        ("respond", "gain * y[0]", "gain + y[0]"),
        ("respond", "LEVELS[5]", "LEVELS[6]"),
        ("respond", "gain=3.0", "gain=3.5"),
        ("respond", "offset=0.5", "offset=0.25"),
        ("respond", "GAIN = 2.0", "GAIN = 2"),
        ("respond", "2.0 * x", "3.0 * x"),
        ("respond", "n < 1", "n < 0"),
        ("respond", "np.tanh", "np.arctan"),
        ("respond", "np.arange(2000.0)", "np.arange(2000.0) + (np.arange(2000) == 1234) * 1e-9"),
        ("respond", '"b", "c"}', '"b", "d"}'),
        ("curve", "Curve(1.5)", "Curve(1.6)"),
        ("curve", "exponent = 2", "exponent = 3"),
        ("curve", "self.scale * x", "self.scale + x"),
        ("half", "gain=0.5", "gain=0.6"),
        ("half", "2.0 * x", "3.0 * x"),
        ("scaled", "scale_by(7)", "scale_by(8)"),
        ("scaled", "factor * x", "x * factor * x"),
        ("cached", "2.0 * x", "3.0 * x"),
    ],
)
def test_a_change_of_code_or_of_what_it_uses_counts(attribute, old, new):
    assert SOURCE.count(old) == 1
    assert content_hash(SOURCE.replace(old, new), attribute) != content_hash(SOURCE, attribute)


def test_paths_name_what_a_function_consists_of():
    values = list_content(execute(SOURCE).respond).values
    assert values["gain"] == "3.0"
    assert values["offset"] == "0.5"
    assert values["global GAIN"] == "2.0"
    assert values["global double"].startswith("code ")
    assert values["global LEVELS"].startswith("array (2000,) f8 ")
    assert values["global np"] == "numpy"


def test_the_content_is_the_same_in_every_process(tmp_path, pair_file):
    """Another folder, other hashes of texts and another order of sets change nothing."""
    (tmp_path / "functions.py").write_text("\n\n" + SOURCE)
    program = (
        "import functions\n"
        "import bioann as ba\n"
        "from bioann.base.content.content import list_content\n"
        f"print([list_content(getattr(functions, name)).hash for name in {CALLABLES}])\n"
        f"print(list_content(ba.load({str(pair_file())!r})).hash)\n"
    )
    folders = (str(tmp_path), str(Path(ba.__file__).parents[1]))
    changes = {"PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join(folders)}
    process = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=os.environ | changes, capture_output=True, text=True, check=True,
    )  # fmt: skip
    hashes = [content_hash(SOURCE, name) for name in CALLABLES]
    assert process.stdout.splitlines() == [str(hashes), list_content(ba.load(pair_file())).hash]


def test_a_pair_file_has_the_same_content_in_another_folder(pair_file, tmp_path):
    first = ba.load(pair_file())
    other = tmp_path / "elsewhere" / "renamed.py"
    other.parent.mkdir()
    other.write_text("\n\n\n" + pair_file().read_text())
    assert list_content(ba.load(other)).hash == list_content(first).hash


class TestUnhashed:
    """What cannot be read is named, and stands under its name."""

    def test_an_iterator_is_named(self):
        stream = (k for k in range(3))

        def respond(x):
            return next(stream)

        content = list_content(respond)
        assert content.unhashed == ("stream (TestUnhashed.test_an_iterator_is_named.<locals>."
                                    "<genexpr>)",)  # fmt: skip

    def test_a_compiled_function_of_unknown_origin_is_named(self):
        power = np.frompyfunc(lambda x: x**2, 1, 1)
        content = list_content(functools.partial(power, 3))
        assert len(content.unhashed) == 1
        assert "<lambda> (vectorized)" in content.unhashed[0]

    def test_functions_of_libraries_are_known_by_name(self):
        for function, name in ((math.sin, "math.sin"), (np.tanh, "numpy.tanh"), (max, "max")):
            content = list_content(function)
            assert content.values[""].endswith(name)
            assert not content.unhashed
        assert list_content(np.mean).libraries == ("numpy",)

    def test_no_text_has_an_address(self):
        class Plain:
            def __init__(self):
                self.items = [object(), {1: (k for k in "ab")}, itertools.count(3)]

        content = list_content(Plain())
        assert not [text for text in content.values.values() if " at 0x" in text]


def test_bound_methods_count_with_their_object():
    @dataclasses.dataclass(frozen=True)
    class Line:
        gain: float

        def respond(self, x):
            return self.gain * x

    first, second = list_content(Line(1.0).respond), list_content(Line(2.0).respond)
    assert first.hash == list_content(Line(1.0).respond).hash
    assert first.values["gain"] == "1.0"
    assert first.hash != second.hash
    assert list_content("a-b".split).hash != list_content("c-d".split).hash


def test_equations_of_a_class_of_the_user_count():
    def make_cell(reset):
        kind = type("Own", (ba.cells.LIF,), {"reset": reset, "__module__": "a_pair_file"})
        return ba.Population("e", 3, "glutamate", kind())

    first, other = make_cell("v = V_r"), make_cell("v = V_r - 1*mV")
    assert list_content(first).hash == list_content(make_cell("v = V_r")).hash
    assert list_content(first).values["class Own.reset"] == "'v = V_r'"
    assert list_content(first).hash != list_content(other).hash


def test_quantities_are_listed_in_their_units():
    values = list_content(ba.Afferent("x", "e", 2.5 * nS)).values
    assert values["weight"] == "2.5 nS"
    assert values["rate"] == "100 Hz"


def test_labels_of_an_array_count():
    array = xr.DataArray(np.zeros(3), {"x": [1, 2, 3]}, name="a")
    other = array.assign_coords(x=[1, 2, 4])
    assert list_content(array).hash == list_content(array.copy(deep=True)).hash
    assert list_content(array).hash != list_content(other).hash
    assert list_content(array).hash != list_content(array.assign_attrs(dt=1)).hash


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=3, unique=True), st.floats(allow_nan=False)
)
def test_every_element_of_a_long_array_counts(places, value):
    array = np.linspace(-1, 1, 5001)
    changed = array.copy()
    changed[places] = value
    is_equal = array.tobytes() == changed.tobytes()
    assert (list_content(array).hash == list_content(changed).hash) == is_equal


@pytest.mark.slow
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda items: st.tuples(items, items) | st.dictionaries(st.text(), items),
))  # fmt: skip
def test_values_of_data_are_those_of_their_text(data):
    again = eval(repr(data), {"inf": math.inf})
    assert list_content(again).hash == list_content(data).hash
    assert list_content((data, 0)).hash != list_content((data, 1)).hash


def test_an_object_that_contains_itself_ends():
    cycle = [1]
    cycle.append(cycle)
    other = [1]
    other.append(other)
    assert list_content(cycle).hash == list_content(other).hash


@pytest.mark.slow
def test_a_large_container_counts_by_all_its_items():
    def network(weight):
        return tuple(
            ba.Afferent("x", f"e{k}", (weight if k == 777 else 1.0) * nS) for k in range(1000)
        )

    first, second = list_content(network(1.0)), list_content(network(2.0))
    assert len(first.values) == 1
    assert first.hash == list_content(network(1.0)).hash != second.hash


def test_a_default_of_our_own_classes_can_be_left_out():
    explicit, short = (
        list_contents_without_defaults([a])[0]
        for a in (ba.Afferent("x", "e", 1 * nS, coding="rate"), ba.Afferent("x", "e", 1 * nS))
    )
    assert explicit.hash == short.hash
    assert "coding" not in short.values
    assert "coding" in list_content(ba.Afferent("x", "e", 1 * nS)).values


def test_an_object_that_a_library_made_counts_by_its_name():
    """Its state, with caches and generators, would differ in every process."""
    from scipy.stats import binom, poisson

    def make_user(distribution):
        return lambda n: distribution.cdf(n, 10, 0.5)

    (text,) = (v for v in list_content(make_user(binom)).values.values() if "binom" in v)
    assert text.startswith("scipy.stats._discrete_distns.binom")
    assert list_content(make_user(binom)).hash != list_content(make_user(poisson)).hash
    # One that a user has made counts by its state.
    frozen = [list_content(make_user(binom(3, p))).hash for p in (0.2, 0.3)]
    assert frozen[0] != frozen[1]


@pytest.mark.slow
def test_a_study_has_the_same_content_in_every_process():
    code = (
        "from bioann.pair_files.load import load_subject;"
        "from bioann.robustness.robustness_table import hash_subject;"
        "print(hash_subject(load_subject('sign_capacity')))"
    )
    hashes = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert hashes[0].stdout == hashes[1].stdout
