"""Training steps in JAX: several steps in one compiled scan, for all seeds at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.signs.constraints import Bounds, Free
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.model import NamedArrays, TrainableNetwork
from bioann.ann.training.options import TrainingOptions


def make_optimiser(options: TrainingOptions, model: TrainableNetwork) -> Any:
    """Build the optimiser for a learning rate of 1: clipping, update rule, decoupled decay."""
    o = import_optax()
    rules = {
        "sgd": o.identity,
        "momentum": lambda: o.trace(decay=options.momentum),
        "adam": o.scale_by_adam,
    }
    decays = {w.name: w.decays for w in model.learned_arrays}
    transforms = [] if options.clip is None else [o.clip_by_global_norm(options.clip)]
    transforms.append(rules[options.optimiser]())
    if options.decay:
        transforms.append(o.add_decayed_weights(options.decay, mask=decays))
    return o.chain(*transforms)


def constrain_parameters(
    free: NamedArrays, bounds: tuple[NamedArrays, NamedArrays], method: str
) -> NamedArrays:
    """Compute the parameters from the free numbers that the optimiser changes.

    Parameters
    ----------
    free : dict of str to array
        The free numbers, one array per parameter array.
    bounds : (dict of str to array, dict of str to array)
        Lower and upper bounds of the parameters, infinite where there is none.
    method : {'projection', 'reparametrisation'}
        How the bounds are enforced; see `bioann.ann.signs.constraints.SignConstraint`.
    """
    if method == "projection":
        return free
    xp, (low, high) = import_jax().numpy, bounds

    def restrict_sign(theta: Any, low: Any, high: Any) -> Any:
        magnitude = xp.abs(theta)
        return xp.where(low == 0, magnitude, xp.where(high == 0, -magnitude, theta))

    return {
        name: xp.clip(restrict_sign(theta, low[name], high[name]), low[name], high[name])
        for name, theta in free.items()
    }


def compute_loss(kind: str, output: Any, target: Any, weight: Any) -> Any:
    r"""Compute the mean loss of a batch.

    Parameters
    ----------
    kind : {'cross-entropy', 'mse'}
        :math:`-\ln \mathrm{softmax}(y)_{c}` of the class `c`, or the squared error averaged over
        all outputs.
    output : array, shape (batch, time, ...)
        Outputs of the network; logits for cross-entropy.
    target : array, shape (batch, time) or like `output`
        Class numbers for cross-entropy, else the target outputs.
    weight : array, shape (batch, time)
        Weight of each sample and time step in the mean, 0 or more.

    Returns
    -------
    array
        The loss, a scalar.
    """
    xp = import_jax().numpy
    if kind == "cross-entropy":
        losses = import_optax().softmax_cross_entropy_with_integer_labels(output, target)
    else:
        losses = ((output - target) ** 2).mean(axis=tuple(range(2, output.ndim)))
    return (losses * weight).sum() / xp.maximum(weight.sum(), 1e-12)


@dataclasses.dataclass(frozen=True)
class CompiledSteps:
    """Compiled functions of one model and its options; the first axis of all states is the seed.

    Attributes
    ----------
    init_state : callable
        ``init_state(free, bounds) -> state``.
    constrain : callable
        ``constrain(free, bounds) -> parameters``, see `constrain_parameters`.
    advance : callable
        ``advance(state, active, bounds, keys, index, valid, step, rate, data) -> (state, log)``;
        the log has ``loss``, ``crossings`` and ``magnitudes`` of each step.
    evaluate : callable
        ``evaluate(state, bounds, data) -> (loss, output)``, without dropout.
    """

    init_state: Callable[..., Any]
    constrain: Callable[..., Any]
    advance: Callable[..., Any]
    evaluate: Callable[..., Any]


def compile_steps(model: TrainableNetwork, options: TrainingOptions) -> CompiledSteps:
    """Compile the training steps, or reuse those of an earlier training of the same structure.

    Parameters
    ----------
    model : TrainableNetwork
        The network that is trained.
    options : TrainingOptions
        Optimiser, loss, decay, momentum, clipping and the method of the constraint matter.

    Returns
    -------
    CompiledSteps
        Functions for any number of seeds.
    """
    # Bounds and learning rate are arguments of the compiled functions: all constraints with the
    # same method share them.
    shared_options = TrainingOptions(
        options.optimiser,
        loss=options.loss,
        decay=options.decay,
        momentum=options.momentum,
        clip=options.clip,
        constraint=Free(method=options.constraint.method),
    )
    return _compile_cached(model, shared_options)


@functools.lru_cache(maxsize=32)
def _compile_cached(model: TrainableNetwork, options: TrainingOptions) -> CompiledSteps:
    jax, functions = import_jax(), StepFunctions(model, options)
    return CompiledSteps(
        init_state=jax.jit(jax.vmap(functions.init_state)),
        constrain=jax.jit(
            functools.partial(constrain_parameters, method=options.constraint.method)
        ),
        advance=jax.jit(
            jax.vmap(functions.take_steps, in_axes=(0, 0, 0, 0, 0, 0, None, None, None))
        ),
        evaluate=jax.jit(jax.vmap(functions.evaluate, in_axes=(0, 0, None))),
    )


class StepFunctions:
    """The functions of `CompiledSteps` before compilation, for a single seed.

    Parameters
    ----------
    model : TrainableNetwork
        The network that is trained.
    options : TrainingOptions
        The options of the training; `rate` and bounds are arguments of the functions.
    """

    def __init__(self, model: TrainableNetwork, options: TrainingOptions) -> None:
        self.model, self.loss, self.method = model, options.loss, options.constraint.method
        self.optimiser = make_optimiser(options, model)
        self.rate_factors = {w.name: w.rate_factor for w in model.learned_arrays}

    def compute_weights(self, free: NamedArrays, bounds: Any) -> NamedArrays:
        """Compute the signed weights from the free numbers."""
        return self.model.signed_weights(constrain_parameters(free, bounds, self.method))

    def init_state(self, free: NamedArrays, bounds: Any) -> Any:
        """Return the state before the first step: free numbers, optimiser state, signs."""
        jax = import_jax()
        side = jax.tree.map(jax.numpy.sign, self.compute_weights(free, bounds))
        return {"free": free, "rule": self.optimiser.init(free), "side": side}

    def compute_batch_loss(
        self, free: NamedArrays, bounds: Any, x: Any, y: Any, weight: Any, key: Any
    ) -> Any:
        """Compute the mean loss of a batch with the dropout drawn from a key."""
        output = self.model.forward(constrain_parameters(free, bounds, self.method), x, key)
        return compute_loss(self.loss, output, y, weight)

    def take_step(
        self, state: Any, batch_index: Any, bounds: Any, key: Any, rate: Any, data: Any
    ) -> Any:
        """Compute the state after one optimiser step on the batch with these sample indices."""
        jax = import_jax()
        index, valid, step = batch_index
        x, y, weight = data
        batch = (x[index], y[index], weight[index] * valid[:, None])
        dropout_key = jax.random.fold_in(key, step)
        loss, gradient = jax.value_and_grad(self.compute_batch_loss)(
            state["free"], bounds, *batch, dropout_key
        )
        update, rule_state = self.optimiser.update(gradient, state["rule"], state["free"])
        free = {w: state["free"][w] - rate * self.rate_factors[w] * update[w] for w in update}
        if self.method == "projection":
            low, high = bounds
            free = {name: jax.numpy.clip(v, low[name], high[name]) for name, v in free.items()}
        side, crossings = _count_crossings(state["side"], self.compute_weights(free, bounds))
        magnitudes = {name: jax.numpy.abs(v).max() for name, v in free.items()}
        state = {"free": free, "rule": rule_state, "side": side}
        return state, {"loss": loss, "crossings": crossings, "magnitudes": magnitudes}

    def take_steps(
        self,
        state: Any,
        active: Any,
        bounds: Any,
        key: Any,
        index: Any,
        valid: Any,
        step: Any,
        rate: Any,
        data: Any,
    ) -> Any:
        """Compute the state after several steps; that of an inactive seed does not change.

        Parameters
        ----------
        state : dict
            Free numbers, optimiser state and signs before the first step.
        active : array of bool, shape ()
            Whether the seed is still trained.
        bounds : (dict of str to array, dict of str to array)
            Lower and upper bounds of the parameters.
        key : array
            JAX key of the seed, from which dropout is drawn.
        index, valid : array, shape (step, batch)
            Indices of the samples, and 1 for samples or 0 for padding.
        step : int
            Number of steps before these.
        rate : float
            Learning rate, above 0.
        data : (array, array, array)
            Inputs, targets and weights of all samples.
        """
        jax = import_jax()
        step_function = functools.partial(
            self.take_step, bounds=bounds, key=key, rate=rate, data=data
        )
        steps = step + jax.numpy.arange(len(index))
        stepped_state, step_log = jax.lax.scan(step_function, state, (index, valid, steps))
        next_state = jax.tree.map(lambda a, b: jax.numpy.where(active, a, b), stepped_state, state)
        return next_state, step_log

    def evaluate(self, state: Any, bounds: Any, data: Any) -> Any:
        """Compute loss and outputs without dropout."""
        x, y, weight = data
        parameters = constrain_parameters(state["free"], bounds, self.method)
        output = self.model.forward(parameters, x, None)
        return compute_loss(self.loss, output, y, weight), output


def _count_crossings(side: NamedArrays, weights: NamedArrays) -> tuple[NamedArrays, NamedArrays]:
    """Count sign changes relative to the last non-zero sign; return new signs and the counts."""
    xp = import_jax().numpy
    new, crossings = {}, {}
    for name, before in side.items():
        now = xp.sign(weights[name])
        crossings[name] = ((now * before) < 0).sum()
        new[name] = xp.where(now == 0, before, now)
    return new, crossings


def stack_bounds(bounds: list[dict[str, Bounds]], dtype: Any) -> tuple[NamedArrays, NamedArrays]:
    """Return lower and upper bounds of all seeds, shape ``(seed, ...)``."""
    names = bounds[0]
    low, high = (
        {name: np.stack([b[name][k] for b in bounds]).astype(dtype) for name in names}
        for k in (0, 1)
    )
    return low, high
