"""Small ONNX graphs, made and evaluated by the onnx library itself."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402


class Maker:
    """Write a graph to a file, and evaluate that file independently of bioann."""

    def __init__(self, path):
        self.path = path

    def save(self, nodes, constants, shape, outputs=("y",), opset=17):
        """Save a graph from ``x`` to `outputs`; `nodes` are (op, inputs, outputs, attributes).

        An input that is left out is written as a dash.
        """
        made = []
        for k, (op, i, o, attributes) in enumerate(nodes):
            given = [name.strip("-") for name in i.split()]
            node = helper.make_node(op, given, o.split(), name=f"the_{op}_{k}", **attributes)
            made.append(node)
        fixed = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
        one = helper.make_tensor_value_info("x", TensorProto.DOUBLE, shape)
        others = [helper.make_tensor_value_info(o, TensorProto.DOUBLE, None) for o in outputs]
        graph = helper.make_graph(made, "test", [one], others, fixed)
        opsets = [helper.make_opsetid("", opset)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        self.path.write_bytes(model.SerializeToString())
        return self.path

    def load(self):
        return onnx.load(str(self.path))

    def evaluate(self, x, output=None, path=None):
        """Answer with onnx's own reference implementation."""
        evaluator = ReferenceEvaluator(str(path or self.path))
        return evaluator.run(output and [output], {evaluator.input_names[0]: x})[0]


@pytest.fixture
def maker(tmp_path):
    return Maker(tmp_path / "network.onnx")
