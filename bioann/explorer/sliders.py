"""Sliders of a pair: its parameters with their ranges, from their declarations and values."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter

from bioann.pair import Pair
from bioann.parameters.addresses import Parameter, collect_parameters
from bioann.parameters.physical import SHARES

#: Sliders that a page shows at once; the others are found by their address.
MAX_SLIDERS = 300
#: Sliders under one heading that are shown at once; more of them stand with the others.
MAX_MAIN_SLIDERS = 24
#: Ranges in mV of potentials; neurons of every pair stay within it.
LOWEST_POTENTIAL, HIGHEST_POTENTIAL = -100.0, 20.0
#: Upper end of the range of a parameter that is zero, by unit; 1 for all others.
UPPER_ENDS = {"nS": 5.0, "pA": 200.0, "ms": 20.0, "Hz": 100.0, "pF": 200.0}
#: Most slider lengths by which a value from a link may lie outside the range of its slider.
MAX_LENGTHS_OUTSIDE = 10
#: Settings of a run besides the parameters of the pair.
TRIALS, SEED = "trials", "seed"
MAX_TRIALS = 20
MAX_SEED = 2**31


@dataclasses.dataclass(frozen=True)
class ParameterSlider:
    """A slider of the page.

    Parameters
    ----------
    address : str
        Address of the parameter in the pair, ``trials``, ``seed``, or the gain or offset of a
        stimulus channel.
    group : str
        Heading under which it stands.
    value : float
        Value in the pair, in `unit`.
    low, high, step : float
        Range and step of the slider, in `unit`.
    unit : str, optional
        Display unit; empty if the parameter is dimensionless.
    is_whole : bool, optional
        Whether only whole numbers are allowed.
    is_main : bool, optional
        Whether it is shown at once; the others stand in a part that the user opens.
    """

    address: str
    group: str
    value: float
    low: float
    high: float
    step: float
    unit: str = ""
    is_whole: bool = False
    is_main: bool = True

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that a link may state."""
        length = MAX_LENGTHS_OUTSIDE * (self.high - self.low)
        return self.low - length, self.high + length


def list_sliders(pair: Pair, trials: int) -> tuple[ParameterSlider, ...]:
    """List the sliders of a pair: stimulus, both models, correspondence, and the run itself.

    Parameters
    ----------
    pair : Pair
        The pair with its own values.
    trials : int
        Trials of a run unless the user moves the slider.
    """
    sliders = []
    for channel in dict.fromkeys((*pair.bio.channels, *pair.ann.channels)):
        gain, offset = name_stimulus_settings(channel)
        sliders.append(ParameterSlider(gain, "Stimulus", 1.0, 0.0, 2.0, 0.01))
        sliders.append(ParameterSlider(offset, "Stimulus", 0.0, -1.0, 1.0, 0.01, is_main=False))
    n_main: Counter[str] = Counter()
    for parameter in collect_parameters(pair):
        group = choose_group(parameter)
        if group:
            slider = make_slider(parameter, group)
            n_main[group] += slider.is_main
            if n_main[group] > MAX_MAIN_SLIDERS:
                slider = dataclasses.replace(slider, is_main=False)
            sliders.append(slider)
    sliders.append(ParameterSlider(TRIALS, "Run", trials, 1, MAX_TRIALS, 1, is_whole=True))
    sliders.append(ParameterSlider(SEED, "Run", 1, 0, 100, 1, is_whole=True, is_main=False))
    return tuple(sliders)


def name_stimulus_settings(channel: str) -> tuple[str, str]:
    """Return the addresses of gain and offset of a stimulus channel."""
    return f"stimulus {channel}, gain", f"stimulus {channel}, offset"


def choose_group(parameter: Parameter) -> str:
    """Return the heading of a parameter; empty for those of controls and of the report."""
    groups = {"bio": "Spiking model", "ann": "Rate model", "correspondence": "Correspondence"}
    return groups.get(str(parameter.path[0]), "")


def is_main_parameter(parameter: Parameter) -> bool:
    """Return whether a parameter is one of those that a circuit is explained by.

    Conductances and reversal potentials of pathways, background input, and the weights and biases
    of the rate model that are not zero.
    """
    label, *fields = parameter.address.split(", ")
    field = fields[-1] if fields else ""
    if parameter.path[0] == "ann":
        return field == "bias" or (field.startswith("weight from") and parameter.value != 0)
    if label.startswith(("afferent", "projection")):
        return field in ("weight", "current") or (field == "reversal" and len(fields) == 2)
    return "background" in fields and field in ("conductance", "current", "quantum", "std", "sigma")


def make_slider(parameter: Parameter, group: str) -> ParameterSlider:
    """Make the slider of a parameter, with a range from its declaration and its value."""
    is_whole = isinstance(parameter.value, int)
    value = float(parameter.value_in_unit)
    low, high = choose_range(parameter, value)
    step = max(1.0, round((high - low) / 200)) if is_whole else round_step((high - low) / 200)
    if parameter.excludes_bound and low == parameter.lower_bound:
        low += step
    return ParameterSlider(
        parameter.address,
        group,
        value,
        low,
        high,
        step,
        parameter.unit,
        is_whole,
        is_main_parameter(parameter),
    )


def choose_range(parameter: Parameter, value: float) -> tuple[float, float]:
    """Choose the range of a slider in the unit of the parameter; it contains the value."""
    bound = parameter.lower_bound
    if parameter.path[-1] in SHARES:
        return 0.0, 1.0
    if parameter.unit == "mV" and bound is None:
        return min(LOWEST_POTENTIAL, value), max(HIGHEST_POTENTIAL, value)
    if isinstance(parameter.value, int):
        return float(bound if bound is not None else min(value, 1)), max(4 * value, 4.0)
    size = round_up(2 * abs(value)) if value else UPPER_ENDS.get(parameter.unit, 1.0)
    if bound is None and parameter.path[0] == "ann":
        return -size, size
    if bound is None:
        return min(0.0, -size if value < 0 else 0.0), max(size, 0.0)
    return bound, max(2 * size, bound + 1)


def round_up(value: float) -> float:
    """Round a positive number up to 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    for factor in (1, 1.5, 2, 3, 4, 5, 6, 8):
        if factor * power >= value * (1 - 1e-9):
            return factor * power
    return 10 * power


def round_step(value: float) -> float:
    """Round a step down to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= value * (1 + 1e-9))
