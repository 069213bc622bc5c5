"""A pair that runs in a fraction of a second, as an object and as a file that tests can spoil."""

import gc
import os
import types
from collections.abc import Callable
from pathlib import Path

import pytest

# Tests train many small networks once: compiling them took longer than running them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

import brian2.core.network
import brian2.utils.caching

import bioann as ba
from bioann.bio.engines import cost
from bioann.bio.engines.cpp import compiler

TINY = '''"""Tiny: does a test run?"""

from brian2 import ms, nS

import bioann as ba


def pair():
    bio = ba.SpikingNetwork(
        populations=(ba.Population("out", 3, "glutamate", background=8 * nS),),
        afferents=(ba.Afferent("in", "out", 2 * nS, fibres=5),),
    )
    ann = ba.RateNetwork(("out",), channels=("in",), W_in=[[1.0]], bias=0.2)
    same = ba.Correspondence((ba.Match("out", "out"),))
    return ba.Pair(
        "tiny",
        bio,
        ann,
        same,
        question="Does a test run?",
        source="the tests",
        stimulus=ba.steps({"in": [0.0, 0.5]}, duration=300 * ms),
        claims=(ba.Claim("T1", "More in, more out.", "all",
                         ba.Score(ba.metrics.SIGN_AGREEMENT) >= 1),),
        settle=100 * ms,
        trials=2,
    )
'''


TINY_STUDY = '''"""Tiny: does a study run?"""

import xarray as xr

import bioann as ba
from bioann.base.randomness import make_rng


def draw(seed):
    return xr.Dataset({"x": ("k", make_rng(seed).normal(size=2))}, {"k": [1, 2]})


X = ba.measure(lambda data: data.x, "x")


def study():
    return ba.Study(
        "tiny",
        draw,
        {"x": ("k",)},
        coordinates={"k": (1, 2)},
        seeds=5,
        question="Does a study run?",
        source="the tests",
        claims=(ba.Claim("T1", "It is small.", "all", X.at(k=1) <= 10),),
        figures=(ba.figures.StudyCurves("x", "k"),),
    )
'''


def pytest_collection_finish() -> None:
    """Brian2 collects garbage in every run: modules and tests never are any, so it skips them."""
    gc.collect()
    gc.freeze()


#: What is its own key in a cache of Brian2.
ATOMS = frozenset({str, int, float, bool, type(None), types.FunctionType})


@pytest.fixture(autouse=True, scope="session")
def quick_networks():
    """Brian2 prepares the small networks of tests in less time, and to the same end.

    It looks for all garbage before each run, which may wait for Python's own turn, and for every
    piece of code it turns hundreds of values to keys of a cache, most of which are keys already.
    """
    make_key = brian2.utils.caching._hashable

    def make_key_or_take(value):
        return value if type(value) in ATOMS else make_key(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brian2.utils.caching, "_hashable", make_key_or_take)
        patch.setattr(
            brian2.core.network, "gc", types.SimpleNamespace(collect=lambda: gc.collect(1))
        )
        yield


@pytest.fixture(autouse=True, scope="session")
def private_cache(tmp_path_factory):
    """No test reads or writes the user's cache.

    Each worker has its own: in one that all share a program may appear between two runs, and what
    ``auto`` takes stands in a recording. ``auto`` compiles only what pays in a single run, for
    most networks of tests run once.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(cost, "EXPECTED_RUNS", 1)
        yield


@pytest.fixture(scope="session")
def compiled() -> str:
    """The engine for what numpy takes seconds for: a program where there is a compiler."""
    return "cpp" if compiler.find_compiler() else "numpy"


@pytest.fixture
def pair_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the tiny pair to a file, with parts of its text replaced."""

    def write(*changes: tuple[str, str], name: str = "tiny.py") -> Path:
        text = TINY
        for old, new in changes:
            assert old in text, f"{old!r} is not in the tiny pair"
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the tiny study to a file, with parts of its text replaced."""

    def write(*changes: tuple[str, str], name: str = "tiny.py") -> Path:
        text = TINY_STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def tiny_pair(tmp_path_factory: pytest.TempPathFactory) -> ba.Pair:
    """Two conditions of 0.3 s, three neurons, one unit."""
    path = tmp_path_factory.mktemp("pairs") / "tiny.py"
    path.write_text(TINY, encoding="utf-8")
    return ba.load(path)


@pytest.fixture(scope="session")
def tiny_comparison(tiny_pair: ba.Pair) -> ba.Comparison:
    """The tiny pair, run once for all tests that only look."""
    return ba.compare(tiny_pair.run(trials=2, seed=1))
