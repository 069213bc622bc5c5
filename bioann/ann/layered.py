"""The rate model as a stack of layers."""

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
from bioann.base.errors import BioannError, DescriptionError
from bioann.base.units import SI, Description, to_si
from bioann.model import CONNECTION_COLUMNS, Explanation
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus

#: Draws which outputs a layer keeps in training: its number, the shape, the share to keep.
DrawDropoutMask: TypeAlias = Callable[[int, Shape, float], Any]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LayeredNetwork(Description):
    """Layers one after the other; the first reads the stimulus, the last one answers.

    Parameters
    ----------
    layers : tuple of Layer
        In the order in which they are passed.
    shape : tuple of int, optional
        Shape of one input, ``(channel, height, width)`` for an image; what the first layer reads
        where it says so itself.
    channels : tuple of str, optional
        Names of the stimulus channels, one for each number of an input, row by row;
        ``input[0]``, ``input[1]``, ... unless given.
    outputs : tuple of str, optional
        Names of the last layer's units; ``layer3[0]``, ... unless given.
    names : tuple of str, optional
        Names of the layers; ``layer1``, ``layer2``, ... unless given. Units are called
        ``name[i]``.

    Raises
    ------
    DescriptionError
        If a layer cannot read what the one before gives, or names do not fit.
    """

    layers: tuple[Layer, ...]
    shape: Any = None
    channels: Any = None
    outputs: Any = None
    names: Any = None

    kind = "layered network"

    def check(self) -> None:
        """Follow the shapes through the layers, and complete the names."""
        layers = (self.layers,) if isinstance(self.layers, Layer) else tuple(self.layers)
        self.set_field("layers", layers)
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise DescriptionError(
                "LayeredNetwork, layers",
                "at least one layer, and layers only",
                repr([type(layer).__name__ for layer in layers]),
                "Give layers=(Dense(...), ...).",
            )
        self._set_names("names", len(layers), lambda k: f"layer{k + 1}")
        self._set_shape()
        shapes = self.shapes
        self._set_names("channels", int(np.prod(shapes[0])), lambda k: f"input[{k}]")
        last = self.names[-1]
        self._set_names("outputs", int(np.prod(shapes[-1])), lambda k: f"{last}[{k}]")

    def _set_shape(self) -> None:
        first = self.layers[0]
        shape = first.input_shape if self.shape is None else self.shape
        sizes = (shape,) if isinstance(shape, (int, np.integer)) else shape
        if sizes is None or not all(int(n) == n and n > 0 for n in sizes):
            raise DescriptionError(
                "LayeredNetwork, shape",
                f"the shape of one input, for {first.title()} does not say it",
                repr(self.shape),
                "Give shape=(channels, height, width), or shape=(n,) for a vector.",
            )
        self.set_field("shape", tuple(int(n) for n in sizes))

    def _set_names(self, field: str, count: int, default: Callable[[int], str]) -> None:
        value = getattr(self, field)
        names = (value,) if isinstance(value, str) else value
        names = tuple(map(default, range(count)) if names is None else names)
        if len(names) != count or len(set(names)) != count:
            raise DescriptionError(
                f"LayeredNetwork, {field}",
                f"{count} different name(s)",
                f"{len(names)} name(s), {len(set(names))} of them different",
                f"Leave {field} out to have them named for you.",
            )
        self.set_field(field, names)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shapes of the input and of every layer's output."""
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
        """What it answers with: the units of the last layer."""
        return tuple(self.outputs)

    @property
    def sources(self) -> tuple[str, ...]:
        """What each layer reads: ``"input"``, or the name of the layer that has these units."""
        sources = ["input"]
        for name, layer in zip(self.names, self.layers, strict=True):
            sources.append(sources[-1] if layer.passes_input else name)
        return tuple(sources[:-1])

    @property
    def is_temporal(self) -> bool:
        """Whether the answer depends on earlier inputs."""
        return any(layer.is_temporal for layer in self.layers)

    @property
    def parameters(self) -> tuple[dict[str, np.ndarray], ...]:
        """The learned arrays, layer by layer."""
        return tuple(layer.parameters for layer in self.layers)

    def with_parameters(self, parameters: Sequence[Parameters]) -> LayeredNetwork:
        """Give the same network with other parameters."""
        layers = [
            dataclasses.replace(layer, **{k: np.asarray(v, dtype=float) for k, v in p.items()})
            for layer, p in zip(self.layers, parameters, strict=True)
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
        """Pass a batch through the layers.

        Parameters
        ----------
        parameters : sequence of mapping of str to array
            One mapping per layer, as `parameters` gives them.
        x : array, shape (batch, time, *shape)
            The inputs.
        xp : module, optional
            `numpy` or `jax.numpy`.
        dt : float, optional
            Time step in seconds, for layers with a time constant.
        draw_mask : callable, optional
            ``keep(layer, shape, share)`` draws which outputs `Dropout` layers keep, in training;
            all of them unless given.

        Returns
        -------
        list of array, shape (batch, time, *output shape)
            What every layer answers; the last entry is the network's answer.
        """
        outputs = []
        for k, (layer, p) in enumerate(zip(self.layers, parameters, strict=True)):
            x = layer.forward(p, x, xp, dt)
            if draw_mask is not None and isinstance(layer, Dropout):
                x = x * draw_mask(k, x.shape, 1 - layer.rate) / (1 - layer.rate)
            outputs.append(x)
        return outputs

    def predict(self, inputs: Any, dt: float | None = None) -> np.ndarray:
        """Answer inputs that need no labels.

        Parameters
        ----------
        inputs : array_like, shape (sample, *shape) or (sample, time, *shape)
            The inputs.
        dt : float, optional
            Time step in seconds, for layers with a time constant.

        Returns
        -------
        numpy.ndarray, shape (sample, *output) or (sample, time, *output)
            The last layer's outputs.
        """
        x = np.asarray(inputs, dtype=float)
        has_time = x.ndim == len(self.shape) + 2
        outputs = self.forward(self.parameters, x if has_time else x[:, None], dt=dt)[-1]
        return outputs if has_time else outputs[:, 0]

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
        """Answer a stimulus; nothing is random, so one trial stands for all.

        Parameters
        ----------
        stimulus : xarray.DataArray
            Dimensions ``(condition, time, channel)``.
        trials, seed, engine, dt
            Taken for the sake of `bioann.model.Model`. Layers step with the stimulus.
        bin_width : quantity, optional
            Width of the bins over which activation is averaged.

        Returns
        -------
        xarray.Dataset
            ``activation`` (condition, trial = 1, time, unit).
        """
        check_trials(trials)
        stimulus = check_stimulus(stimulus, self.channels)
        centres, steps = make_response_bins(stimulus, to_si(bin_width, "ms", "bin_width"))
        inputs = stimulus.sel(channel=list(self.channels)).values
        outputs = self._compute_outputs(inputs[:, : len(centres) * steps], stimulus.attrs["dt"])
        activation = outputs.reshape(len(outputs), len(centres), steps, -1).mean(axis=2)
        return label_activations(
            activation[:, None], self.units, stimulus.condition.values, centres
        )

    def _compute_outputs(self, inputs: np.ndarray, dt: float) -> np.ndarray:
        """Answer ``(condition, time, channel)`` with ``(condition, time, unit)``."""
        if self.is_temporal:
            outputs = self.predict(inputs.reshape(*inputs.shape[:2], *self.shape), dt)
            return outputs.reshape(*inputs.shape[:2], -1)
        # A static network answers a frame as it answered the same frame before: once is enough.
        is_new = np.ones(inputs.shape[:2], dtype=bool)
        is_new[:, 1:] = (inputs[:, 1:] != inputs[:, :-1]).any(axis=2)
        frame_outputs = self.predict(inputs[is_new].reshape(-1, *self.shape))
        return frame_outputs.reshape(len(frame_outputs), -1)[
            np.cumsum(is_new).reshape(is_new.shape) - 1
        ]

    def to_rate_network(self) -> RateNetwork:
        """Write the network out as a rate network with a unit for every output of every layer.

        Returns
        -------
        RateNetwork
            Its units are called ``layer1[0]``, ..., those of the last layer by `outputs`; layers
            that only pass their input on (Flatten, Dropout) have none.

        Raises
        ------
        DescriptionError
            If a layer does what weighted sums and activations cannot, as MaxPool does.
        """
        return flatten.flatten_layers(self)

    def connections(self) -> pd.DataFrame:
        """List the weights between units; none if a layer cannot be written as units."""
        try:
            return self.to_rate_network().connections()
        except DescriptionError:
            return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})

    def explain(self) -> tuple[Explanation, ...]:
        """Give the equation of every layer that has one."""
        explanations = []
        for name, layer in zip(self.names, self.layers, strict=True):
            explanation = layer.explain()
            if explanation is not None:
                explanations.append(
                    dataclasses.replace(explanation, title=f"{name}: {explanation.title}")
                )
        return tuple(explanations)

    def shuffle_signs(self, count: int, *, seed: int) -> tuple[LayeredNetwork, ...]:
        """Give up to `count` networks with the same magnitudes and random signs."""
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
        """Name the units that never leave zero."""
        return shuffle.describe_silent_units(recording)
