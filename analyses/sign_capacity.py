r"""Sign capacity: how many random patterns can weights of prescribed signs classify?

Patterns are normal, or 0 and 1, labels are random. A weight vector of prescribed signs that gives
every pattern its label exists unless a convex combination of labelled patterns lies in the dual
cone (Gordan's theorem), which non-negative least squares decides. With normal patterns the share of
learnable sets is a closed form: :math:`N` planes of coordinates and `p` of patterns in general
position cut the space of weights into :math:`2 \sum_{k<N} \binom{N+p-1}{k}` cells (Cover 1965),
which the :math:`2^N` signs and :math:`2^p` labellings share equally.
"""

import dataclasses

import numpy as np
import xarray as xr
from scipy.optimize import nnls
from scipy.stats import binom

import bioann as ba
from bioann.base.randomness import make_rng


@dataclasses.dataclass(frozen=True)
class Settings:
    """Sizes of the problems, and random sets of patterns per seed."""

    n_inputs: int = 20
    patterns: tuple[int, ...] = (10, 20, 30, 40)
    binary_patterns: tuple[int, ...] = (10, 20, 30)
    n_sets: int = 100


SETTINGS = Settings()
SIGNS, ONE_SIGN = ("positive", "negative", "mixed", "free"), ("all positive", "all negative")
THRESHOLDS = ("no threshold", "free threshold")
#: Residual of least squares below which patterns are not learnable: rounding is 1e-15, and one
#: residual in a thousand is below 1e-5.
TOLERANCE = 1e-9


def is_learnable(patterns: np.ndarray, n_free: int) -> bool:
    """Return whether some weights give all patterns a positive sum.

    Parameters
    ----------
    patterns : numpy.ndarray, shape (pattern, input)
        Patterns times their labels, and times the sign of each weight.
    n_free : int
        Number of inputs, the last ones, whose weights may have either sign; the others are
        positive.

    Returns
    -------
    bool
        False if non-negative factors, which sum to 1, give the patterns a sum that is 0 in free
        inputs and at most 0 in the others.
    """
    n_patterns, n_inputs = patterns.shape
    slack = np.eye(n_inputs)[:, : n_inputs - n_free]
    total = np.r_[np.ones(n_patterns), np.zeros(n_inputs - n_free)]
    equations = np.vstack([np.hstack([patterns.T, slack]), total])
    _, residual = nnls(equations, np.r_[np.zeros(n_inputs), 1.0], maxiter=100 * n_inputs)
    return bool(residual > TOLERANCE)


def count_normal_sets(seed: int, settings: Settings, n_patterns: int) -> list[float]:
    """Return the share of sets of normal patterns that each of `SIGNS` can learn."""
    n = settings.n_inputs
    rng = make_rng(seed, "sign_capacity", "normal", n_patterns)
    counts = np.zeros(len(SIGNS))
    for _ in range(settings.n_sets):
        labelled = rng.normal(size=(n_patterns, n)) * rng.choice([-1.0, 1.0], (n_patterns, 1))
        mixed = rng.choice([-1.0, 1.0], n)
        counts += [
            is_learnable(labelled * signs, n if name == "free" else 0)
            for name, signs in zip(SIGNS, (1.0, -1.0, mixed, 1.0), strict=True)
        ]
    return list(counts / settings.n_sets)


def count_binary_sets(seed: int, settings: Settings, n_patterns: int) -> np.ndarray:
    """Return the share of sets of patterns of 0 and 1: shape (threshold, sign)."""
    rng = make_rng(seed, "sign_capacity", "binary", n_patterns)
    counts = np.zeros((len(THRESHOLDS), len(ONE_SIGN)))
    for _ in range(settings.n_sets):
        labels = rng.choice([-1.0, 1.0], (n_patterns, 1))
        labelled = rng.integers(0, 2, (n_patterns, settings.n_inputs)) * labels
        counts += [
            [is_learnable(np.hstack([sign * labelled, *threshold]), len(threshold))
             for sign in (1.0, -1.0)]
            for threshold in ((), (labels,))
        ]  # fmt: skip
    return counts / settings.n_sets


def count_learnable(seed: int, settings: Settings) -> xr.Dataset:
    """Draw sets of patterns with labels, and compute the share that each kind of signs can learn.

    All kinds of signs get the same patterns.
    """
    normal = [count_normal_sets(seed, settings, p) for p in settings.patterns]
    binary = [count_binary_sets(seed, settings, p) for p in settings.binary_patterns]
    return xr.Dataset(
        {
            "learnable": (("patterns", "signs"), normal),
            "learnable_binary": (("binary_patterns", "threshold", "sign"), np.array(binary)),
        },
        {
            "patterns": list(settings.patterns),
            "signs": list(SIGNS),
            "binary_patterns": list(settings.binary_patterns),
            "threshold": list(THRESHOLDS),
            "sign": list(ONE_SIGN),
        },
    )


def predict_share(n_patterns: np.ndarray, n_inputs: int, signs: str) -> np.ndarray:
    """Return the learnable share of sets of normal patterns: the closed form, any number of them.

    Parameters
    ----------
    n_patterns : numpy.ndarray of int
        Patterns in a set, `p`.
    n_inputs : int
        Number of inputs `N` of the unit.
    signs : str
        ``"free"`` for weights of either sign; all prescribed signs are alike.

    Returns
    -------
    numpy.ndarray
        ``P(B <= N - 1)`` with `B` binomial of ``p - 1`` (free; Cover 1965) or ``N + p - 1`` trials.
    """
    n_planes = n_patterns - 1 + (0 if signs == "free" else n_inputs)
    return np.asarray(binom.cdf(n_inputs - 1, n_planes, 0.5))


def compute_deviations(data: xr.Dataset) -> xr.DataArray:
    """Return the learnable share minus the closed form, with normal patterns."""
    shares = data.learnable
    closed_form = [
        predict_share(shares.patterns.values, SETTINGS.n_inputs, name)
        for name in shares.signs.values
    ]
    return shares - xr.DataArray(closed_form, coords=[shares.signs, shares.patterns])


def draw_closed_forms(settings: Settings) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the closed forms as lines, for the figure."""
    p = np.arange(settings.patterns[0], settings.patterns[-1] + 1)
    return {
        f"closed form, {label}": (p, predict_share(p, settings.n_inputs, signs))
        for label, signs in (("prescribed signs", "mixed"), ("free signs", "free"))
    }


LEARNABLE = ba.measure(lambda data: data.learnable, "learnable share", limits=(0.0, 1.0))
DEVIATION = ba.measure(compute_deviations, "learnable share minus the closed form", best=0.0)
FROM_POSITIVE = ba.measure(
    lambda data: data.learnable - data.learnable.sel(signs="positive", drop=True),
    "learnable share minus that with positive weights",
    best=0.0,
)
BINARY = ba.measure(
    lambda data: data.learnable_binary, "learnable share, inputs of 0 and 1", limits=(0.0, 1.0)
)
BINARY_DIFFERENCE = ba.measure(
    lambda data: data.learnable_binary.diff("sign").isel(sign=0, drop=True),
    "learnable share with negative minus that with positive weights, inputs of 0 and 1",
    best=0.0,
)
A_TENTH = ba.Margin(0.1, "a tenth of all sets; the share falls from 0.97 to 0.08 in this range")
AMIT = "Amit, Wong and Campbell 1989"


def require_same_share(signs: str) -> list[ba.rules.Rule]:
    """Return the rules that some signs and positive weights learn the same share of sets."""
    return [
        ba.rules.Equivalent(FROM_POSITIVE.at(signs=signs, patterns=p), A_TENTH)
        for p in SETTINGS.patterns
    ]


CLAIMS = (
    ba.Claim(
        "D13a",
        "Random patterns are as learnable with all-inhibitory as with all-excitatory weights.",
        AMIT,
        *require_same_share("negative"),
    ),
    ba.Claim(
        "D13b",
        "How many can be learnt does not depend on which sign is prescribed to which weight.",
        AMIT,
        *require_same_share("mixed"),
    ),
    ba.Claim(
        "D13c",
        "Prescribed signs halve the capacity: half of all sets of N patterns can be learnt, with "
        "free signs half of all sets of 2N.",
        "ours",
        LEARNABLE.at(signs="positive", patterns=20).between(0.4, 0.6),
        LEARNABLE.at(signs="free", patterns=40).between(0.4, 0.6),
        supported="As many as there are inputs, half as many as weights of free signs, and "
        "whichever signs are prescribed",
        source_detail="after Cover 1965",
    ),
    ba.Claim(
        "D13d",
        "The share is that of the closed form at all numbers of patterns.",
        "ours",
        *(
            ba.rules.Equivalent(DEVIATION.at(signs=signs, patterns=p), A_TENTH)
            for signs in ("positive", "free")
            for p in SETTINGS.patterns
        ),
    ),
    ba.Claim(
        "D13e",
        "Weights of one sign can classify inputs that are not negative.",
        "ours",
        *(
            BINARY.at(threshold="no threshold", sign=sign, binary_patterns=10) >= 0.1
            for sign in ONE_SIGN
        ),
    ),
    ba.Claim(
        "D13f",
        "With a threshold of free sign, inputs that are not negative are as learnable with "
        "all-inhibitory as with all-excitatory weights.",
        "ours",
        *(
            ba.rules.Equivalent(
                BINARY_DIFFERENCE.at(threshold="free threshold", binary_patterns=p), A_TENTH
            )
            for p in SETTINGS.binary_patterns
        ),
    ),
)
FIGURE = ba.figures.StudyCurves(
    "learnable",
    "patterns",
    by="signs",
    references=draw_closed_forms,
    xlabel=f"random patterns of {SETTINGS.n_inputs} inputs",
    ylabel="share of sets that can be learnt",
    message="Prescribed signs halve the capacity, whichever they are.",
)


def study() -> ba.Study:
    return ba.Study(
        "sign_capacity",
        count_learnable,
        {
            "learnable": ("patterns", "signs"),
            "learnable_binary": ("binary_patterns", "threshold", "sign"),
        },
        coordinates={
            "patterns": SETTINGS.patterns,
            "signs": SIGNS,
            "binary_patterns": SETTINGS.binary_patterns,
            "threshold": THRESHOLDS,
            "sign": ONE_SIGN,
        },
        # Simulated with the closed form as the truth: D13a is supported in 74 % of runs with 10
        # seeds of 100 sets, and in more than 99 % of runs with 20.
        seeds=20,
        settings=SETTINGS,
        question="How many random patterns can weights of prescribed signs classify?",
        source="Amit, Wong and Campbell 1989; Cover 1965",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
