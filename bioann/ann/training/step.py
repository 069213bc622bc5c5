"""Training steps in JAX: several steps in one compiled loop, for all seeds at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.signs.constraints import Bounds, Free
from bioann.ann.training.gradient_factors import require_dense_layers, split_gradient
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.loss import compute_loss
from bioann.ann.training.model import NamedArrays, TrainableNetwork
from bioann.ann.training.options import TrainingOptions


def make_optimiser(options: TrainingOptions) -> Any:
    """Build the optimiser for a learning rate of 1 and no decay: clipping and update rule."""
    o = import_optax()
    rules = {
        "sgd": o.identity,
        "momentum": lambda: o.trace(decay=options.momentum),
        "adam": o.scale_by_adam,
        "exponentiated": o.identity,
    }
    transforms = [] if options.clip is None else [o.clip_by_global_norm(options.clip)]
    transforms.append(rules[options.optimiser]())
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
        ``advance(state, active, bounds, keys, index, valid, step, rate, data, span) -> (state,
        log)``; the log has ``loss``, ``crossings`` and ``magnitudes`` of each step, 0 outside of
        the span. All spans share one compiled program, so that they cannot differ in rounding.
    split : callable
        ``split(state, bounds, keys, index, valid, step, data) -> factors``, inputs and errors of
        the dense layers for one batch, see `split_gradient`.
    evaluate : callable
        ``evaluate(state, bounds, data) -> (loss, output)``, without dropout.
    """

    init_state: Callable[..., Any]
    constrain: Callable[..., Any]
    advance: Callable[..., Any]
    split: Callable[..., Any]
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
    # Bounds, learning rate and decay are arguments of the compiled functions: all constraints with
    # the same method and all decays above 0 share them.
    shared_options = TrainingOptions(
        options.optimiser,
        loss=options.loss,
        decay=float(options.decay > 0),
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
            jax.vmap(functions.take_steps, in_axes=(0, 0, 0, 0, 0, 0, None, None, None, None))
        ),
        split=jax.jit(jax.vmap(functions.split_batch, in_axes=(0, 0, 0, 0, 0, None, None))),
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
        self.optimiser = make_optimiser(options)
        weights = {w.name for w in model.learned_arrays if w.decays}
        self.decaying = weights if options.decay else set()
        self.multiplied = weights if options.optimiser == "exponentiated" else set()
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
        batch, dropout_key = _select_batch(data, batch_index, key)
        loss, gradient = jax.value_and_grad(self.compute_batch_loss)(
            state["free"], bounds, *batch, dropout_key
        )
        update, rule_state = self.optimiser.update(gradient, state["rule"], state["free"])
        for name in self.decaying:
            update[name] = update[name] + rate[1] * state["free"][name]
        free = {w: self._move(w, state["free"][w], rate[0] * update[w]) for w in update}
        if self.method == "projection":
            low, high = bounds
            free = {name: jax.numpy.clip(v, low[name], high[name]) for name, v in free.items()}
        side, crossings = _count_crossings(state["side"], self.compute_weights(free, bounds))
        magnitudes = {name: jax.numpy.abs(v).max() for name, v in free.items()}
        state = {"free": free, "rule": rule_state, "side": side}
        return state, {"loss": loss, "crossings": crossings, "magnitudes": magnitudes}

    def _move(self, name: str, array: Any, change: Any) -> Any:
        """Return an array after a change, added or, with exponentiated gradients, multiplied."""
        xp, change = import_jax().numpy, self.rate_factors[name] * change
        if name in self.multiplied:
            return array * xp.exp(-xp.sign(array) * change)
        return array - change

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
        span: Any,
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
            Number of steps before the first batch.
        rate : (float, float)
            Learning rate, above 0, and weight decay, 0 or more.
        data : (array, array, array)
            Inputs, targets and weights of all samples.
        span : (int, int)
            First batch, and the one after the last.
        """
        jax = import_jax()

        def take_one(k: Any, carry: Any) -> Any:
            batch_index = (index[k], valid[k], step + k)
            next_state, entry = self.take_step(carry[0], batch_index, bounds, key, rate, data)
            return next_state, jax.tree.map(lambda log, v: log.at[k].set(v), carry[1], entry)

        # Tracing a step only for the shapes of its log would take as long as the step itself.
        zero, count = jax.numpy.zeros(len(index), rate[0].dtype), jax.numpy.zeros(len(index), int)
        step_log = {
            "loss": zero,
            "crossings": dict.fromkeys(state["side"], count),
            "magnitudes": dict.fromkeys(state["free"], zero),
        }
        stepped_state, step_log = jax.lax.fori_loop(*span, take_one, (state, step_log))
        next_state = jax.tree.map(lambda a, b: jax.numpy.where(active, a, b), stepped_state, state)
        return next_state, step_log

    def split_batch(
        self, state: Any, bounds: Any, key: Any, index: Any, valid: Any, step: Any, data: Any
    ) -> Any:
        """Compute inputs and back-propagated errors of all dense layers for one batch."""
        (x, y, weight), dropout_key = _select_batch(data, (index, valid, step), key)
        parameters = constrain_parameters(state["free"], bounds, self.method)
        compute_batch_loss = functools.partial(compute_loss, self.loss, target=y, weight=weight)
        return split_gradient(
            require_dense_layers(self.model), compute_batch_loss, parameters, x, dropout_key
        )

    def evaluate(self, state: Any, bounds: Any, data: Any) -> Any:
        """Compute loss and outputs without dropout."""
        x, y, weight = data
        parameters = constrain_parameters(state["free"], bounds, self.method)
        output = self.model.forward(parameters, x, None)
        return compute_loss(self.loss, output, y, weight), output


def _select_batch(data: Any, batch_index: Any, key: Any) -> tuple[Any, Any]:
    """Return inputs, targets and weights of a batch, and the key of its dropout."""
    index, valid, step = batch_index
    x, y, weight = data
    batch = (x[index], y[index], weight[index] * valid[:, None])
    return batch, import_jax().random.fold_in(key, step)


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
