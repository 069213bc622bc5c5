"""What a graph computes from its constants is computed when it is read, and nothing is lost."""

import sys

import numpy as np
import pytest

from bioann.ann.interop import fold_constants
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.tensor_operators import TENSOR_OPERATORS
from bioann.ann.interop.weights_from_graph import read_graph_weights

RNG = np.random.default_rng(11)
A = RNG.normal(size=(2, 3, 4))
IMAGE = RNG.normal(size=(1, 4, 2, 2))
INTS = np.array([7, -7, 9])
BYTES = np.array([[-128, 5, 7], [1, 2, -3]], dtype=np.int8)
CONSTANTS = {
    "a": A, "m": A[0], "t": A[0].T.copy(), "v": A[0, 0], "row": A[0, :1], "image": IMAGE,
    "i": INTS, "two": np.array([2, -2, 2]), "axis0": np.array([0]), "axis1": np.array([1]),
    "shape": np.array([0, -1]), "wide": np.array([3, 2, 3, 4]), "reps": np.array([1, 2, 1]),
    "start": np.array([-1, 0]), "end": np.array([-9, 3]), "axes": np.array([2, 1]),
    "step": np.array([-2, 1]), "pick": np.array([[2, 0]]), "cut": np.array([1, 3]),
    "pads": np.array([0, 1, 2, 0, 0, 1]), "n": np.array([2, 2]), "from": np.array(1),
    "to": np.array(9), "by": np.array(3), "scales": np.array([1.0, 1.0, 2.0, 3.0], np.float32),
    "q": BYTES, "s": np.array([0.5, 2.0, 0.25]), "z": np.array([1, 0, -3], dtype=np.int8),
    "m32": A[0] * 3, "s4": np.array([0.5, 0.1, 0.25, 1.0]), "z4": np.array([1, 0, -3, 9], np.int8),
    "pos": np.abs(A), "yes": A > 0, "none": np.array([], np.float32),
}  # fmt: skip
#: Operator, inputs and attributes of graphs that consist of constants.
GRAPHS = {
    "Add": ("a m", {}), "Sub": ("a row", {}), "Mul": ("m v", {}), "Div": ("a v", {}),
    "Div of integers": ("i two", {}), "Pow": ("pos two_", {}), "Max": ("a m row", {}),
    "Min": ("a m", {}), "Sum": ("a m v", {}), "Equal": ("i two", {}), "Less": ("a m", {}),
    "Greater": ("a m", {}), "Where": ("yes a m", {}), "Neg": ("a", {}), "Abs": ("a", {}),
    "Sqrt": ("pos", {}), "Exp": ("a", {}), "Log": ("pos", {}), "Tanh": ("a", {}),
    "Floor": ("a", {}), "Ceil": ("a", {}), "Reciprocal": ("pos", {}), "Not": ("yes", {}),
    "Relu": ("a", {}), "Shape": ("a", {}), "Size": ("a", {}), "Cast": ("a", {"to": 7}),
    "Concat": ("a a", {"axis": 1}), "ConstantOfShape": ("n", {}), "Identity": ("a", {}),
    "DequantizeLinear": ("q s z", {"axis": 1}),
    "QuantizeLinear": ("m32 s4 z4", {"axis": 1}),
    "MatMul": ("m t", {}), "Range": ("from to by", {}),
    "ReduceSum": ("a axis1", {}), "ReduceMean": ("a", {"axes": [0, 2], "keepdims": 0}),
    "ReduceProd": ("a", {}), "ReduceMax": ("a", {"axes": [1]}), "ReduceMin": ("a", {"axes": [1]}),
    "Dropout": ("a", {}), "Flatten": ("a", {"axis": 2}), "Reshape": ("a shape", {}),
    "Squeeze": ("row axis0", {}), "Unsqueeze": ("a axis1", {}),
    "Transpose": ("a", {"perm": [1, 2, 0]}), "Slice": ("a start end axes step", {}),
    "Gather": ("a pick", {"axis": 2}), "Split": ("a cut", {"axis": 2}), "Pad": ("a pads v0", {}),
    "Expand": ("a wide", {}), "Tile": ("a reps", {}),
    "DepthToSpace": ("image", {"blocksize": 2}),
    "DepthToSpace by columns": ("image", {"blocksize": 2, "mode": "CRD"}),
    "SpaceToDepth": ("image", {"blocksize": 2}), "Resize": ("image - scales", {}),
    "Pad of edges": ("a pads", {"mode": "edge"}), "Pad of mirrors": ("a pads", {"mode": "reflect"}),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_every_operator_of_constants_is_computed_as_by_onnx(maker, name):
    inputs, attributes = GRAPHS[name]
    constants = CONSTANTS | {"two_": np.array(2.0), "v0": np.array(1.5)}
    outputs = "y y2" if name == "Split" else "y"
    opset = 21 if "quantize" in name.lower() else 17  # the reference has no earlier one
    nodes = [(name.split()[0], inputs, outputs, attributes)]
    path = maker.save(nodes, constants, [1], opset=opset)
    graph = read_onnx_graph(path)
    assert not graph.nodes
    value = maker.evaluate(np.zeros(1))
    np.testing.assert_allclose(graph.constants["y"], value, rtol=1e-6)
    assert graph.constants["y"].shape == np.shape(value)
    assert graph.constants["y"].dtype.kind == np.asarray(value).dtype.kind


def test_no_operator_is_left_out():
    assert {name.split()[0] for name in GRAPHS} == TENSOR_OPERATORS.keys() - {"Upsample"}


def test_operators_of_old_versions(maker):
    """Axes and sizes that are attributes, and the broadcasting that begins at an axis."""
    nodes = [
        ("Unsqueeze", "m", "b", {"axes": [0, 3]}),
        ("Squeeze", "b", "c", {"axes": [3]}),
        ("Slice", "c", "d", {"axes": [2], "starts": [1], "ends": [3]}),
        ("Add", "d three", "e", {"broadcast": 1, "axis": 1}),
        ("Reshape", "e", "y", {"shape": [3, -1]}),
    ]
    graph = read_onnx_graph(maker.save(nodes, {"m": A[0], "three": INTS}, [1], opset=5))
    np.testing.assert_array_equal(graph.constants["y"], A[0, :, 1:3] + INTS[:, None])


def test_a_constant_is_no_constant_where_an_input_of_a_subgraph_has_its_name(maker):
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(n, TensorProto.DOUBLE, None) for n in ("W", "out")]
    body = helper.make_graph(
        [helper.make_node("Neg", ["W"], ["n"]), helper.make_node("Add", ["n", "V"], ["out"])],
        "body", values[:1], values[1:],
    )  # fmt: skip
    nodes = [("Neg", "W", "V", {}), ("Scan", "x", "y", {"body": body, "num_scan_inputs": 1})]
    graph = read_onnx_graph(maker.save(nodes, {"W": A[0]}, [3, 4]))
    ((_, inner),) = graph.subgraphs
    assert [node.op for node in inner.nodes] == ["Neg", "Add"]
    np.testing.assert_array_equal(inner.constants["V"], -A[0])


@pytest.mark.parametrize(
    "nodes",
    [
        [("ConstantOfShape", "huge", "y", {})],
        [("Expand", "one", "b", {}), ("Expand", "one huge", "y", {})],
        [("Tile", "one huge", "y", {})],
        [("Range", "zero million one", "y", {})],
        [("Reshape", "line column", "b", {}), ("Mul", "b line", "y", {})],
        [("Pad", "line huge", "y", {})],
        [("Upsample", "line", "y", {"scales": [1e9]})],
        [("Gather", "line many", "y", {})],
        [(op, f"a{k} a{k}", f"a{k + 1}", {"axis": 0}) for k, op in enumerate(["Concat"] * 60)],
    ],
    ids=lambda nodes: nodes[-1][0],
)
def test_a_few_bytes_do_not_become_gigabytes(maker, nodes, monkeypatch):
    monkeypatch.setattr(fold_constants.ConstantFolder.__init__, "__defaults__", (10**6,))
    constants = {
        "huge": np.array([10**10, 10**10]), "one": np.array([1.0]), "zero": np.array([0.0]),
        "million": np.array([1e12]), "line": np.ones(4000), "column": np.array([-1, 1]),
        "many": np.zeros((50, 50, 10), dtype=int), "a0": np.ones(100),
    }  # fmt: skip
    if nodes[0][0] == "Gather":
        constants["line"] = np.ones((1, 4000))
    output = nodes[-1][2]
    graph = read_onnx_graph(maker.save(nodes, constants, [1], [output]))
    assert output not in graph.constants
    assert sum(array.size for array in graph.constants.values()) < 3 * 10**6


def test_the_work_of_reading_grows_with_the_number_of_nodes_and_subgraphs(maker):
    """Twice as many take twice the calls of functions; a quadratic reader takes four times."""
    from onnx import TensorProto, helper

    def count_calls(n):
        value = [helper.make_tensor_value_info("o", TensorProto.DOUBLE, None)]
        body = helper.make_graph([helper.make_node("Neg", ["x"], ["o"])], "b", [], value)
        branches = {"then_branch": body, "else_branch": body}
        nodes = [("Relu", f"t{k}" if k else "x", f"t{k + 1}", {}) for k in range(n)]
        nodes += [("If", "yes", f"u{k}", branches) for k in range(n // 10)]
        constants = {f"c{k}": np.ones(1) for k in range(n // 10)} | {"yes": np.array(True)}
        path = maker.save(nodes, constants, [1, 3], [f"t{n}"])
        calls = 0

        def count(frame, event, argument):
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            read_graph_weights(read_onnx_graph(path))
        finally:
            sys.setprofile(None)
        return calls

    count_calls(10)  # imports
    assert count_calls(600) < 2.2 * count_calls(300)


class TestUnreadInitialisers:
    def test_weights_are_read_behind_any_rearrangement(self, maker):
        Wi, Wh, Wo = RNG.normal(size=(3, 2)), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 2))
        nodes = [
            ("Unsqueeze", "Wi zero", "W", {}),
            ("Unsqueeze", "Wh zero", "R", {}),
            ("RNN", "x W R", "h", {"hidden_size": 3}),
            ("Squeeze", "h one", "s", {}),
            ("Transpose", "Wt", "W2", {}),
            ("MatMul", "s W2", "y", {}),
        ]
        constants = {
            "Wi": Wi, "Wh": Wh, "Wt": Wo.T.copy(), "zero": np.array([0]), "one": np.array([1]),
        }  # fmt: skip
        weights = read_graph_weights(read_onnx_graph(maker.save(nodes, constants, [5, 1, 2])))
        assert not weights.unread
        assert [w.name for w in weights.matrices] == ["W", "R", "W"]
        for w, values in zip(weights.matrices, (Wi, Wh, Wo.T), strict=True):
            np.testing.assert_array_equal(w.values, values)

    def test_quantised_weights_have_signs(self, maker):
        nodes = [
            ("DequantizeLinear", "q s z", "W", {"axis": 1}),
            ("Gemm", "x W b", "a", {}),
            ("QuantizeLinear", "a scale zero", "c", {}),
            ("QLinearMatMul", "c scale zero q2 scale zero scale zero", "y", {}),
        ]
        constants = {
            "q": BYTES, "s": np.array([0.5, 2.0, 0.25]), "z": np.array([1, 0, -3], np.int8),
            "b": np.ones(3), "scale": np.array(0.5), "zero": np.array(0, np.int8),
            "q2": BYTES.T.copy(),
        }  # fmt: skip
        weights = read_graph_weights(read_onnx_graph(maker.save(nodes, constants, [1, 2])))
        values = (BYTES - [1.0, 0.0, -3.0]) * [0.5, 2.0, 0.25]
        np.testing.assert_array_equal(weights.matrices[0].values, values.T)
        np.testing.assert_array_equal(weights.matrices[1].values, BYTES * 0.5)
        assert not weights.unread

    def test_whole_numbers_and_linear_models_are_weights(self, maker):
        nodes = [
            ("DynamicQuantizeLinear", "x", "a s z", {}),
            ("MatMulInteger", "a q z z2", "b", {}),
            ("Cast", "b", "y", {"to": 11}),
        ]
        path = maker.save(nodes, {"q": BYTES, "z2": np.array(1, np.int8)}, [1, 2])
        weights = read_graph_weights(read_onnx_graph(path))
        np.testing.assert_array_equal(weights.matrices[0].values, BYTES.T - 1.0)
        assert not weights.unread
        from onnx import helper

        node = helper.make_node(
            "LinearRegressor", ["x"], ["y"], "fit", domain="ai.onnx.ml",
            coefficients=[1.0, -2.0, 3.0, 4.0], intercepts=[0.0, 1.0],
        )  # fmt: skip
        model = maker.load()
        del model.graph.node[:]
        model.graph.node.append(node)
        maker.path.write_bytes(model.SerializeToString())
        weights = read_graph_weights(read_onnx_graph(maker.path))
        np.testing.assert_array_equal(weights.matrices[0].values, [[1, -2], [3, 4]])

    def test_what_no_reader_knows_is_named(self, maker):
        nodes = [
            ("Gemm", "x W b", "a", {}),
            ("Einsum", "a E", "c", {"equation": "ij,jk->ik"}),
            ("Shape", "c", "size", {}),
            ("Reshape", "flat size", "V", {}),
            ("MatMul", "c V", "d", {}),
            ("Mul", "d scale", "y", {}),
        ]
        constants = {
            "W": np.eye(3), "b": np.ones(3), "E": np.ones((3, 3)), "flat": np.ones(9),
            "idle": np.ones(5), "scale": np.ones(3), "counts": np.arange(9), "one": np.ones(1),
        }  # fmt: skip
        weights = read_graph_weights(read_onnx_graph(maker.save(nodes, constants, [3, 3])))
        assert [w.layer for w in weights.matrices] == ["the_Gemm_0"]
        assert weights.unread == ("E", "flat", "idle")
