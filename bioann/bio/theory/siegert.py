r"""Firing rate under fast noise: mean first-passage time of a leaky cell driven by white noise.

.. math:: \nu^{-1} = t_{ref} + \tau \sqrt{\pi} \int_{y_r}^{y_\theta} e^{x^2}
          (1 + \mathrm{erf}\, x) \, dx, \qquad y = \frac{V - \mu}{\sigma}

(Siegert 1951; Ricciardi 1977; Amit and Tsodyks 1991), for the membrane
:math:`\tau \dot v = \mu - v + \sigma \sqrt{\tau} \xi(t)`, whose stationary standard deviation
without threshold is :math:`\sigma / \sqrt 2`. Noise with a correlation time :math:`\tau_s` shifts
both bounds up by :math:`\alpha / 2 \cdot \sqrt{\tau_s / \tau}`,
:math:`\alpha = \sqrt 2 \, |\zeta(1/2)| = 2.0653` (Brunel and Sergi 1998; Fourcaud and Brunel 2002).

Validity: many small steps of the potential (each at most a tenth of the distance from reset to
threshold), and :math:`\tau_s / \tau` at most 0.02 without the shift, 0.15 with it. Conductance
synapses enter with their mean and with the driving force at the mean potential (Richardson 2004).
Strong conductances shorten :math:`\tau` until the synapse is slower than the membrane; then
`bioann.bio.theory.adiabatic` is the limit that applies.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.constant_input import to_si_array
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.bio.theory.poisson_input import PoissonCurrent, PoissonInput

#: sqrt(2) |zeta(1/2)|.
ALPHA = float(np.sqrt(2) * 1.4603545088095868)
#: Largest synaptic over membrane time constant without and with the threshold shift.
MAX_RATIO, MAX_RATIO_SHIFTED = 0.02, 0.15
#: Largest step of the potential by one spike, as a share of threshold minus reset.
MAX_STEP = 0.1
#: Nodes of the quadrature.
NODES = 96
_legendre_rule = functools.cache(np.polynomial.legendre.leggauss)


class MembraneStatistics(NamedTuple):
    """Arguments of Siegert's formula in SI units: potential, noise, time constants, step."""

    mu: np.ndarray
    sigma: np.ndarray
    tau: np.ndarray
    tau_s: np.ndarray
    step: np.ndarray


@name_argument_errors
def siegert_rate(
    mu: Any, sigma: Any, tau: Any, *, threshold: Any, reset: Any, t_ref: Any = 0, tau_s: Any = 0
) -> np.ndarray:
    r"""Compute the rate of a leaky integrate-and-fire cell under Gaussian noise.

    Parameters
    ----------
    mu : quantity
        Mean potential without threshold.
    sigma : quantity
        Amplitude of the noise, >= 0: the stationary standard deviation is ``sigma / sqrt(2)``.
    tau : quantity
        Membrane time constant, above 0.
    threshold, reset : quantity
        Threshold and reset potential, the reset below threshold.
    t_ref : quantity, optional
        Absolute refractory period, at least 0.
    tau_s : quantity, optional
        Correlation time of the noise, which shifts the bounds; 0 for white noise.

    Returns
    -------
    numpy.ndarray
        Rate in Hz, of the broadcast shape.

    Raises
    ------
    DescriptionError
        For noise below zero, a time constant that is not above zero, or a reset at threshold.
    """
    volts = [to_si_array(x, "volt", "siegert_rate") for x in (mu, sigma, threshold, reset)]
    times = [to_si_array(x, "second", "siegert_rate") for x in (tau, t_ref, tau_s)]
    if (volts[1] < 0).any() or (times[0] <= 0).any() or not (volts[3] < volts[2]).all():
        raise DescriptionError(
            "siegert_rate",
            "sigma >= 0, tau above 0, reset below threshold",
            f"sigma {sigma}, tau {tau}, reset {reset}, threshold {threshold}",
            "Change the argument that is out of bounds.",
        )
    return _siegert_formula(*volts, *times)


def _siegert_formula(
    mu: np.ndarray, sigma: np.ndarray, threshold: np.ndarray, reset: np.ndarray,
    tau: np.ndarray, t_ref: np.ndarray, tau_s: np.ndarray,
) -> np.ndarray:  # fmt: skip
    sigma_floored = np.maximum(sigma, 1e-9)  # 1 nV: the limit without noise, to nine digits
    shift = ALPHA / 2 * np.sqrt(tau_s / tau)
    low, high = (reset - mu) / sigma_floored + shift, (threshold - mu) / sigma_floored + shift
    with np.errstate(over="ignore"):
        return 1 / (t_ref + tau * np.sqrt(np.pi) * _integrate_erfcx(low, high))


def _integrate_erfcx(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    r"""Integrate :math:`e^{x^2} (1 + erf x) = erfcx(-x)`, in three smooth pieces.

    Below -3 the integrand is nearly :math:`-1 / (\sqrt\pi x)`, smooth in :math:`\ln(-x)`; above 3
    it is :math:`2 e^{x^2}`, all of it near the upper bound.
    """
    erfcx = scipy.special.erfcx
    total = np.zeros(np.broadcast(low, high).shape)
    a, b = np.minimum(low, -3.0), np.minimum(high, -3.0)
    total = total + _integrate_gauss(np.log(-b), np.log(-a), lambda u: erfcx(np.exp(u)) * np.exp(u))
    a, b = np.clip(low, -3.0, 3.0), np.clip(high, -3.0, 3.0)
    total = total + _integrate_gauss(a, b, lambda x: erfcx(-x))
    a, b = np.maximum(low, 3.0), np.maximum(high, 3.0)
    # e^(x^2) falls by e^-40 within 20 / x of its upper end; the integral below is negligible.
    return total + _integrate_gauss(np.maximum(a, b - 20 / b), b, lambda x: erfcx(-x))


def _integrate_gauss(a: np.ndarray, b: np.ndarray, function: Any) -> np.ndarray:
    nodes, weights = _legendre_rule(NODES)
    x = ((a + b) / 2)[..., None] + ((b - a) / 2)[..., None] * nodes
    return (function(x) * weights).sum(-1) * (b - a) / 2


def diffusion_approximation(
    cell: Cell, inputs: Sequence[PoissonInput | PoissonCurrent], current: Any = 0
) -> MembraneStatistics:
    r"""Compute the arguments of Siegert's formula for Poisson input.

    Mean conductances add to the leak; the fluctuations act with the driving force at the mean
    potential, :math:`\sigma^2 = \tau \sum_k (q_k / C)^2 \nu_k` with the charge
    :math:`q_k = w_k \tau_k (E_k - \mu)` of a spike that opens a conductance.

    Parameters
    ----------
    cell : Cell
        A cell that declares capacitance, leak conductance and resting potential.
    inputs : sequence of PoissonInput or PoissonCurrent
        Poisson inputs, whose arrays broadcast.
    current : quantity, optional
        Constant injected current, scalar or array.

    Returns
    -------
    MembraneStatistics
        In SI units; ``tau_s`` is the mean decay time, each input weighted by its variance.
    """
    injected = to_si_array(current, "amp", "diffusion, current")
    tau = effective_time_constant(cell, inputs)
    reversal_current = sum((poisson.reversal_current for poisson in inputs), injected)
    leak_current = cell.leak_conductance * cell.resting_potential
    mu = tau / cell.capacitance * (leak_current + reversal_current)
    jumps = [poisson.charge_per_spike(mu) / cell.capacitance for poisson in inputs]
    variances = [jump**2 * poisson.rate * tau for jump, poisson in zip(jumps, inputs, strict=True)]
    variance = sum(variances, np.zeros(()))
    weighted = sum(
        (p * poisson.tau for p, poisson in zip(variances, inputs, strict=True)), np.zeros(())
    )
    tau_s = weighted / np.maximum(variance, 1e-300)
    step = np.max([np.broadcast_to(np.abs(k), np.shape(mu)) for k in jumps] or [0 * mu], axis=0)
    return MembraneStatistics(mu, np.sqrt(variance), tau, tau_s, step)


@name_argument_errors
def siegert_rate_of_cell(
    cell: Cell,
    inputs: Sequence[PoissonInput | PoissonCurrent],
    current: Any = 0,
    *,
    shifted: bool = True,
) -> np.ndarray:
    """Compute Siegert's rate of a leaky integrate-and-fire cell under Poisson input.

    Parameters
    ----------
    cell : Cell
        A leaky integrate-and-fire cell, `LIF` or one of the user's own.
    inputs : sequence of PoissonInput or PoissonCurrent
        Poisson inputs, whose arrays broadcast.
    current : quantity, optional
        Constant injected current, scalar or array.
    shifted : bool, optional
        Whether to correct for the decay time of the synapses.

    Returns
    -------
    numpy.ndarray
        Rate in Hz, of the broadcast shape.

    Raises
    ------
    DescriptionError
        If the noise-free rate of the cell is not that of a leaky integrate-and-fire cell.
    """
    _check_leaky_integrate_and_fire(cell)
    membrane = diffusion_approximation(cell, inputs, current)
    tau_s = membrane.tau_s if shifted else np.zeros(())
    return _siegert_formula(
        membrane.mu, membrane.sigma, *_bounds_of(cell), membrane.tau,
        np.asarray(cell.refractory_period), tau_s,
    )  # fmt: skip


@name_argument_errors
def is_siegert_valid(
    cell: Cell,
    inputs: Sequence[PoissonInput | PoissonCurrent],
    current: Any = 0,
    *,
    shifted: bool = True,
) -> np.ndarray:
    """Test where Siegert's limit applies; boolean, of the inputs' broadcast shape."""
    _check_leaky_integrate_and_fire(cell)
    membrane = diffusion_approximation(cell, inputs, current)
    small_steps = membrane.step <= MAX_STEP * (cell.firing_threshold - cell.reset_potential)
    return (
        membrane.tau_s <= (MAX_RATIO_SHIFTED if shifted else MAX_RATIO) * membrane.tau
    ) & small_steps


def _bounds_of(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(cell.firing_threshold), np.asarray(cell.reset_potential)


@functools.lru_cache(maxsize=64)
def _check_leaky_integrate_and_fire(cell: Cell) -> None:
    """Raise `DescriptionError` unless a cell's own noise-free rate is that of its declared LIF."""
    threshold, reset = _bounds_of(cell)
    leak, resting_potential = cell.leak_conductance, cell.resting_potential
    # Once with half the leak added as a conductance that reverses at rest.
    conductance, excess = leak * np.array([0.0, 0.0, 0.5]), np.array([0.5, 2.0, 1.0])
    total = leak + conductance
    mu = threshold + excess * max(float(threshold - reset), 1e-3)
    expected = _siegert_formula(
        mu, np.zeros(()), threshold, reset, cell.capacitance / total,
        np.asarray(cell.refractory_period), np.zeros(()),
    )  # fmt: skip
    rates = cell.steady_rate(
        total * mu - total * resting_potential, conductance, conductance * resting_potential
    )
    if not np.allclose(rates, expected, rtol=1e-3):
        worst = int(np.abs(rates - expected).argmax())
        raise DescriptionError(
            f"Siegert's formula for {type(cell).__name__}",
            "a leaky integrate-and-fire cell",
            f"one that fires at {rates[worst]:.4g} Hz without noise where that fires at "
            f"{expected[worst]:.4g} Hz",
            "Use adiabatic_rate, which takes any cell, or LIF().",
        )
