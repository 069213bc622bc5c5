"""Write the NIR files of this folder with the package nir, in the version that names the format.

Run with nir 1.0.8 and numpy installed: ``python write_fixtures.py``. The tests read the files with
h5py alone.
"""

import gzip
import io
from pathlib import Path

import nir
import numpy as np

FOLDER = Path(__file__).parent


def make_neurons() -> nir.NIRGraph:
    """Two neurons of each type, which all receive the two numbers of the input."""

    def pair(*numbers):
        return np.array(numbers)

    neurons = {
        "lif": nir.LIF(
            tau=pair(0.02, 0.01),
            r=pair(2.0, 1.0),
            v_leak=pair(0.1, -0.2),
            v_threshold=pair(1.0, 0.8),
            v_reset=pair(-0.2, 0.0),
        ),
        "cubalif": nir.CubaLIF(
            tau_syn=pair(0.005, 0.003),
            tau_mem=pair(0.02, 0.015),
            r=pair(1.0, 3.0),
            v_leak=pair(0.0, 0.1),
            v_threshold=pair(1.0, 0.9),
            w_in=pair(1.5, 0.5),
        ),
        "if": nir.IF(r=pair(20.0, 10.0), v_threshold=pair(1.0, 0.5), v_reset=pair(0.0, -0.5)),
        "li": nir.LI(tau=pair(0.02, 0.01), r=pair(2.0, -1.0), v_leak=pair(0.1, 0.2)),
        "cubali": nir.CubaLI(
            tau_syn=pair(0.005, 0.003),
            tau_mem=pair(0.02, 0.015),
            r=pair(1.0, 3.0),
            v_leak=pair(0.0, 0.1),
            w_in=pair(1.5, -0.5),
        ),
        "threshold": nir.Threshold(threshold=pair(0.7, 1.6)),
    }
    shape = np.array([2])
    nodes = {"input": nir.Input(shape), **neurons, "output": nir.Output(shape)}
    return nir.NIRGraph(nodes, [*(("input", name) for name in neurons), ("li", "output")])


def make_recurrent() -> nir.NIRGraph:
    """A nested graph of LIF neurons that inhibit each other, and a readout."""
    rng = np.random.default_rng(1)
    ones = np.ones(3)
    hidden = nir.NIRGraph(
        {
            "input": nir.Input(np.array([3])),
            "lif": nir.LIF(0.02 * ones, ones, 0 * ones, ones, 0 * ones),
            "w_rec": nir.Linear(-0.002 * (1 - np.eye(3))),
            "output": nir.Output(np.array([3])),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    nodes = {
        "input": nir.Input(np.array([2])),
        "affine": nir.Affine(rng.uniform(0, 1, (3, 2)), np.array([1.2, 1.0, 0.8])),
        "hidden": hidden,
        "scale": nir.Scale(np.array([1.0, -1.0, 0.5])),
        "readout": nir.Linear(rng.normal(size=(2, 3))),
        "li": nir.LI(0.05 * np.ones(2), np.ones(2), np.zeros(2)),
        "output": nir.Output(np.array([2])),
    }
    return nir.NIRGraph(nodes, list(zip(list(nodes)[:-1], list(nodes)[1:], strict=True)))


def make_convolution() -> nir.NIRGraph:
    """Convolution with stride, pooling and a linear readout."""
    rng = np.random.default_rng(2)
    return nir.NIRGraph.from_list(
        nir.Input(np.array([2, 7, 6])),
        nir.Conv2d((7, 6), rng.normal(size=(4, 1, 3, 2)), (2, 1), (1, 0), 1, 2, rng.normal(size=4)),
        nir.IF(np.full((4, 4, 5), 30.0), np.ones((4, 4, 5))),
        nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        nir.Flatten(np.array([4, 2, 2]), 0, -1),
        nir.Affine(rng.normal(size=(3, 16)), rng.normal(size=3)),
        nir.Output(np.array([3])),
        type_check=False,
    )


if __name__ == "__main__":
    for make_graph in (make_neurons, make_recurrent, make_convolution):
        name = make_graph.__name__.removeprefix("make_")
        buffer = io.BytesIO()
        nir.write(buffer, make_graph())
        # HDF5 pads every object: the files are mostly zeros.
        packed = gzip.compress(buffer.getvalue(), mtime=0)
        (FOLDER / f"{name}.nir.gz").write_bytes(packed)
