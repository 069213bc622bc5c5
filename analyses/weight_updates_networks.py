"""Trainings, random updates and cells of the study `weight_updates`."""

import dataclasses

import numpy as np
from brian2 import ms, nS
from scipy import special

import bioann as ba
from bioann.analyses.sign_crossings import LAYERS, build_network
from bioann.ann.init import He, Initialisation, WeightSpec
from bioann.ann.signs.constraints import Free, NonNegative, SignFrozen
from bioann.ann.signs.sign_changes import compute_change_share
from bioann.base.randomness import make_rng
from bioann.correspondence import select_responses

LEARNERS = ("additive", "multiplicative", "clipped at zero", "conductances")
UPDATES = LEARNERS[:2]
TRANSMITTERS = ("glutamate", "GABA")
STRENGTHS = (0.0, 0.5, 1.0, 1.5)
#: Peak conductance of a synapse of strength 1; it changes the rate of a cell by 26 or -30 Hz.
CONDUCTANCES = dict.fromkeys(TRANSMITTERS, 0.15 * nS)
#: Cells with synapses of each strength.
N_CELLS = 20


@dataclasses.dataclass(frozen=True)
class Settings:
    """Training of the classifiers, steps whose updates are recorded, and random updates."""

    epochs: int = 40
    batch: int = 32
    rate: float = 0.1
    exponentiated_rate: float = 0.3
    held_out: float = 0.2
    steps: tuple[int, ...] = (0, 10, 100, 1000)
    n_synapses: int = 20_000
    n_updates: int = 100
    update_size: float = 0.1


SETTINGS = Settings()


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class EqualSize(Initialisation):
    """Weights of one size and random sign, with the variance of He's weights."""

    def draw_weights(self, spec: WeightSpec) -> np.ndarray:
        """Return the square root of 2 over the number of inputs, with a random sign."""
        return spec.rng.choice([-1.0, 1.0], spec.shape) * np.sqrt(2 / spec.fan_in)


def choose_options(learner: str, settings: Settings) -> ba.training.TrainingOptions:
    """Return the training options of a learner."""
    is_multiplied = learner == "multiplicative"
    constraints = {"clipped at zero": SignFrozen(), "conductances": NonNegative()}
    return ba.training.TrainingOptions(
        "exponentiated" if is_multiplied else "sgd",
        settings.exponentiated_rate if is_multiplied else settings.rate,
        epochs=settings.epochs,
        batch=settings.batch,
        constraint=constraints.get(learner, Free()),
        # Units whose weights are all equal and positive would stay alike.
        initialisation=He() if learner == "conductances" else EqualSize(),
    )


def compute_log_moments(weights: np.ndarray) -> tuple[float, float]:
    """Return skewness and excess kurtosis of the logarithm of the sizes, without zeros.

    NaN if all sizes are equal, or all zero.
    """
    logs = np.log(np.abs(weights[weights != 0], dtype=float))
    if len(logs) == 0 or np.ptp(logs) == 0:
        return np.nan, np.nan
    z = (logs - logs.mean()) / logs.std()
    return float((z**3).mean()), float((z**4).mean() - 3)


def record_updates(seed: int, settings: Settings) -> dict[str, np.ndarray]:
    """Train with all learners from one seed.

    Returns
    -------
    dict of str to numpy.ndarray
        ``against`` and ``below_zero``, shape (learner, layer, step); ``changed`` and ``zero``,
        shares of the weights at the end, ``skewness``, ``kurtosis`` and ``unit_kurtosis``, all of
        shape (learner, layer); ``update_ratio`` of the additive learner, shape (layer,); and
        ``accuracy``, shape (learner,), in per cent.
    """
    digits, test = ba.tasks.split_samples(ba.tasks.digits(), settings.held_out, seed=0)
    is_live = digits.input.values.reshape(len(digits.sample), -1).any(axis=0)
    last = settings.epochs * -(-digits.sizes["sample"] // settings.batch)
    snapshots = ba.training.Snapshots((*settings.steps, last - 1), updates=True)
    accuracy, rows, ratios = [], [], []
    for learner in LEARNERS:
        options = choose_options(learner, settings)
        training = ba.train(
            build_network(), digits, options, seeds=(seed,), progress=False, snapshots=snapshots
        )
        answers = training.networks[0].predict(test.input.values).argmax(axis=1)
        accuracy.append(100 * (answers == test.target.values).mean())
        records = training.snapshots
        for layer in LAYERS:
            columns = is_live if layer == "hidden" else slice(None)
            before = records.weights[f"{layer}.W"].values[:, 0][:, :, columns]
            update = records.updates[f"{layer}.W"].values[:, 0][:, :, columns]
            rows.append(summarise_updates(before, update))
            if learner == "additive":
                ratios.append(compare_update_sizes(before[:-1], update[:-1]))
    values = {
        name: np.reshape([row[name] for row in rows], (len(LEARNERS), len(LAYERS), -1))
        for name in rows[0]
    }
    of_steps = ("against", "below_zero")
    values = {name: v if name in of_steps else v[..., 0] for name, v in values.items()}
    return values | {"update_ratio": np.array(ratios), "accuracy": np.array(accuracy)}


def summarise_updates(before: np.ndarray, update: np.ndarray) -> dict[str, list[float] | float]:
    """Return the entries of `record_updates` for one layer.

    Parameters
    ----------
    before, update : numpy.ndarray, shape (step, target, source)
        Weights and the changes that follow; the last step is that of the end of the training.
    """
    end = before[-1] + update[-1]
    against, below_zero = split_updates(before[:-1], update[:-1])
    skewness, kurtosis = compute_log_moments(end)
    return {
        "against": against,
        "below_zero": below_zero,
        "changed": compute_change_share(before[0], end),
        "zero": float((end == 0).mean()),
        "skewness": skewness,
        "kurtosis": kurtosis,
        "unit_kurtosis": float(np.nanmean([compute_log_moments(row)[1] for row in end])),
    }


def split_updates(before: np.ndarray, update: np.ndarray) -> tuple[list[float], list[float]]:
    """Return two shares of the updates at each step.

    Parameters
    ----------
    before, update : numpy.ndarray, shape (step, target, source)
        Weights and their changes; changes of exactly zero do not count.

    Returns
    -------
    against, below_zero : list of float
        Share of updates that are positive although the size of the weight falls, or negative
        although it grows; share of updates for which the mean of the weight before and after is
        negative. A weight that turns from w to -w keeps its size and counts in neither share.
    """
    after, against, below = before + update, [], []
    for w, moved, change in zip(before, after, update, strict=True):
        is_moved = change != 0
        growth = np.sign(np.abs(moved) - np.abs(w))
        against.append(float((growth * np.sign(change) < 0)[is_moved].mean()))
        below.append(float((w + moved < 0)[is_moved].mean()))
    return against, below


def compare_update_sizes(before: np.ndarray, update: np.ndarray) -> float:
    """Return the root mean square update of negative weights over that of positive ones."""
    negative, positive = ((update[sign * before > 0] ** 2).mean() for sign in (-1, 1))
    return float(np.sqrt(negative / positive))


def draw_random_updates(seed: int, settings: Settings) -> dict[str, np.ndarray]:
    """Return weights of 1 after random updates, added or multiplied, by the kind of update."""
    rng = make_rng(seed, "weight updates", "random")
    draws = rng.exponential(size=(settings.n_updates, settings.n_synapses)) - 1
    total = settings.update_size * draws.sum(axis=0)
    return {"additive": 1 + total, "multiplicative": np.exp(total)}


def predict_turned_share(settings: Settings = SETTINGS) -> float:
    """Return the share of weights of 1 that random updates, added, make negative."""
    n = settings.n_updates
    return float(special.gammainc(n, n - 1 / settings.update_size))


def measure_rates(seed: int) -> np.ndarray:
    """Return the rates of tonic cells with an input, in Hz, shape (transmitter, strength)."""
    # 6.6 nS is 2.2 times what brings the cell to threshold, as in the pair `inverter`.
    background = ba.Background(6.6 * nS)
    strengths = np.repeat(STRENGTHS, N_CELLS)
    network = ba.SpikingNetwork(
        tuple(
            ba.Population(name, len(strengths), "glutamate", background=background)
            for name in TRANSMITTERS
        ),
        tuple(
            ba.Afferent("input", name, strengths * weight, fibres=20, transmitter=name)
            for name, weight in CONDUCTANCES.items()
        ),
        dt=0.5 * ms,
    )
    stimulus = ba.steps({"input": [1.0]}, duration=400 * ms)
    run = network.run(stimulus, trials=1, seed=seed, engine="numpy")
    names = [
        f"{name}[{k * N_CELLS}:{(k + 1) * N_CELLS}]"
        for name in TRANSMITTERS
        for k in range(len(STRENGTHS))
    ]
    late = run.time.values > 0.1
    rates, columns = select_responses(run, names, "bio")
    means = rates[0, 0, late].mean(axis=0)
    return np.reshape([means[columns[name]] for name in names], (len(TRANSMITTERS), -1))
