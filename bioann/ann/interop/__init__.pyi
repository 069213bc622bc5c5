from .dense_from_arrays import from_weights as from_weights
from .read_network import read_network as read_network
from .read_onnx import from_onnx as from_onnx
from .sklearn_estimators import from_sklearn as from_sklearn
from .torch_modules import from_torch as from_torch
from .weight_files import read_weights as read_weights
from .weights_from_file import weights_from_file as weights_from_file
from .write_onnx import to_onnx as to_onnx
