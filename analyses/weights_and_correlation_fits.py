"""Regressions and cells that show the signs of weights for `weights_and_correlation`."""

import dataclasses

import numpy as np
from brian2 import ms, nS
from scipy.optimize import minimize
from scipy.special import log_softmax, ndtri

import bioann as ba
from bioann.base.randomness import make_rng

N_CLASSES = 10
INPUTS = ("pixels", "whitened pixels")
#: Decimal logarithms of the penalties of the softmax regression.
LOG_PENALTIES = (-4.0, -2.0, 0.0, 2.0, 4.0)
CORRELATIONS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Share of the digits for fits, inputs of the suppressor, and training and occlusion."""

    held_out: float = 0.3
    iterations: int = 500
    suppression: float = 0.5
    n_samples: int = 20_000
    n_levels: int = 9
    input_mean: float = 0.6
    input_std: float = 0.2
    epochs: int = 30
    rate: float = 2e-3
    n_images: int = 6


def fit_softmax(
    x: np.ndarray, labels: np.ndarray, penalty: float, start: np.ndarray, iterations: int
) -> np.ndarray:
    """Fit a softmax regression with the penalty of half the sum of squared weights.

    Parameters
    ----------
    x : numpy.ndarray, shape (sample, input)
        Inputs of all samples, such as pixels from 0 to 1.
    labels : numpy.ndarray of int, shape (sample,)
        Class of each sample, counted from 0.
    penalty : float
        Factor of the penalty, relative to the cross-entropy summed over samples; biases have none.
    start : numpy.ndarray, shape (input + 1, class)
        Weights from which the fit starts; the last row is the bias.
    iterations : int
        Most iterations of L-BFGS.

    Returns
    -------
    numpy.ndarray, shape (input + 1, class)
        Weights and, in the last row, biases.
    """
    inputs = np.column_stack([x, np.ones(len(x))])
    targets = np.eye(start.shape[1])[labels]

    def compute_loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(start.shape)
        log_shares = log_softmax(inputs @ w, axis=1)
        gradient = inputs.T @ (np.exp(log_shares) - targets)
        gradient[:-1] += penalty * w[:-1]
        loss = -(log_shares * targets).sum() + penalty / 2 * (w[:-1] ** 2).sum()
        return float(loss), gradient.ravel()

    options = {"maxiter": iterations, "gtol": 1e-4, "ftol": 1e-12}
    fit = minimize(compute_loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(fit.x).reshape(start.shape)


def compute_covariance(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the covariance of every input with membership of every class: (input, class)."""
    targets = np.eye(N_CLASSES)[labels]
    return np.asarray((x - x.mean(axis=0)).T @ (targets - targets.mean(axis=0)) / len(x))


def compare_with_covariance(
    x: np.ndarray, labels: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return, by penalty, the share of weights of other sign and the cosine with the covariances.

    Parameters
    ----------
    x : numpy.ndarray, shape (sample, input)
        Inputs, all of which vary.
    labels : numpy.ndarray of int, shape (sample,)
        Class of each sample, counted from 0.
    settings : Settings
        Settings of the study, of which the number of iterations is used.

    Returns
    -------
    mismatch, alignment : numpy.ndarray, shape (penalty,)
        Share of the weights whose sign differs from that of the covariance of input and class;
        cosine of the angle between all weights and all covariances.
    """
    covariance = compute_covariance(x, labels)
    w, mismatch, alignment = np.zeros((x.shape[1] + 1, N_CLASSES)), [], []
    for log_penalty in reversed(LOG_PENALTIES):
        w = fit_softmax(x, labels, 10**log_penalty, w, settings.iterations)
        mismatch.append((w[:-1] * covariance < 0).mean())
        product = (w[:-1] * covariance).sum()
        alignment.append(product / np.linalg.norm(w[:-1]) / np.linalg.norm(covariance))
    return np.array(mismatch[::-1]), np.array(alignment[::-1])


def fit_least_squares(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the weights of the linear regression of class membership: (input, class)."""
    targets = np.eye(N_CLASSES)[labels]
    centred = x - x.mean(axis=0)
    return np.asarray(np.linalg.lstsq(centred, targets - targets.mean(axis=0))[0])


def whiten_inputs(x: np.ndarray) -> np.ndarray:
    """Return principal components of equal variance, without those that do not vary."""
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return np.asarray(u[:, s > 1e-8 * s[0]] * np.sqrt(len(x)))


def measure_occlusion_gap(x: np.ndarray, labels: np.ndarray) -> float:
    """Return by how much occlusion in a least-squares fit differs from (weight x s.d.) squared.

    Returns
    -------
    float
        Largest difference between the rise of the mean squared error, if an input is held at its
        mean, and the squared weight times the variance; relative to the largest rise.
    """
    targets = np.eye(N_CLASSES)[labels]
    centred, targets = x - x.mean(axis=0), targets - targets.mean(axis=0)
    w = fit_least_squares(x, labels)
    residuals = targets - centred @ w
    # Holding input j at its mean adds x_j w_j to the residuals.
    rises = [
        ((residuals + np.outer(column, row)) ** 2).mean(axis=0) - (residuals**2).mean(axis=0)
        for column, row in zip(centred.T, w, strict=True)
    ]
    predicted = w**2 * centred.var(axis=0)[:, None]
    return float(np.abs(rises - predicted).max() / predicted.max())


def draw_independent_inputs(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return two inputs of mean 0, variance 1 and correlation 0, exactly: shape (2, n)."""
    z = rng.normal(size=(2, n))
    z -= z.mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(z @ z.T / n), z))


def list_independent_inputs(n_levels: int) -> np.ndarray:
    """Return all pairs of normal quantiles, scaled to variance 1: shape (2, n_levels squared)."""
    levels = ndtri((np.arange(n_levels) + 0.5) / n_levels)
    levels /= levels.std()
    return np.stack(np.meshgrid(levels, levels)).reshape(2, -1)


def correlate_inputs(z: np.ndarray, correlation: float) -> np.ndarray:
    """Return inputs with a correlation from independent ones: shape (2, n)."""
    return np.stack([z[0], correlation * z[0] + np.sqrt(1 - correlation**2) * z[1]])


def regress(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return the weights of two inputs of mean 0 in a regression of y, and y's covariance with x2.

    Parameters
    ----------
    x : numpy.ndarray, shape (2, n)
        Samples of both inputs, in units of their standard deviation.
    y : numpy.ndarray, shape (n,)
        Response to each sample, such as a firing rate in Hz.
    """
    w = np.linalg.solve(x @ x.T, x @ (y - y.mean()))
    return float(w[0]), float(w[1]), float(x[1] @ (y - y.mean()) / len(y))


def measure_suppressor(seed: int, settings: Settings) -> np.ndarray:
    """Regress y = x1 - a x2 with noise at every correlation; see `regress`: (correlation, 3)."""
    rng = make_rng(seed, "weights and correlation", "suppressor")
    z = draw_independent_inputs(rng, settings.n_samples)
    noise = 0.5 * rng.normal(size=settings.n_samples)
    rows = []
    for correlation in CORRELATIONS:
        x = correlate_inputs(z, correlation)
        rows.append(regress(x, x[0] - settings.suppression * x[1] + noise))
    return np.array(rows)


def measure_spiking_suppressor(seed: int, settings: Settings) -> np.ndarray:
    """Regress the rate of cells that x1 excites and x2 inhibits, in Hz: (correlation, 3)."""
    z = list_independent_inputs(settings.n_levels)
    inputs = np.array([correlate_inputs(z, correlation) for correlation in CORRELATIONS])
    x1, x2 = inputs.transpose(1, 0, 2).reshape(2, -1)
    levels = {
        name: (settings.input_mean + settings.input_std * x).clip(0)
        for name, x in (("x1", x1), ("x2", x2))
    }
    network = ba.SpikingNetwork(
        (ba.Population("target", 10, "glutamate"),),
        (
            ba.Afferent("x1", "target", 0.9 * nS, fibres=20),
            ba.Afferent("x2", "target", 0.45 * nS, fibres=20, transmitter="GABA"),
        ),
        dt=0.5 * ms,
    )
    n = z.shape[1]
    coords = {
        "correlation": np.repeat(CORRELATIONS, n),
        "sample": np.tile(np.arange(n), len(CORRELATIONS)),
    }
    stimulus = ba.steps(levels, duration=500 * ms, coords=coords)
    run = network.run(stimulus, trials=1, seed=seed, engine="numpy")
    rates = run.rate.sel(time=slice(0.1, None)).mean(["time", "trial"]).isel(unit=0).values
    by_correlation = rates.reshape(len(CORRELATIONS), -1)
    return np.array([regress(x, y) for x, y in zip(inputs, by_correlation, strict=True)])


def measure_signs(x: np.ndarray, labels: np.ndarray, settings: Settings) -> dict[str, np.ndarray]:
    """Return shares of weights whose sign is not that of the covariance, by penalty and input."""
    mismatch, alignment = compare_with_covariance(x, labels, settings)
    linear = [
        (fit_least_squares(inputs, labels) * compute_covariance(inputs, labels) < 0).mean()
        for inputs in (x, whiten_inputs(x))
    ]
    return {"mismatch": mismatch, "alignment": alignment, "linear_mismatch": np.array(linear)}
