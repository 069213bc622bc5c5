"""Design of the stimuli to which a model's steady responses are measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import scipy
import xarray as xr
from brian2 import ms

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.text import join_names
from bioann.stimuli.stimulus import make_stimulus

#: Levels of each channel alone, with few channels and with more than `MANY_CHANNELS`.
SWEEP_LEVELS, FEW_SWEEP_LEVELS, MANY_CHANNELS = 5, 2, 8
#: Scattered stimuli for each channel, and their smallest and largest number.
SCATTERED_PER_CHANNEL, MIN_SCATTERED, MAX_SCATTERED = 14, 24, 512
#: Held-out stimuli, unless options state their number.
HELD_OUT = 32
#: Stimuli that a fit needs beyond the number of channels: ReLU, its variance, and two to spare.
SPARE_STIMULI = 5
#: Duration of the rest before a stimulus, and of a response bin, in seconds.
REST_DURATION, BIN_WIDTH = 0.1, 0.005
#: Channels whose levels are in the name of a stimulus.
MAX_NAMED = 6


@dataclasses.dataclass(frozen=True)
class StimulusDesign:
    """Levels of the channels in every stimulus of a design.

    Attributes
    ----------
    channels : tuple of str
        Names of the channels.
    low, high : numpy.ndarray, shape (channel,)
        Range of each channel; a channel that does not vary has equal ones.
    resting_levels : numpy.ndarray, shape (channel,)
        Level before each stimulus: zero, or the level in the range that is nearest to it.
    levels : numpy.ndarray, shape (stimulus, channel)
        Levels of each stimulus.
    is_held_out : numpy.ndarray of bool, shape (stimulus,)
        Whether the stimulus is not fitted, but bounds the error.
    """

    channels: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    resting_levels: np.ndarray
    levels: np.ndarray
    is_held_out: np.ndarray

    @property
    def is_varied(self) -> np.ndarray:
        """Whether each channel varies, shape (channel,)."""
        return self.high > self.low

    def scale_levels(self, levels: np.ndarray) -> np.ndarray:
        """Return levels (stimulus, channel) of the channels that vary, scaled to [0, 1]."""
        varied = self.is_varied
        return (levels - self.low)[:, varied] / (self.high - self.low)[varied]

    def name_stimulus(self, index: int) -> str:
        """Return the levels of a stimulus as text."""
        levels = zip(self.channels, self.levels[index], strict=True)
        names = [f"{name} = {level:.3g}" for name, level in levels]
        return ", ".join(names[:MAX_NAMED] + ["..."] * (len(names) > MAX_NAMED))


def read_ranges(
    channels: tuple[str, ...],
    span: Mapping[str, tuple[float, float]] | None,
    signed_channels: set[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest level of each channel.

    Parameters
    ----------
    channels : tuple of str
        Names of the channels of the model.
    span : mapping of str to (float, float), optional
        Ranges; 0 to 1 for the others, and -1 to 1 for `signed_channels`.
    signed_channels : set of str
        Channels whose negative part the model reads.

    Raises
    ------
    UnknownNameError, DescriptionError
        If a channel does not exist, a range is none, or no channel varies.
    """
    ranges = {name: (-1.0 if name in signed_channels else 0.0, 1.0) for name in channels}
    for name, limits in (span or {}).items():
        if name not in ranges:
            raise unknown_name_error("to_ann, span", "channel", name, channels)
        numbers = to_floats(limits, f"to_ann, span of {name!r}")
        if numbers.shape != (2,) or not np.isfinite(numbers).all() or numbers[0] > numbers[1]:
            raise DescriptionError(
                f"to_ann, span of {name!r}",
                "the lowest and the highest level of the channel, two finite numbers",
                repr(limits),
                f"Pass span={{{name!r}: (0.0, 1.0)}}, with the levels that its stimuli have.",
            )
        ranges[name] = (float(numbers[0]), float(numbers[1]))
    low, high = (np.array([ranges[name][k] for name in channels]) for k in (0, 1))
    if not (high > low).any():
        raise DescriptionError(
            "to_ann, span",
            "a channel whose level varies, because weights are measured by stimulation",
            f"constant levels of {join_names(channels)}" if channels else "a model without any",
            "Give a channel a range such as (0.0, 1.0)."
            if channels
            else "Translate its description, if it is a SpikingNetwork.",
        )
    return low, high


def make_stimulus_design(
    channels: tuple[str, ...],
    ranges: tuple[np.ndarray, np.ndarray],
    n_stimuli: int | None,
    n_held_out: int | None,
    *,
    seed: int,
) -> StimulusDesign:
    """Design stimuli: rest, levels of each channel alone, scattered and held-out ones.

    Scattered stimuli fill the ranges evenly (a Latin hypercube); every second has levels at the
    ends, which a random point rarely has. Held-out stimuli are independent and uniform, as a new
    stimulus of these ranges is.

    Parameters
    ----------
    channels : tuple of str
        Names of the channels.
    ranges : tuple of numpy.ndarray, shape (channel,)
        Lowest and highest levels.
    n_stimuli, n_held_out : int, optional
        Number of stimuli that are fitted, and that are not; chosen unless given.
    seed : int
        Seed of the scattered and the held-out stimuli.

    Raises
    ------
    DescriptionError
        If there are too few stimuli to fit.
    """
    low, high = ranges
    varied = np.flatnonzero(high > low)
    n = len(varied)
    n_levels = SWEEP_LEVELS if n <= MANY_CHANNELS else FEW_SWEEP_LEVELS
    n_scattered = int(np.clip(SCATTERED_PER_CHANNEL * n, MIN_SCATTERED, MAX_SCATTERED))
    if n_stimuli is not None:
        check_stimulus_count(n_stimuli, n, "IdentificationOptions, stimuli")
        n_levels = min(n_levels, (n_stimuli - 1) // (2 * n))
        n_scattered = n_stimuli - 1 - n_levels * n
    resting_levels = np.clip(0.0, low, high)
    levels = [resting_levels[None]]
    for k in varied:
        sweep = np.tile(resting_levels, (n_levels, 1))
        grid = np.linspace(low[k], high[k], n_levels + 1)
        # Rest is one level of the grid already, or within it.
        nearest = int(np.abs(grid - resting_levels[k]).argmin())
        sweep[:, k] = np.delete(grid, nearest)
        levels.append(sweep)
    rng = make_rng(seed, "identification", "design")
    # Imported on first use: scipy.stats takes a second.
    cube = scipy.stats.qmc.LatinHypercube(n, rng=rng).random(n_scattered)
    cube[::2] = np.clip(1.6 * cube[::2] - 0.3, 0, 1)
    held_out = make_rng(seed, "identification", "held out").random(
        (HELD_OUT if n_held_out is None else n_held_out, n)
    )
    for points in (cube, held_out):
        scattered = np.tile(low, (len(points), 1))
        scattered[:, varied] += points * (high - low)[varied]
        levels.append(scattered)
    all_levels = np.concatenate(levels)
    is_held_out = np.arange(len(all_levels)) >= len(all_levels) - len(held_out)
    return StimulusDesign(channels, low, high, resting_levels, all_levels, is_held_out)


def check_stimulus_count(n_stimuli: int, n_channels: int, obj: str) -> None:
    """Raise `DescriptionError` if a unit of so many channels cannot be fitted to the stimuli."""
    needed = n_channels + SPARE_STIMULI
    if n_stimuli < needed:
        raise DescriptionError(
            obj,
            f"at least {needed}, because {n_channels} weights, a bias and the variance are fitted",
            f"{n_stimuli}",
            f"Use {3 * needed} or more: further stimuli tell the shape of the response.",
        )


def build_stimulus(design: StimulusDesign, duration: float) -> xr.DataArray:
    """Build steps from rest to the levels of a design.

    Parameters
    ----------
    design : StimulusDesign
        The levels.
    duration : float
        Duration of the step in seconds, after `REST_DURATION` of rest.
    """
    n_rest, n_step = round(REST_DURATION / 1e-3), round(duration / 1e-3)
    values = np.empty((len(design.levels), n_rest + n_step, len(design.channels)))
    values[:, :n_rest] = design.resting_levels
    values[:, n_rest:] = design.levels[:, None]
    names = [
        f"{'held out' if held_out else 'stimulus'} {k}: {design.name_stimulus(k)}"
        for k, held_out in enumerate(design.is_held_out)
    ]
    return make_stimulus(values, channels=design.channels, dt=1 * ms, conditions=names)
