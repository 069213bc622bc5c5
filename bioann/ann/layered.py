"""Layered networks: a sequence of layers between stimulus and output."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.ann import flatten
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.ann.network import RateNetwork
from bioann.ann.signs import shuffle
from bioann.base.annotations import is_ordered
from bioann.base.arguments import is_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import BioannError, DescriptionError, StimulusError
from bioann.base.text import check_names, shorten_repr
from bioann.base.units import SI, to_si
from bioann.model import CONNECTION_COLUMNS
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus

#: Draws a dropout mask, given the index of the layer, the shape and the fraction to keep.
DrawDropoutMask: TypeAlias = Callable[[int, Shape, float], Any]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LayeredNetwork(Description):
    """A sequence of layers; the first receives the stimulus, the last is the output.

    Parameters
    ----------
    layers : tuple of Layer
        The layers in the order of processing, at least one.
    shape : tuple of int, optional
        Shape of one input, ``(channel, height, width)`` for an image; only needed if the weights of
        the first layer do not determine it.
    channels : tuple of str, optional
        Names of the stimulus channels, one for each number of an input, row by row;
        ``input[0]``, ``input[1]``, ... by default.
    outputs : tuple of str, optional
        Names of the last layer's units; ``layer3[0]``, ... by default.
    names : tuple of str, optional
        Names of the layers; ``layer1``, ``layer2``, ... by default. Units are called ``name[i]``.

    Raises
    ------
    DescriptionError
        If the shapes of successive layers or the numbers of names do not fit.

    Examples
    --------
    >>> import bioann as ba
    >>> hidden = ba.layers.Dense([[1.0, -1.0], [-1.0, 1.0]], activation="relu")
    >>> network = ba.LayeredNetwork((hidden, ba.layers.Dense([[1.0, 1.0]], activation="linear")))
    >>> network.predict([[0.25, 1.0]])
    array([[0.75]])
    """

    layers: tuple[Layer, ...]
    shape: Any = None
    channels: Any = None
    outputs: Any = None
    names: Any = None

    kind = "layered network"

    def check(self) -> None:
        """Check the shapes of all layers and set default names."""
        layers = (self.layers,) if isinstance(self.layers, Layer) else tuple(self.layers)
        self.set_field("layers", layers)
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise DescriptionError(
                "LayeredNetwork, layers",
                "at least one layer, and layers only",
                repr([type(layer).__name__ for layer in layers]),
                "Pass layers=(Dense(...), ...).",
            )
        self._set_names("names", self.names, len(layers), lambda k: f"layer{k + 1}")
        self._set_shape()
        n_inputs, n_outputs = (int(np.prod(shape)) for shape in (self.shapes[0], self.shapes[-1]))
        self._set_names("channels", self.channels, n_inputs, lambda k: f"input[{k}]")
        last = self.names[-1]
        self._set_names("outputs", self.outputs, n_outputs, lambda k: f"{last}[{k}]")

    def _set_shape(self) -> None:
        first = self.layers[0]
        shape = first.input_shape if self.shape is None else self.shape
        sizes = tuple(shape) if is_ordered(shape) else (shape,)
        if not sizes or not all(is_whole_number(n, 1) for n in sizes):
            raise DescriptionError(
                "LayeredNetwork, shape",
                f"the shape of one input, which {first.title()} does not determine",
                shorten_repr(self.shape),
                "Pass shape=(channels, height, width), or shape=(n,) for a vector.",
            )
        self.set_field("shape", tuple(int(n) for n in sizes))

    def _set_names(self, field: str, value: Any, count: int, default: Callable[[int], str]) -> None:
        names = (value,) if isinstance(value, str) else value
        if names is not None and not is_ordered(names):
            expected, got = f"{count} names", shorten_repr(value)
            remedy = f"Leave {field} out for default names."
            raise DescriptionError(f"LayeredNetwork, {field}", expected, got, remedy)
        names = tuple(map(default, range(count)) if names is None else names)
        if value is not None:
            check_names(names, f"LayeredNetwork, {field}")
        if len(names) != count or len(set(names)) != count:
            raise DescriptionError(
                f"LayeredNetwork, {field}",
                f"{count} different name(s)",
                f"{len(names)} name(s), {len(set(names))} of them different",
                f"Leave {field} out for default names.",
            )
        self.set_field(field, names)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shapes of one input and of one output of every layer."""
        shapes: list[Shape] = [self.shape]
        for name, layer in zip(self.names, self.layers, strict=True):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except BioannError as error:
                layer_title = f"LayeredNetwork, {name}: {error.obj}"
                raise type(error)(layer_title, error.expected, error.got, error.remedy) from error
        return tuple(shapes)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units of the last layer."""
        return tuple(self.outputs)

    @property
    def sources(self) -> tuple[str, ...]:
        """Presynaptic units of each layer: ``"input"``, or the name of the layer they belong to."""
        sources = ["input"]
        for name, layer in zip(self.names, self.layers, strict=True):
            sources.append(sources[-1] if layer.passes_input else name)
        return tuple(sources[:-1])

    @property
    def is_temporal(self) -> bool:
        """Whether the output depends on earlier inputs."""
        return any(layer.is_temporal for layer in self.layers)

    @property
    def parameters(self) -> tuple[dict[str, np.ndarray], ...]:
        """The trainable arrays of each layer by field name."""
        return tuple(layer.parameters for layer in self.layers)

    def with_parameters(self, parameters: Sequence[Parameters]) -> LayeredNetwork:
        """Return the network with other parameters, one mapping per layer."""
        layers = [
            layer.with_parameters(p) for layer, p in zip(self.layers, parameters, strict=True)
        ]
        return dataclasses.replace(self, layers=tuple(layers))

    def forward(
        self,
        parameters: Sequence[Parameters],
        x: Any,
        xp: Any = np,
        dt: float | None = None,
        draw_mask: DrawDropoutMask | None = None,
    ) -> list[Any]:
        """Compute the outputs of all layers for a batch of inputs.

        Parameters
        ----------
        parameters : sequence of mapping of str to array
            Parameters of each layer by field name; need not be those of the network.
        x : array, shape (batch, time, ...)
            Inputs to the first layer, in activation.
        xp : module, optional
            Array namespace of `x` and the parameters, `numpy` or `jax.numpy`.
        dt : float, optional
            Time step in seconds; required by layers with a time constant.
        draw_mask : callable, optional
            ``draw_mask(layer, shape, keep_probability)`` draws the masks of `Dropout` layers during
            training; no dropout by default.

        Returns
        -------
        list of array, shape (batch, time, ...), the last axes of the output's shape
            Output of every layer; the last one is the output of the network.
        """
        outputs = []
        for k, (layer, p) in enumerate(zip(self.layers, parameters, strict=True)):
            x = layer.forward(p, x, xp, dt)
            if draw_mask is not None and isinstance(layer, Dropout):
                x = x * draw_mask(k, x.shape, 1 - layer.rate) / (1 - layer.rate)
            outputs.append(x)
        return outputs

    def predict(self, inputs: Any, dt: float | None = None) -> np.ndarray:
        """Compute the outputs of the last layer for arrays of inputs.

        Parameters
        ----------
        inputs : array_like, shape (sample, ...) or (sample, time, ...)
            Inputs to the first layer, in activation.
        dt : float, optional
            Time step in seconds; required by layers with a time constant.

        Returns
        -------
        numpy.ndarray, shape (sample, ...) or (sample, time, ...)
            Outputs of the last layer, with a time axis if the inputs have one.
        """
        x = to_floats(inputs, "LayeredNetwork.predict, inputs", StimulusError)
        has_time = x.ndim == len(self.shape) + 2
        if x.ndim - has_time != len(self.shape) + 1 or x.shape[1 + has_time :] != self.shape:
            sizes = ", ".join(map(str, self.shape))
            raise StimulusError(
                "LayeredNetwork.predict, inputs",
                f"an array of shape (sample, {sizes}) or (sample, time, {sizes})",
                f"shape {x.shape}",
                "Add an axis of length 1 in front for a single sample.",
            )
        outputs = self.forward(self.parameters, x if has_time else x[:, None], dt=dt)[-1]
        return outputs if has_time else outputs[:, 0]

    @name_argument_errors
    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
    ) -> xr.Dataset:
        """Compute the response to a stimulus, in a single trial because it is deterministic.

        Parameters
        ----------
        stimulus : xarray.DataArray, dimensions (condition, time, channel)
            Activation of the stimulus channels, with the time step ``dt`` in seconds as attribute.
        trials, seed, engine, dt : optional
            Arguments of `bioann.model.Model.run` without effect here; the time step is that of the
            stimulus.
        bin_width : quantity, optional
            Width of the bins over which activation is averaged.

        Returns
        -------
        xarray.Dataset
            ``activation`` (condition, trial = 1, time, unit).
        """
        check_trials(trials)
        if dt is not None:
            to_si(dt, "ms", "LayeredNetwork.run, dt")
        stimulus = check_stimulus(stimulus, self.channels)
        centres, steps = make_response_bins(stimulus, to_si(bin_width, "ms", "bin_width"))
        inputs = stimulus.sel(channel=list(self.channels)).values
        outputs = self._compute_outputs(inputs[:, : len(centres) * steps], stimulus.attrs["dt"])
        activation = outputs.reshape(len(outputs), len(centres), steps, -1).mean(axis=2)
        return label_activations(
            activation[:, None], self.units, stimulus.condition.values, centres
        )

    def _compute_outputs(self, inputs: np.ndarray, dt: float) -> np.ndarray:
        """Compute outputs (condition, time, unit) for inputs (condition, time, channel)."""
        if self.is_temporal:
            outputs = self.predict(inputs.reshape(*inputs.shape[:2], *self.shape), dt)
            return outputs.reshape(*inputs.shape[:2], -1)
        # In a static network the output of a frame that repeats the last one is the same.
        is_new = np.ones(inputs.shape[:2], dtype=bool)
        is_new[:, 1:] = (inputs[:, 1:] != inputs[:, :-1]).any(axis=2)
        frame_outputs = self.predict(inputs[is_new].reshape(-1, *self.shape))
        frame_index = np.cumsum(is_new).reshape(is_new.shape) - 1
        return frame_outputs.reshape(len(frame_outputs), -1)[frame_index]

    def to_rate_network(self) -> RateNetwork:
        """Convert the network to a rate network with one unit for every output of every layer.

        Returns
        -------
        RateNetwork
            Its units are called ``layer1[0]``, ..., those of the last layer as in `outputs`;
            Flatten and Dropout have none.

        Raises
        ------
        DescriptionError
            If weighted sums and activations cannot express a layer, MaxPool for example.
        """
        return flatten.flatten_layers(self)

    def connections(self) -> pd.DataFrame:
        """Return the weights between units as a table, empty if a layer has no rate units."""
        try:
            return self.to_rate_network().connections()
        except DescriptionError:
            return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})

    def constant_inputs(self) -> pd.DataFrame:
        """Return the biases of its units as a table, empty if a layer has no rate units."""
        try:
            return self.to_rate_network().constant_inputs()
        except DescriptionError:
            return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})

    def explain(self) -> tuple[Equation, ...]:
        """Return the equation of every layer that has one."""
        return tuple(
            dataclasses.replace(equation, caption=f"{name}: {equation.caption}")
            for name, layer in zip(self.names, self.layers, strict=True)
            if (equation := layer.explain()) is not None
        )

    def shuffle_signs(self, count: int, *, seed: int) -> tuple[LayeredNetwork, ...]:
        """Return up to `count` networks with the same weight magnitudes and random signs."""
        fields = [(k, name) for k, layer in enumerate(self.layers) for name in layer.signed_fields]
        true_weights = [self.parameters[k][name] for k, name in fields]
        networks = []
        for shuffled_weights in shuffle.shuffle_weight_signs(true_weights, count, seed):
            parameters = [dict(p) for p in self.parameters]
            for (k, name), weights in zip(fields, shuffled_weights, strict=True):
                parameters[k][name] = weights
            networks.append(self.with_parameters(parameters))
        return tuple(networks)

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return a message that names the units whose activation is always zero."""
        return shuffle.describe_silent_units(recording)
