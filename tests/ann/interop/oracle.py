"""Evaluate ONNX files by ONNX Runtime, or by onnx's reference where there is no wheel of it."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from bioann.ann.interop.read_onnx import from_onnx  # noqa: E402


def save_graph(path, nodes, constants, shape, opset=13, output="y"):
    """Save a graph in single precision from ``x`` to ``y``; nodes are (op, inputs, attributes).

    The output of node k is ``t{k}``, that of the last one ``y``; a fourth entry of a node is the
    name of its outputs.
    """
    made = []
    for k, (op, inputs, attributes, *names) in enumerate(nodes):
        outputs = names[0].split() if names else ["y" if k == len(nodes) - 1 else f"t{k}"]
        arguments = [name.strip("-") for name in inputs.split()]
        made.append(helper.make_node(op, arguments, outputs, name=f"the_{op}_{k}", **attributes))
    fixed = [
        numpy_helper.from_array(array.astype(np.float32) if array.dtype == float else array, name)
        for name, array in ((name, np.asarray(values)) for name, values in constants.items())
    ]
    graph = helper.make_graph(
        made,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        fixed,
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def evaluate_graph(path, x, name="x"):
    """Return the first output for an input."""
    x = np.asarray(x, np.float32)
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(str(path)).run(None, {name: x})[0]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Some optimisations round: weights in whole numbers are multiplied as such.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {name: x})[0]


def assert_read_right(path, x, atol=2e-5):
    """Check that the network answers as the oracle, and return it."""
    network = from_onnx(path)
    y = evaluate_graph(path, x)
    outputs = network.predict(x)
    np.testing.assert_allclose(outputs.reshape(y.shape), y, atol=atol, rtol=1e-5)
    return network
