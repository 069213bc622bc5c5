"""Training steps in JAX: some of them in one compiled scan, for all seeds at once."""

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
    """Make the optimiser of a step of rate 1: clipping, the rule, then decay past it."""
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
    """Turn the numbers that are learned into the weights that they stand for."""
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
    r"""Give the mean loss of a batch.

    Parameters
    ----------
    kind : {'cross-entropy', 'mse'}
        :math:`-\ln \mathrm{softmax}(y)_{c}` of the class `c`, or the mean of the squared errors of
        all outputs.
    output : array, shape (batch, time, ...)
        What the network answers.
    target : array, shape (batch, time) or like `output`
        Class numbers, or what it should answer.
    weight : array, shape (batch, time)
        What counts how much.

    Returns
    -------
    array
        A scalar.
    """
    xp = import_jax().numpy
    if kind == "cross-entropy":
        losses = import_optax().softmax_cross_entropy_with_integer_labels(output, target)
    else:
        losses = ((output - target) ** 2).mean(axis=tuple(range(2, output.ndim)))
    return (losses * weight).sum() / xp.maximum(weight.sum(), 1e-12)


@dataclasses.dataclass(frozen=True)
class CompiledSteps:
    """Compiled functions of one model and its options; the first axis of states is the seed.

    Attributes
    ----------
    init_state : callable
        ``begin(free, bounds) -> state``.
    constrain : callable
        ``weights(free, bounds) -> weights``, all parameters as the network has them.
    advance : callable
        ``advance(state, active, bounds, keys, index, valid, step, rate, data) -> (state, told)``.
    evaluate : callable
        ``judge(state, bounds, data) -> (loss, output)`` without dropout.
    """

    init_state: Callable[..., Any]
    constrain: Callable[..., Any]
    advance: Callable[..., Any]
    evaluate: Callable[..., Any]


def compile_steps(model: TrainableNetwork, options: TrainingOptions) -> CompiledSteps:
    """Compile the steps of a training, once for all trainings that compute alike.

    Parameters
    ----------
    model : TrainableNetwork
        What is trained.
    options : TrainingOptions
        How.

    Returns
    -------
    Stepper
        For any number of seeds.
    """
    # Bounds and the rate are data: all constraints of one method are compiled once.
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
    j, optimiser, method = import_jax(), make_optimiser(options, model), options.constraint.method
    rate_factors = {w.name: w.rate_factor for w in model.learned_arrays}

    def init_state(free: NamedArrays, bounds: Any) -> Any:
        side = j.tree.map(
            j.numpy.sign, model.signed_weights(constrain_parameters(free, bounds, method))
        )
        return {"free": free, "rule": optimiser.init(free), "side": side}

    def compute_batch_loss(
        free: NamedArrays, bounds: Any, x: Any, y: Any, weight: Any, key: Any
    ) -> Any:
        output = model.forward(constrain_parameters(free, bounds, method), x, key)
        return compute_loss(options.loss, output, y, weight)

    def take_step(state: Any, batch_index: Any, bounds: Any, key: Any, rate: Any, data: Any) -> Any:
        index, valid, step = batch_index
        x, y, weight = data
        batch = (x[index], y[index], weight[index] * valid[:, None])
        dropout_key = j.random.fold_in(key, step)
        value, gradient = j.value_and_grad(compute_batch_loss)(
            state["free"], bounds, *batch, dropout_key
        )
        update, rule_state = optimiser.update(gradient, state["rule"], state["free"])
        free = {w: state["free"][w] - rate * rate_factors[w] * update[w] for w in update}
        if method == "projection":
            free = {
                name: j.numpy.clip(v, bounds[0][name], bounds[1][name]) for name, v in free.items()
            }
        side, crossings = _count_crossings(
            state["side"], model.signed_weights(constrain_parameters(free, bounds, method))
        )
        magnitudes = {name: j.numpy.abs(v).max() for name, v in free.items()}
        state = {"free": free, "rule": rule_state, "side": side}
        return state, {"loss": value, "crossed": crossings, "worst": magnitudes}

    def take_steps(
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
        step_function = functools.partial(take_step, bounds=bounds, key=key, rate=rate, data=data)
        steps = step + j.numpy.arange(len(index))
        stepped_state, step_log = j.lax.scan(step_function, state, (index, valid, steps))
        next_state = j.tree.map(lambda a, b: j.numpy.where(active, a, b), stepped_state, state)
        return next_state, step_log

    def evaluate(state: Any, bounds: Any, data: Any) -> Any:
        x, y, weight = data
        output = model.forward(constrain_parameters(state["free"], bounds, method), x, None)
        return compute_loss(options.loss, output, y, weight), output

    return CompiledSteps(
        init_state=j.jit(j.vmap(init_state)),
        constrain=j.jit(functools.partial(constrain_parameters, method=method)),
        advance=j.jit(j.vmap(take_steps, in_axes=(0, 0, 0, 0, 0, 0, None, None, None))),
        evaluate=j.jit(j.vmap(evaluate, in_axes=(0, 0, None))),
    )


def _count_crossings(side: NamedArrays, weights: NamedArrays) -> tuple[NamedArrays, NamedArrays]:
    """Count the weights that are on another side of zero than when they last were on one."""
    xp = import_jax().numpy
    new, crossings = {}, {}
    for name, before in side.items():
        now = xp.sign(weights[name])
        crossings[name] = ((now * before) < 0).sum()
        new[name] = xp.where(now == 0, before, now)
    return new, crossings


def stack_bounds(bounds: list[dict[str, Bounds]], dtype: Any) -> tuple[NamedArrays, NamedArrays]:
    """Stack the bounds of all seeds."""
    names = bounds[0]
    low, high = (
        {name: np.stack([b[name][k] for b in bounds]).astype(dtype) for name in names}
        for k in (0, 1)
    )
    return low, high
