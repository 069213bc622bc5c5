"""Activation table: are the activations right that an article tabulates for negative numbers?

Table 6 of the article gives the sigmoid, tanh and ReLU of the numbers -1, -0.5 and -0.8. Its
columns are headed "negative weights"; the numbers are used as summed inputs. All values are closed
forms, so that nothing is random and every verdict is exact.
"""

from collections.abc import Callable

import numpy as np
import xarray as xr

import bioann as ba

#: Printed values by activation and summed input.
PRINTED = {
    ("sigmoid", -1.0): 0.27,
    ("sigmoid", -0.5): 0.38,
    ("sigmoid", -0.8): 0.31,
    ("tanh", -1.0): -0.68,
    ("tanh", -0.5): -0.42,
    ("ReLU", -1.0): 0.0,
    ("ReLU", -0.5): 0.0,
    ("ReLU", -0.8): 0.0,
}
ENTRIES = tuple(f"{name}({x:g})" for name, x in PRINTED)
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": ba.activations.Sigmoid(),
    "tanh": ba.activations.Tanh(),
    "ReLU": ba.activations.Relu(),
}
#: What might have been computed instead of tanh: other functions that squash and are odd.
SQUASHING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "error function": ba.activations.ErrorFunction(),
    "arctan": np.arctan,
    "arctan scaled to 1": lambda x: 2 / np.pi * np.arctan(np.pi / 2 * x),
    "softsign": ba.activations.Softsign(),
    "1.7159 tanh(2 x / 3)": lambda x: 1.7159 * np.tanh(2 * x / 3),
    "2 sigmoid(x) - 1": lambda x: 2 * ba.activations.Sigmoid()(x) - 1,
}
#: Half of the last printed digit.
ROUNDING = 0.005


def compute_table() -> xr.Dataset:
    """Compute the entries of the table, and the other functions at the two inputs of tanh."""
    values = [FUNCTIONS[name](np.array(x)) for name, x in PRINTED]
    inputs = np.array([x for name, x in PRINTED if name == "tanh"])
    printed = np.array([value for (name, _), value in PRINTED.items() if name == "tanh"])
    errors = [np.abs(function(inputs) - printed).max() for function in SQUASHING.values()]
    return xr.Dataset(
        {
            "computed": ("entry", np.array(values, dtype=float)),
            "printed": ("entry", np.array(list(PRINTED.values()))),
            "error": ("function", np.array(errors)),
        },
        {"entry": list(ENTRIES), "function": list(SQUASHING)},
    )


ERROR = ba.measure(
    lambda data: np.abs(data.computed - data.printed), "error of the printed value", best=0.0
)
SMALLEST_ERROR = ba.measure(
    lambda data: data.error.min(), "error of the closest other squashing function", best=0.0
)
SOURCE = "'Can Weights Be Negative?'"


def require_correct(function: str, bound: float) -> list[ba.rules.Rule]:
    """Return the rules that all printed values of a function are right."""
    return [ERROR.at(entry=entry) <= bound for entry in ENTRIES if entry.startswith(function)]


CLAIMS = (
    ba.Claim(
        "D6a",
        "The sigmoid of -1, -0.5 and -0.8 is 0.27, 0.38 and 0.31.",
        SOURCE,
        *require_correct("sigmoid", ROUNDING),
    ),
    ba.Claim(
        "D6b",
        "The tanh of -1 and -0.5 is -0.68 and -0.42.",
        SOURCE,
        *require_correct("tanh", ROUNDING),
        refuted="Those of the sigmoid and of ReLU are; both values of tanh are wrong",
        supported="They are, those of tanh too",
    ),
    ba.Claim("D6c", "The ReLU of a negative number is 0.", SOURCE, *require_correct("ReLU", 0.0)),
    ba.Claim(
        "D6d",
        "No common squashing function has the two values printed for tanh.",
        "ours",
        SMALLEST_ERROR.at() >= ROUNDING,
    ),
)

FIGURE = ba.figures.StudyCurves(
    lambda data: data[["computed", "printed"]].to_array("value"),
    along="entry",
    by="value",
    xlabel="activation of a summed input",
    ylabel="output of the unit [1]",
    message="The printed values of tanh are wrong, those of the sigmoid and of ReLU are right.",
)


def study() -> ba.Study:
    return ba.Study(
        "activation_table",
        compute_table,
        {"computed": ("entry",), "printed": ("entry",), "error": ("function",)},
        coordinates={"entry": ENTRIES, "function": tuple(SQUASHING)},
        question="Are the activations right that the article tabulates for negative numbers?",
        source="'Neural Network: Can Weights Be Negative?' (web article), Table 6",
        claims=CLAIMS,
        figures=(FIGURE,),
    )
