"""Training steps in JAX: some of them in one compiled scan, for all seeds at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.signs.constraints import Bounds, Free
from bioann.ann.training.jax_optax import import_jax, import_optax
from bioann.ann.training.model import Model, Named
from bioann.ann.training.options import TrainingOptions


def optimiser(recipe: TrainingOptions, model: Model) -> Any:
    """Make the optimiser of a step of rate 1: clipping, the rule, then decay past it."""
    o = import_optax()
    rules = {
        "sgd": o.identity,
        "momentum": lambda: o.trace(decay=recipe.momentum),
        "adam": o.scale_by_adam,
    }
    decays = {w.name: w.decays for w in model.weights}
    parts = [] if recipe.clip is None else [o.clip_by_global_norm(recipe.clip)]
    parts.append(rules[recipe.optimiser]())
    if recipe.decay:
        parts.append(o.add_decayed_weights(recipe.decay, mask=decays))
    return o.chain(*parts)


def weights_of(free: Named, bounds: tuple[Named, Named], way: str) -> Named:
    """Turn the numbers that are learned into the weights that they stand for."""
    if way == "projection":
        return free
    xp, (low, high) = import_jax().numpy, bounds

    def turned(theta: Any, low: Any, high: Any) -> Any:
        magnitude = xp.abs(theta)
        return xp.where(low == 0, magnitude, xp.where(high == 0, -magnitude, theta))

    return {
        name: xp.clip(turned(theta, low[name], high[name]), low[name], high[name])
        for name, theta in free.items()
    }


def loss(kind: str, output: Any, target: Any, weight: Any) -> Any:
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
        each = import_optax().softmax_cross_entropy_with_integer_labels(output, target)
    else:
        each = ((output - target) ** 2).mean(axis=tuple(range(2, output.ndim)))
    return (each * weight).sum() / xp.maximum(weight.sum(), 1e-12)


@dataclasses.dataclass(frozen=True)
class Stepper:
    """Compiled functions of one model and recipe; the first axis of states is the seed.

    Attributes
    ----------
    begin : callable
        ``begin(free, bounds) -> state``.
    weights : callable
        ``weights(free, bounds) -> weights``, all parameters as the network has them.
    advance : callable
        ``advance(state, active, bounds, keys, index, valid, step, rate, data) -> (state, told)``.
    judge : callable
        ``judge(state, bounds, data) -> (loss, output)`` without dropout.
    """

    begin: Callable[..., Any]
    weights: Callable[..., Any]
    advance: Callable[..., Any]
    judge: Callable[..., Any]


def stepper(model: Model, recipe: TrainingOptions) -> Stepper:
    """Compile the steps of a training, once for all trainings that compute alike.

    Parameters
    ----------
    model : Model
        What is trained.
    recipe : Training
        How.

    Returns
    -------
    Stepper
        For any number of seeds.
    """
    # Bounds and the rate are data: all regimes that keep to bounds in one way are compiled once.
    alike = TrainingOptions(
        recipe.optimiser,
        loss=recipe.loss,
        decay=recipe.decay,
        momentum=recipe.momentum,
        clip=recipe.clip,
        regime=Free(by=recipe.regime.by),
    )
    return _compiled(model, alike)


@functools.lru_cache(maxsize=32)
def _compiled(model: Model, recipe: TrainingOptions) -> Stepper:
    j, rule, way = import_jax(), optimiser(recipe, model), recipe.regime.by
    paces = {w.name: w.pace for w in model.weights}

    def begin(free: Named, bounds: Any) -> Any:
        side = j.tree.map(j.numpy.sign, model.effective(weights_of(free, bounds, way)))
        return {"free": free, "rule": rule.init(free), "side": side}

    def cost(free: Named, bounds: Any, x: Any, y: Any, weight: Any, key: Any) -> Any:
        found = model.forward(weights_of(free, bounds, way), x, key)
        return loss(recipe.loss, found, y, weight)

    def one(state: Any, now: Any, bounds: Any, key: Any, rate: Any, data: Any) -> Any:
        index, valid, step = now
        x, y, weight = data
        batch = (x[index], y[index], weight[index] * valid[:, None])
        dropped = j.random.fold_in(key, step)
        value, slope = j.value_and_grad(cost)(state["free"], bounds, *batch, dropped)
        change, rule_state = rule.update(slope, state["rule"], state["free"])
        free = {w: state["free"][w] - rate * paces[w] * change[w] for w in change}
        if way == "projection":
            free = {
                name: j.numpy.clip(v, bounds[0][name], bounds[1][name]) for name, v in free.items()
            }
        side, crossed = _crossings(state["side"], model.effective(weights_of(free, bounds, way)))
        worst = {name: j.numpy.abs(v).max() for name, v in free.items()}
        state = {"free": free, "rule": rule_state, "side": side}
        return state, {"loss": value, "crossed": crossed, "worst": worst}

    def several(
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
        step_of = functools.partial(one, bounds=bounds, key=key, rate=rate, data=data)
        steps = step + j.numpy.arange(len(index))
        new, told = j.lax.scan(step_of, state, (index, valid, steps))
        kept = j.tree.map(lambda a, b: j.numpy.where(active, a, b), new, state)
        return kept, told

    def judge(state: Any, bounds: Any, data: Any) -> Any:
        x, y, weight = data
        found = model.forward(weights_of(state["free"], bounds, way), x, None)
        return loss(recipe.loss, found, y, weight), found

    return Stepper(
        begin=j.jit(j.vmap(begin)),
        weights=j.jit(functools.partial(weights_of, way=way)),
        advance=j.jit(j.vmap(several, in_axes=(0, 0, 0, 0, 0, 0, None, None, None))),
        judge=j.jit(j.vmap(judge, in_axes=(0, 0, None))),
    )


def _crossings(side: Named, weights: Named) -> tuple[Named, Named]:
    """Count the weights that are on another side of zero than when they last were on one."""
    xp = import_jax().numpy
    new, crossed = {}, {}
    for name, before in side.items():
        now = xp.sign(weights[name])
        crossed[name] = ((now * before) < 0).sum()
        new[name] = xp.where(now == 0, before, now)
    return new, crossed


def stacked(bounds: list[dict[str, Bounds]], kind: Any) -> tuple[Named, Named]:
    """Stack the bounds of all seeds."""
    names = bounds[0]
    low, high = (
        {name: np.stack([b[name][k] for b in bounds]).astype(kind) for name in names}
        for k in (0, 1)
    )
    return low, high
