"""Grids of activation functions, for fits by exhaustive search."""

from __future__ import annotations

from itertools import product

import numpy as np

from bioann.ann.activations.activation import Relu, Softplus, Threshold
from bioann.ann.activations.transfer_functions import Exponential, PowerLaw, Scaled
from bioann.metrics.information_criteria import CurveFamily


def make_activation_grids(
    thresholds: np.ndarray,
    steps: np.ndarray,
    *,
    widths: np.ndarray | None = None,
    exponents: np.ndarray | None = None,
    gains: np.ndarray | None = None,
) -> dict[str, CurveFamily]:
    """Build grids of five families of activation functions, each with height 1.

    Parameters
    ----------
    thresholds : numpy.ndarray
        Thresholds of the ReLU, the softplus and the power law, in units of the input.
    steps : numpy.ndarray
        Thresholds of the step function, in units of the input; one between each pair of
        neighbouring input levels is enough.
    widths : numpy.ndarray, optional
        Widths of the softplus, above 0; 20 from 0.01 to 1 by default.
    exponents : numpy.ndarray, optional
        Exponents of the power law, above 0; 28 from 0.3 to 6 by default.
    gains : numpy.ndarray, optional
        Gains of the exponential, above 0; 50 from 0.1 to 30 by default.

    Returns
    -------
    dict of str to CurveFamily
        ``step``, ``ReLU``, ``softplus``, ``power law`` and ``exponential``, each with the number of
        parameters in a fit, including the height.
    """
    widths = np.geomspace(0.01, 1, 20) if widths is None else widths
    exponents = np.geomspace(0.3, 6, 28) if exponents is None else exponents
    gains = np.geomspace(0.1, 30) if gains is None else gains
    softplus_curves = [Scaled(Softplus(s), threshold=t) for s, t in product(widths, thresholds)]
    power_law_curves = [Scaled(PowerLaw(p), threshold=t) for p, t in product(exponents, thresholds)]
    return {
        "step": CurveFamily(2, [Scaled(Threshold(), threshold=t) for t in steps]),
        "ReLU": CurveFamily(2, [Scaled(Relu(), threshold=t) for t in thresholds]),
        "softplus": CurveFamily(3, softplus_curves),
        "power law": CurveFamily(3, power_law_curves),
        "exponential": CurveFamily(2, [Scaled(Exponential(), gain=k) for k in gains]),
    }
