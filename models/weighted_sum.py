"""Weighted sum: is a neuron's rate one function of one signed sum of what reaches it?

Biological half: one conductance-based cell under Poisson bombardment, over a grid of excitatory
and inhibitory rates. Artificial half: one unit that sums the same two rates with weights computed
from the conductances (nothing is fitted) and passes the sum through the cell's own f-I curve.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from brian2 import Hz, nS, second

import bioann as ba
from bioann.metrics.single_index import MONOTONE_R2, IndexRatio
from bioann.reporting.style import Drawing, axes

FIBRES_E, FIBRES_I = 80, 20
TOP = 40 * Hz  # rate of every fibre at activation 1
SCALE = 100 * Hz  # rate of the cell that counts as activation 1


def receptor(afferent: ba.Afferent) -> ba.AMPA | ba.GABA_A:
    """Give the receptor of an afferent, which its construction has made one."""
    assert isinstance(afferent.receptor, (ba.AMPA, ba.GABA_A))
    return afferent.receptor


@dataclasses.dataclass(frozen=True)
class Theory:
    r"""The noise-free cell under constant conductances, in SI units.

    .. math:: 1/f = t_{ref} + \frac{C}{G} \ln\frac{A}{B}, \quad
              A = \sum_x g_x (E_x - V_r), \quad B = \sum_x g_x (E_x - V_{th})

    with the sums over leak, excitation and inhibition, and :math:`G = \sum_x g_x`.
    """

    cell: ba.LIF
    excitation: ba.Afferent
    inhibition: ba.Afferent

    def mean(self, afferent: ba.Afferent, activation: np.ndarray) -> np.ndarray:
        """Mean conductance, weight * fibres * rate * tau."""
        per_hertz = afferent.weight * afferent.fibres * receptor(afferent).tau
        return np.asarray(per_hertz * afferent.rate * activation)

    def curve(self, g_e: np.ndarray, g_i: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the rate in Hz and, where the cell fires, the effective potential in volt.

        The ratio of the derivatives of f with respect to g_i and g_e is
        ``(E_i - V) / (E_e - V)`` with ``V = ((V_th A - V_r B) / G - A B ln(A/B) / G^2) /
        (V_th - V_r)``: threshold at rheobase, the middle between reset and threshold far above.
        """
        c = self.cell
        parts = [(c.g_L, c.E_L)]
        parts += [(g_e, receptor(self.excitation).reversal)]
        parts += [(g_i, receptor(self.inhibition).reversal)]
        total = sum(g for g, _ in parts)
        a, b = (sum(g * (e - v) for g, e in parts) for v in (c.V_r, c.V_th))
        fires = b > 0
        b = np.where(fires, b, 1.0)
        log = np.where(fires, np.log(np.where(fires, a, 1.0) / b), 1.0)
        rate = np.where(fires, 1 / (c.t_ref + c.C / total * log), 0.0)
        v = ((c.V_th * a - c.V_r * b) / total - a * b * log / total**2) / (c.V_th - c.V_r)
        return rate, np.where(fires, v, np.nan)

    def ratio(self, activations: np.ndarray) -> float:
        """Weight of inhibition for a weight of excitation of 1, from the mean effective potential.

        The mean is over the grid of conditions in which the noise-free cell fires.
        """
        g_e, g_i = np.meshgrid(
            self.mean(self.excitation, activations), self.mean(self.inhibition, activations)
        )
        v = np.nanmean(self.curve(g_e, g_i)[1])
        one = [
            self.mean(a, np.ones(1))[0] * (receptor(a).reversal - v)
            for a in (self.inhibition, self.excitation)
        ]
        return float(one[0] / one[1])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FICurve(ba.Activation):
    """The cell's f-I curve for excitation alone, averaged over the noise of its conductance.

    The synapse is as slow as the driven membrane, so the conductance is taken as frozen at its
    stationary (Campbell) distribution and averaged over by Gauss-Hermite quadrature.
    """

    theory: Theory

    formula = "integral f(g) thin cal(N)(g; overline(g) x, q overline(g) x \\/ 2) thin d g"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the activation for each summed input, in units of excitatory activation."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(21)
        mean = self.theory.mean(self.theory.excitation, np.maximum(x, 0.0))[..., None]
        spread = np.sqrt(self.theory.excitation.weight * mean / 2)
        g = np.maximum(mean + spread * nodes, 0.0)
        # Below zero the sum pulls the cell down: nothing fires.
        rate = self.theory.curve(g, np.zeros_like(g))[0] @ (weights / weights.sum())
        return np.where(x > 0, rate / float(SCALE), 0.0)


def map_figure(comparison: ba.Comparison) -> Drawing:
    """Map the rate over the grid of inputs, and where the unit is off."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    bio, ann = steady["bio"].mean("trial"), steady["ann"]
    weight = comparison.pair.ann.W_in[0]
    levels = np.unique(steady.excitation)
    square = (len(levels), len(levels))
    figure, (left, right) = axes(1, 2, height=3.1, sharey=True)
    top = float(TOP / Hz)
    x, y = np.meshgrid(levels * top, levels * top, indexing="ij")
    rate = bio.values.reshape(square) * float(SCALE / Hz)
    off = (bio - ann).values.reshape(square) * float(SCALE / Hz)
    shown = left.pcolormesh(x, y, rate, cmap="cividis", shading="nearest", rasterized=True)
    total = weight[0] * x + weight[1] * y
    left.contour(x, y, total, 6, colors="white", linewidths=0.8, linestyles="solid")
    most = np.abs(off).max()
    wrong = right.pcolormesh(
        x, y, off, cmap="PuOr", vmin=-most, vmax=most, shading="nearest", rasterized=True
    )
    figure.colorbar(shown, ax=left, label="rate of the cell [Hz]")
    figure.colorbar(wrong, ax=right, label="biology minus ANN [Hz]")
    left.set(ylabel="inhibitory rate per fibre [Hz]", title="one rate along each white line")
    right.set(title="where the unit is off")
    for panel in (left, right):
        panel.set(xlabel="excitatory rate per fibre [Hz]")
    worst = np.unravel_index(np.abs(off).argmax(), square)
    where = f"{x[worst]:.0f} Hz excitation and {y[worst]:.0f} Hz inhibition per fibre"
    return Drawing(
        figure,
        f"Two maps over excitatory and inhibitory rate. Left: the rate of the cell, from "
        f"{rate.min():.0f} to {rate.max():.0f} Hz. Right: biology minus ANN, largest in size "
        f"{off[worst]:.0f} Hz at {where}.",
        "The rate follows the predicted signed sum (white lines). The unit is furthest off, by "
        f"{off[worst]:.0f} Hz, at {where}. n: 1 neuron, {bio.size} conditions, "
        f"{steady.sizes['trial']} trials each.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    excitation = ba.Afferent("excitation", "cell", 3 * nS, fibres=FIBRES_E, rate=TOP)
    inhibition = ba.Afferent(
        "inhibition", "cell", 6 * nS, fibres=FIBRES_I, rate=TOP, transmitter="GABA"
    )
    lif = ba.LIF()
    cell = ba.Population("cell", 1, transmitter="glutamate", cell=lif)
    theory = Theory(lif, excitation, inhibition)
    levels = np.linspace(0, 1, 13)
    ratio = theory.ratio(levels)
    found = IndexRatio("inhibition", "excitation", low=-1.0, high=-0.1)
    return ba.Pair(
        "weighted_sum",
        ba.SpikingNetwork((cell,), (excitation, inhibition)),
        ba.RateNetwork(
            units=("cell",),
            channels=("excitation", "inhibition"),
            W_in=[[1.0, ratio]],
            activation=FICurve(theory),
        ),
        ba.Correspondence((ba.Match("cell", "cell", scale=SCALE),)),
        question="Is a neuron's rate one function of one signed sum of its inputs?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' "
        "(AI Stack Exchange, 2019)",
        stimulus=ba.steps(
            ba.grid({"excitation": levels, "inhibition": levels}), duration=2.3 * second
        ),
        settle=0.3 * second,
        trials=5,
        metrics=(
            MONOTONE_R2,
            ba.Metric("weight ratio I/E", found, best=ratio, alone=True),
        ),
        claims=(
            ba.Claim(
                "A1",
                "A neuron adds its inputs with signed weights, as a unit does: phi(sum of w o).",
                "AI Stack Exchange 2018 and 2019",
                ba.AllOf(
                    (
                        ba.at_least("monotone R2", 0.99),
                        ba.Between("weight ratio I/E", low=1.1 * ratio, high=0.9 * ratio),
                    )
                ),
            ),
        ),
        figures=(map_figure,),
    )
