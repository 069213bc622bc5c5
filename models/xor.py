"""XOR: does it take a hidden layer and a minus sign to answer 1 to one input, and 0 to none or two?

Biological half: `any` fires when either input does, `both` only when both do; `any` excites the
output, and `both`, which releases GABA, inhibits it. Control: the same circuit, `both` releasing
glutamate. Artificial half: three units with the same connections and signed weights.

Beside them, networks of one to three hidden layers are trained on the same four points by gradient
descent (logistic loss, full batch), from 20 seeds each: with free signs, and with every weight
kept >= 0. An increasing activation of a sum with weights >= 0 never falls when an input rises, and
neither does a chain of them, so such a network gets at most three of XOR's four points right (Wang
et al. 2023). Biases are free.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import xarray as xr
from brian2 import ms, nS
from scipy.special import expit

import bioann as ba
from bioann.randomness import generator
from bioann.reporting.style import ANN, BIOLOGY, FLOOR, INHIBITORY, INK, Drawing, axes

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])
SEEDS, HIDDEN, DEPTHS, STEPS, RATE = 20, 6, (1, 2, 3), 3000, 0.5


def forward(layers: list[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Give the activity of each layer for all seeds; the last input of a layer is its bias."""
    found = [np.broadcast_to(x, (layers[0].shape[0], *x.shape))]
    for w in layers:
        total = found[-1] @ w[:, :-1] + w[:, -1:]
        found.append(expit(total) if w is layers[-1] else np.tanh(total))
    return found


@cache
def trained(depth: int, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Train networks; give the share of points right and the steepest fall of each, by seed."""
    sizes = [2, *(HIDDEN,) * depth, 1]
    rng = generator(6, "xor", depth, signed)
    layers = [rng.normal(size=(SEEDS, a + 1, b)) for a, b in pairwise(sizes)]
    for _ in range(STEPS):
        if not signed:
            for w in layers:
                np.maximum(w[:, :-1], 0.0, out=w[:, :-1])
        active = forward(layers, POINTS)
        error = active[-1] - XOR[:, None]  # of the logistic loss, with respect to the summed input
        for k in reversed(range(len(layers))):
            below = np.concatenate([active[k], np.ones((*active[k].shape[:2], 1))], axis=2)
            step = below.transpose(0, 2, 1) @ error
            error = (error @ layers[k][:, :-1].transpose(0, 2, 1)) * (1 - active[k] ** 2)
            layers[k] = layers[k] - RATE * step / len(POINTS)
    if not signed:
        layers = [np.concatenate([np.maximum(w[:, :-1], 0), w[:, -1:]], axis=1) for w in layers]
    right = ((forward(layers, POINTS)[-1][..., 0] > 0.5) == XOR).mean(axis=1)
    axis = np.linspace(0, 1, 11)
    plane = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    surface = forward(layers, plane)[-1].reshape(SEEDS, 11, 11)
    falls = [np.diff(surface, axis=k).reshape(SEEDS, -1).min(axis=1) for k in (1, 2)]
    return right, np.minimum(*falls)


def best(signed: bool) -> float:
    """Share of points that the best of all networks gets right, over depths and seeds."""
    return float(max(trained(depth, signed)[0].max() for depth in DEPTHS))


def best_signed(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Best network with free signs."""
    return xr.DataArray(best(signed=True))


def best_positive(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Best network without negative weights."""
    return xr.DataArray(best(signed=False))


def steepest(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Steepest fall of any network without negative weights where an input rises by 0.1."""
    return xr.DataArray(min(trained(depth, False)[1].min() for depth in DEPTHS))


def right(response: xr.DataArray) -> xr.DataArray:
    """Share of conditions on the right side of half an activation."""
    wanted = response.a + response.b == 1
    return ((response > 0.5) == wanted).mean("condition")


def right_bio(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Share of conditions that biology gets right."""
    return right(bio)


def right_other(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Share of conditions that what biology is compared with gets right."""
    return right(other)


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw the four answers of the circuits, and what trained networks reach."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    steady = steady.sel(match="output")
    drawn, (left, middle) = axes(1, 2, height=2.8)
    x = np.arange(len(POINTS))
    shown = (
        ("bio", BIOLOGY, "biology"),
        ("glutamate_only", INHIBITORY, "without GABA"),
        ("ann", ANN, "ANN"),
    )
    told = []
    for k, (half, color, label) in enumerate(shown):
        value = steady[half].mean("trial") if "trial" in steady[half].dims else steady[half]
        left.bar(x + 0.27 * (k - 1), value, 0.25, color=color, label=label)
        told.append(f"{label} {', '.join(f'{v:.2f}' for v in value.values)}")
    left.axhline(0.5, color=INK, lw=0.8, ls=":")
    left.set_xticks(x, [f"{a:g}, {b:g}" for a, b in POINTS])
    left.set(xlabel="inputs a, b [activation]", ylabel="output [activation]")
    for k, (signed, color) in enumerate(((True, ANN), (False, FLOOR))):
        for depth in DEPTHS:
            found = 100 * trained(depth, signed)[0]
            spread = np.linspace(-0.12, 0.12, SEEDS)
            label = ("free signs" if signed else "weights >= 0") if depth == 1 else "_"
            at = depth + 0.17 * (2 * k - 1) + spread
            middle.plot(at, np.sort(found), "os"[k], color=color, ms=3, label=label)
            told.append(f"{depth} hidden, {'free' if signed else 'positive'}: {found.mean():.0f} %")
    middle.axhline(75, color=INK, lw=0.8, ls=":")
    middle.set(xticks=DEPTHS, xlabel="hidden layers", ylabel="points right [%]", ylim=(20, 108))
    for panel in (left, middle):
        panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return Drawing(
        drawn,
        "Left: outputs for the four inputs. Right: points right of trained networks. "
        f"{'; '.join(told)}.",
        "With inhibition the circuit answers to one input alone; no network without negative "
        f"weights gets more than 75 % right, however deep. n: 10 neurons a population, "
        f"{steady.sizes['trial']} trials; {SEEDS} seeds a depth.",
    )


def circuit(both: str) -> ba.SpikingNetwork:
    """Build the biological half; `both` releases the given transmitter."""
    return ba.SpikingNetwork(
        populations=(
            ba.Population("any", 10, "glutamate"),
            ba.Population("both", 10, both),
            ba.Population("output", 10, "glutamate"),
        ),
        afferents=tuple(
            ba.Afferent(channel, to, weight, fibres=20)
            for channel in "ab"
            for to, weight in (("any", 0.6 * nS), ("both", 0.25 * nS))
        ),
        projections=(
            ba.Projection("any", "output", 1.4 * nS),
            ba.Projection("both", "output", 5 * nS),
        ),
    )


def pair() -> ba.Pair:
    """Return the pair."""
    ann = ba.RateNetwork(
        units=("any", "both", "output"),
        channels=("a", "b"),
        W=[[0, 0, 0], [0, 0, 0], [1.0, -3.0, 0]],
        W_in=[[1.0, 1.0], [1.0, 1.0], [0, 0]],
        bias=[0.0, -1.0, 0.0],
        tau=(10 * ms, 10 * ms, 10 * ms),
    )
    return ba.Pair(
        "xor",
        circuit("GABA"),
        ann,
        ba.Correspondence(tuple(ba.Match(name, name) for name in ("any", "both", "output"))),
        question="Does it take a hidden layer and a minus sign to answer to one input alone?",
        source="'Neural Network: Can Weights Be Negative?' (web article); Wang et al. 2023",
        stimulus=ba.steps({"a": POINTS[:, 0], "b": POINTS[:, 1]}, duration=600 * ms),
        settle=200 * ms,
        trials=10,
        controls={"glutamate_only": circuit("glutamate")},
        metrics=(
            ba.Metric("points right, biology", right_bio, best=1.0, alone=True),
            ba.Metric("points right, ANN", right_other, best=1.0),
            ba.Metric("points right, no GABA", right_other, best=1.0, against="glutamate_only"),
            ba.Metric("best of trained, free signs", best_signed, best=1.0, each="pair"),
            ba.Metric("best of trained, weights >= 0", best_positive, best=1.0, each="pair"),
            ba.Metric("steepest fall, weights >= 0", steepest, best=0.0, each="pair"),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "B6a",
                "Without negative weights no network answers to one input alone, however deep.",
                "'Can Weights Be Negative?'; Wang et al. 2023",
                ba.AllOf(
                    (
                        ba.at_most("best of trained, weights >= 0", 0.75),
                        ba.at_least("steepest fall, weights >= 0", 0.0),  # never: it is monotone
                        ba.at_most("points right, no GABA", 0.75, match="output"),
                    )
                ),
            ),
            ba.Claim(
                "B6b",
                "A hidden layer and weights of both signs suffice, and so do excitation and "
                "inhibition.",
                "'Can Weights Be Negative?'",
                ba.AllOf(
                    (
                        ba.at_least("best of trained, free signs", 1.0),
                        ba.at_least("points right, ANN", 1.0, match="output"),
                        ba.at_least("points right, biology", 1.0, match="output"),
                    )
                ),
            ),
        ),
    )
