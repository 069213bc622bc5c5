"""Build a PyTorch module from a rate network or a layered network."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.activations.activation import (
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from bioann.ann.activations.foreign import Elu, Softsign
from bioann.ann.interop.rates_to_torch import build_rate_units, check_torch_activation
from bioann.ann.interop.write_onnx import validate_time_step
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.branches import Branches
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.gated import reorder_gates
from bioann.ann.layers.gru import GRU
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.patches import padding_of_borders
from bioann.ann.layers.pointwise import Pointwise
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.rearrange import Rearrange
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.rescale import Rescale
from bioann.ann.layers.softmax import LogSoftmax, Softmax
from bioann.ann.layers.unroll import relaxation_factor
from bioann.ann.layers.whole_sequence import WholeSequence
from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.base.optional import import_optional

REMEDY = "Leave the layer out, or run the network with bioann."


@name_argument_errors
def to_torch(network: RateNetwork | LayeredNetwork, *, dt: Any = None) -> Any:
    """Build a PyTorch module that computes the same as a network, in double precision.

    A layered network becomes a `torch.nn.Sequential` with one entry for each layer, by its name,
    of PyTorch's own modules where there are such. It takes ``(batch, *shape)``, or ``(batch, time,
    *shape)`` if its output depends on earlier inputs. A rate network becomes a module that takes
    ``(batch, time, channel)`` and returns all units ``(batch, time, unit)``. Weights are trainable
    parameters; `module.float()` gives single precision.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network. Static units of a rate network must not form loops.
    dt : quantity, optional
        Time step of the input, above 0; required for a network with time constants.

    Returns
    -------
    torch.nn.Module
        The module, on the processor and in training mode, as PyTorch makes them: call
        ``module.eval()`` if the network has dropout.

    Raises
    ------
    DescriptionError
        If PyTorch cannot express a layer, an activation or a loop of static units; the message
        names the layer or the units.
    MissingExtraError
        Without PyTorch.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.RateNetwork(("unit",), channels=("x",), W_in=[[-1.0]], bias=1.0)
    >>> module = ba.to_torch(network)  # doctest: +SKIP
    >>> module.eval()(torch.rand(10, 4, 1, dtype=torch.float64))  # doctest: +SKIP
    """
    if not isinstance(network, (RateNetwork, LayeredNetwork)):
        raise DescriptionError(
            "to_torch, network",
            "a RateNetwork or a LayeredNetwork",
            f"an object of type {type(network).__name__}",
            "Pass pair.ann if that is one.",
        )
    torch = import_optional("torch", "torch", "to_torch")
    units = importlib.import_module("bioann.ann.interop.torch_units")
    step = validate_time_step(network, dt, "to_torch")
    if isinstance(network, RateNetwork):
        return build_rate_units(units, network, step)
    builder = _ModuleBuilder(torch, units, step, 2 if network.is_temporal else 1)
    modules = OrderedDict(
        (name.replace(".", "_"), builder.build(layer, f"LayeredNetwork, {name}"))
        for name, layer in zip(network.names, network.layers, strict=True)
    )
    return torch.nn.Sequential(modules).double()


class _ModuleBuilder:
    """Build modules of PyTorch for layers; `n_lead` is the number of axes before one input."""

    def __init__(self, torch: Any, units: Any, dt: float | None, n_lead: int) -> None:
        self.nn, self.torch, self.units, self.dt, self.n_lead = torch.nn, torch, units, dt, n_lead

    def build(self, layer: Layer, obj: str) -> Any:
        """Return the module of a layer; `obj` names it in errors."""
        build = BUILDERS.get(type(layer))
        if build is None or (self.n_lead > 1 and type(layer) in IMAGE_LAYERS):
            raise DescriptionError(
                obj,
                "a layer that PyTorch can express",
                layer.title() + " in a network with a time course" * (build is not None),
                REMEDY,
            )
        return build(self, layer, obj)

    def join(self, modules: list[Any]) -> Any:
        """Return a single module for several in sequence."""
        return modules[0] if len(modules) == 1 else self.nn.Sequential(*modules)

    def fill(self, module: Any, **arrays: Any) -> Any:
        """Return a module with the arrays of a layer as its parameters, in double precision."""
        module = module.double()
        with self.torch.no_grad():
            for name, array in arrays.items():
                getattr(module, name).copy_(self.units.to_tensor(array))
        return module

    def build_activation(self, activation: Any, obj: str) -> list[Any]:
        """Return the module of an activation; none for the identity."""
        check_torch_activation(activation, obj)
        if isinstance(activation, Linear):
            return []
        for kind, name in ACTIVATIONS.items():
            if type(activation) is kind:
                return [getattr(self.nn, name)()]
        if isinstance(activation, LeakyRelu):
            return [self.nn.LeakyReLU(activation.slope)]
        if isinstance(activation, Elu):
            return [self.nn.ELU(activation.depth)]
        if isinstance(activation, Softplus):  # linear above 40, where exp(-40) is below rounding
            return [self.nn.Softplus(1 / activation.width, 40)]
        return [self.units.ActivationUnits(activation)]

    def build_dense(self, layer: Dense, obj: str) -> Any:
        """Return a `Linear`, the activation, and with a time constant a filter."""
        linear = self.nn.Linear(layer.W.shape[1], len(layer.W))
        modules = [self.fill(linear, weight=layer.W, bias=layer.bias)]
        modules += self.build_activation(layer.activation, obj)
        if layer.tau is not None:
            modules.append(self.units.LeakyFilter(relaxation_factor(layer.tau.tau, self.dt)))
        return self.join(modules)

    def build_convolution(self, layer: Conv2d, obj: str) -> Any:
        """Return a `Conv2d` and the activation, after padding that differs between borders."""
        pads, modules = self._pad_borders(layer.padding, 0.0)
        n_outputs, n_inputs, *size = layer.kernel.shape
        convolution = self.nn.Conv2d(
            n_inputs * layer.groups, n_outputs, tuple(size), layer.stride, pads, layer.dilation,
            layer.groups,
        )  # fmt: skip
        modules.append(self.fill(convolution, weight=layer.kernel, bias=layer.bias))
        return self.join(modules + self.build_activation(layer.activation, obj))

    def _pad_borders(self, padding: Any, value: float) -> tuple[tuple[int, int], list[Any]]:
        """Return equal padding of each axis, or none and a module that pads both borders."""
        (top, bottom), (left, right) = borders = padding_of_borders(padding)
        if top == bottom and left == right:
            return (top, left), []
        assert len(borders) == 2
        return (0, 0), [self.nn.ConstantPad2d((left, right, top, bottom), value)]

    def build_pooling(self, layer: MaxPool | AveragePool, obj: str) -> Any:
        """Return a `MaxPool2d` or `AvgPool2d`."""
        is_maximum = isinstance(layer, MaxPool)
        pads, modules = self._pad_borders(layer.padding, -np.inf)
        # PyTorch pads by half a patch at most.
        if any(2 * p > k for p, k in zip(pads, layer.size, strict=True)):
            (y, x), pads = pads, (0, 0)
            modules = [self.nn.ConstantPad2d((x, x, y, y), -np.inf)]
        if is_maximum:
            pool = self.nn.MaxPool2d(layer.size, layer.stride, pads, layer.dilation)
            return self.join([*modules, pool])
        if modules or layer.dilation != (1, 1):
            got = "AveragePool with dilation, or with padding that differs between borders"
            raise DescriptionError(obj, "a layer that PyTorch can express", got, REMEDY)
        return self.nn.AvgPool2d(layer.size, layer.stride, pads, count_include_pad=False)

    def build_recurrent(self, layer: Any, obj: str, is_reversed: bool = False) -> Any:
        """Return a recurrent module that passes on its output alone."""
        n, n_inputs = layer.U.shape[1], layer.W.shape[1]
        W, U, b, c = layer.W, layer.U, layer.bias, np.zeros(len(layer.W))
        if isinstance(layer, Recurrent):
            name = {Relu: "relu", Tanh: "tanh"}.get(type(layer.activation))
            if name is None or layer.tau is not None:
                factor = 1.0 if layer.tau is None else relaxation_factor(layer.tau.tau, self.dt)
                phi = self.join(
                    self.build_activation(layer.activation, obj) or [self.nn.Identity()]
                )
                units = self.units.LeakyUnits(W, U, b, phi, factor)
                return self.units.RecurrentOutput(units, is_reversed)
            module = self.nn.RNN(n_inputs, n, nonlinearity=name, batch_first=True)
        elif isinstance(layer, GRU):
            if not layer.reset_after:
                got = "GRU with reset_after=False"
                raise DescriptionError(obj, "a layer that PyTorch can express", got, REMEDY)
            c[2 * n :] = layer.candidate_bias
            W, U, b, c = (reorder_gates(array, "zrn", "rzn") for array in (W, U, b, c))
            module = self.nn.GRU(n_inputs, n, batch_first=True)
        else:
            module = self.nn.LSTM(n_inputs, n, batch_first=True)
        arrays = {"weight_ih_l0": W, "weight_hh_l0": U, "bias_ih_l0": b, "bias_hh_l0": c}
        return self.units.RecurrentOutput(self.fill(module, **arrays), is_reversed)

    def build_whole_sequence(self, layer: WholeSequence, obj: str) -> Any:
        """Return a recurrent module over the first axis of each input."""
        if self.n_lead > 1 or not isinstance(layer.layer, (Recurrent, LSTM, GRU)):
            raise DescriptionError(obj, "a layer that PyTorch can express", layer.title(), REMEDY)
        return self.build_recurrent(layer.layer, obj, layer.is_reversed)

    def build_branches(self, layer: Branches, obj: str) -> Any:
        """Return all branches and their combination."""
        branches = [
            self.nn.Sequential(*(self.build(x, f"{obj}.{b}.{k}") for k, x in enumerate(branch)))
            for b, branch in enumerate(layer.branches)
        ]
        return self.units.ParallelBranches(branches, layer.combination, self.n_lead)

    def build_copies(self, layer: Rearrange, obj: str) -> Any:
        """Return a module that copies its inputs."""
        return self.units.CopiedInputs(layer.index, layer.fill, self.n_lead)


#: Module of each activation without parameters.
ACTIVATIONS = {Relu: "ReLU", Tanh: "Tanh", Sigmoid: "Sigmoid", Softsign: "Softsign"}
#: Layers of images, which PyTorch takes without a time axis.
IMAGE_LAYERS = (Conv2d, MaxPool, AveragePool)
#: Method that builds the module of each layer; a subclass may compute otherwise.
BUILDERS: dict[type, Callable[[_ModuleBuilder, Any, str], Any]] = {
    Dense: _ModuleBuilder.build_dense,
    Conv2d: _ModuleBuilder.build_convolution,
    MaxPool: _ModuleBuilder.build_pooling,
    AveragePool: _ModuleBuilder.build_pooling,
    Recurrent: _ModuleBuilder.build_recurrent,
    LSTM: _ModuleBuilder.build_recurrent,
    GRU: _ModuleBuilder.build_recurrent,
    WholeSequence: _ModuleBuilder.build_whole_sequence,
    Branches: _ModuleBuilder.build_branches,
    Rearrange: _ModuleBuilder.build_copies,
    Flatten: lambda builder, layer, obj: builder.nn.Flatten(builder.n_lead),
    Dropout: lambda builder, layer, obj: builder.nn.Dropout(layer.rate),
    Softmax: lambda builder, layer, obj: builder.nn.Softmax(-1),
    LogSoftmax: lambda builder, layer, obj: builder.nn.LogSoftmax(-1),
    Pointwise: lambda builder, layer, obj: builder.join(
        builder.build_activation(layer.activation, obj) or [builder.nn.Identity()]
    ),
    Rescale: lambda builder, layer, obj: builder.units.FixedScaling(layer.scale, layer.shift),
}
