"""A recording of real neurons, or of another simulator, in the place of a spiking model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, SimulationError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.text import format_setting, join_names
from bioann.base.units import SI, brian_quantity, to_si
from bioann.recordings.recording import (
    RESPONSE_DIMS,
    SPIKE_FIELDS,
    check_trials,
    label_spikes,
    make_response_bins,
)
from bioann.stimuli.stimulus import check_stimulus
from bioann.stimuli.waveforms import steps

#: Largest difference of a level of the stimulus from the recorded one, in activation.
LEVEL_TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RecordedModel(Description):
    """Recorded responses, which a run of a pair selects by the names of its conditions.

    `bioann.from_recording` makes it.

    Parameters
    ----------
    recording : xarray.Dataset
        Spikes or rates with the layout of `bioann.recordings.sources.layout`. A coordinate along
        ``condition`` for each channel is the level that the stimulus had.
    channels : tuple of str, optional
        Names of the stimulus channels.
    is_second_half : bool, optional
        Whether it is the half of the trials that stands for another run of the same model.

    Notes
    -----
    The seed of a run puts the recorded trials into a random order, the same in all conditions,
    which the first half and the second half of them share out. A run without controls takes its
    trials from the start of that order, up to all of them. A run with controls takes `trials` of
    the first half as the responses and as many of the second half as the noise ceiling: two
    disjoint sets of one size, as with two runs of a spiking network. The ceiling is therefore that
    of `trials` trials, without an extrapolation to twice as many (Spearman-Brown), and its interval
    is the spread over these trials (the jackknife leaves out one of each half at a time). It leaves
    out how much other neurons, animals or days would differ.
    """

    recording: xr.Dataset
    channels: tuple[str, ...] = ()
    is_second_half: bool = False

    kind, has_numbered_trials, is_recorded = "recorded data", True, True

    def check(self) -> None:
        """Raise `DescriptionError` unless there are spikes or rates."""
        if not {"rate", "spike_time"} & set(self.recording.data_vars):
            raise DescriptionError(
                "RecordedModel, recording",
                "spikes or rates",
                f"variables {join_names(list(self.recording.data_vars) or ['none'])}",
                "Make it by bioann.from_recording(...).",
            )

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the recorded units or populations."""
        return tuple(map(str, self.recording.unit.values))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the recorded conditions."""
        return tuple(map(str, self.recording.condition.values))

    @property
    def sizes(self) -> dict[str, int]:
        """Number of recorded neurons by unit."""
        return dict(zip(self.units, map(int, self.recording.n_neurons.values), strict=True))

    @property
    def n_trials(self) -> int:
        """Number of recorded trials of each condition."""
        return int(self.recording.sizes["trial"])

    @property
    def levels(self) -> pd.DataFrame:
        """Recorded level of each channel by condition; no columns if they were not stated."""
        names = [name for name in self.channels if name in self.recording.coords]
        values = {name: self.recording[name].values for name in names}
        return pd.DataFrame(values, index=pd.Index(self.conditions, name="condition"))

    def second_half(self) -> RecordedModel:
        """Return the same recording with the trials of the second half, the noise ceiling."""
        return dataclasses.replace(self, is_second_half=True)

    def mean_rates(self, start: float, stop: float) -> np.ndarray:
        """Compute the mean rates of all trials in a window.

        Parameters
        ----------
        start, stop : float
            Start and end of the window in seconds, from the start of the trial.

        Returns
        -------
        numpy.ndarray, shape (condition, trial, unit)
            Rates in Hz per neuron. A recorded bin counts by the share of it in the window.
        """
        if "spike_time" in self.recording:
            times = self.recording["spike_time"].values
            inside = (times >= start - 1e-9) & (times < stop - 1e-9)
            names = ("spike_condition", "spike_trial", "spike_unit")
            shape = (len(self.conditions), self.n_trials, len(self.units))
            counts = np.zeros(shape)
            np.add.at(counts, tuple(self.recording[name].values[inside] for name in names), 1.0)
            return np.asarray(counts / self.recording.n_neurons.values / (stop - start))
        width = float(self.recording.attrs["bin_width"])
        rates = self.recording["rate"].transpose(*RESPONSE_DIMS).values
        first = np.arange(rates.shape[2]) * width
        share = np.clip(np.minimum(first + width, stop) - np.maximum(first, start), 0.0, None)
        return np.asarray(np.average(rates, axis=2, weights=share))

    def make_stimulus(
        self, *, onset: SI = 0 * ms, offset: SI | None = None, dt: SI = 1 * ms
    ) -> xr.DataArray:
        """Return steps to the recorded levels of all conditions, of the recorded duration.

        Parameters
        ----------
        onset, offset : quantity, optional
            Start and end of the stimulus in a trial, times; the whole trial unless given.
        dt : quantity, optional
            Time step of the stimulus, a time.

        Raises
        ------
        DescriptionError
            If the recording has no levels.
        """
        levels = self.levels
        if not len(levels.columns):
            raise DescriptionError(
                "RecordedModel.make_stimulus",
                "a level of each channel by condition",
                "none",
                "Pass from_recording(..., conditions=table), or build the stimulus from its "
                "waveform with the names of the recorded conditions.",
            )
        by_channel = {str(name): levels[name].to_numpy() for name in levels}
        stimulus = steps(
            by_channel,
            duration=brian_quantity(float(self.recording.attrs["duration"]), "ms"),
            onset=onset,
            offset=offset,
            dt=dt,
            coords={"row": np.arange(len(levels))},  # levels may repeat, and are no labels then
        )
        coords = {name: ("condition", values) for name, values in by_channel.items()}
        named = stimulus.assign_coords(condition=list(self.conditions))
        return named.drop_vars("row").assign_coords(coords)

    @name_argument_errors
    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
        first_trial: int = 0,
    ) -> xr.Dataset:
        """Return recorded trials of the conditions of a stimulus, cut at its end.

        Raises
        ------
        UnknownNameError, SimulationError
            If a condition was not recorded, or at other levels, for a shorter time, in fewer trials
            or in wider bins.
        """
        checked = check_stimulus(stimulus, self.channels)
        if dt is not None:
            to_si(dt, "ms", "RecordedModel.run, dt")
        width = to_si(bin_width, "ms", "bin_width")
        centres, _ = make_response_bins(checked, width)
        names = [str(name) for name in checked.condition.values]
        for name in names:
            if name not in self.conditions:
                raise unknown_name_error("RecordedModel, run", "condition", name, self.conditions)
        self._check_duration(checked)
        self._check_levels(checked)
        order = self._choose_trials(check_trials(trials), first_trial, seed)
        if "spike_time" in self.recording:
            stop = checked.sizes["time"] * checked.attrs["dt"]
            spikes = self._select_spikes(names, order, stop)
            return label_spikes(spikes, self.sizes, names, len(order), centres, width)
        rates = self._join_bins(names, order, len(centres), width)
        variables = {"rate": (RESPONSE_DIMS, rates, {"units": "Hz"})}
        coords = {"condition": names, "trial": np.arange(trials), "time": centres}
        recording = xr.Dataset(variables, coords | {"unit": list(self.units)})
        return recording.assign(n_neurons=("unit", self.recording.n_neurons.values))

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return what intervals of recorded data leave out, and which trials were."""
        scope = (
            "The spiking model is recorded data: its intervals and its noise ceiling, which is the "
            "difference from as many other trials of the recording, hold for the recorded neurons."
        )
        flag = str(self.recording.attrs.get("flag", ""))
        return (scope, flag) if flag else (scope,)

    def _check_duration(self, stimulus: xr.DataArray) -> None:
        duration = float(self.recording.attrs["duration"])
        seconds = stimulus.sizes["time"] * stimulus.attrs["dt"]
        if seconds > duration * (1 + 1e-6):
            raise SimulationError(
                "RecordedModel, duration of the stimulus",
                f"at most that of the recording, {format_setting(duration, 's')}",
                format_setting(seconds, "s"),
                "Shorten the stimulus.",
            )

    def _check_levels(self, stimulus: xr.DataArray) -> None:
        """Raise `SimulationError` if a condition never has the level that it was recorded at."""
        for name, levels in self.levels.items():
            values = stimulus.sel(channel=name)
            for condition in values.condition.values:
                level, course = float(levels[str(condition)]), values.sel(condition=condition)
                if not np.isclose(course.values, level, rtol=0, atol=LEVEL_TOLERANCE).any():
                    raise SimulationError(
                        f"RecordedModel, condition {str(condition)!r}, channel {name!r}",
                        f"a stimulus of level {level:g}, as it was recorded",
                        f"levels from {course.values.min():g} to {course.values.max():g}",
                        "Use make_stimulus() of the recording, or correct the table of conditions.",
                    )

    def _choose_trials(self, trials: int, first_trial: int, seed: int) -> np.ndarray:
        """Return the recorded trials of a run: random, each at most once."""
        check_whole_number(first_trial, "first_trial", 0, SimulationError)
        order = make_rng(seed, "recorded trials").permutation(self.n_trials)
        half = self.n_trials // 2
        if self.is_second_half:
            order = order[half : 2 * half]
        if first_trial + trials > len(order):
            raise SimulationError(
                "RecordedModel, trials",
                f"at most {half} of the {self.n_trials} recorded trials of each condition, because "
                "the noise ceiling takes as many others"
                if self.is_second_half
                else f"at most the {self.n_trials} recorded trials of each condition",
                f"{first_trial + trials}",
                "Ask for fewer trials, or run it with controls=False."
                if self.is_second_half
                else f"Ask for fewer trials: {half} if the run has a noise ceiling.",
            )
        return order[first_trial : first_trial + trials]

    def _select_spikes(
        self, names: list[str], trials: np.ndarray, stop: float
    ) -> dict[str, np.ndarray]:
        """Return the spikes of some conditions and trials before a time in seconds."""
        condition_index, trial_index = np.full(len(self.conditions), -1), np.full(self.n_trials, -1)
        condition_index[[self.conditions.index(name) for name in names]] = np.arange(len(names))
        trial_index[trials] = np.arange(len(trials))
        spikes = {field: self.recording[field].values for field in SPIKE_FIELDS}
        spikes["spike_condition"] = condition_index[spikes["spike_condition"]]
        spikes["spike_trial"] = trial_index[spikes["spike_trial"]]
        inside = (spikes["spike_condition"] >= 0) & (spikes["spike_trial"] >= 0)
        inside &= spikes["spike_time"] < stop - 1e-9
        return {field: values[inside] for field, values in spikes.items()}

    def _join_bins(
        self, names: list[str], trials: np.ndarray, n_bins: int, width: float
    ) -> np.ndarray:
        """Return the rates of some conditions and trials, in bins of several recorded ones."""
        recorded_width = float(self.recording.attrs["bin_width"])
        n_joined = round(width / recorded_width)
        if n_joined < 1 or abs(n_joined * recorded_width - width) > 1e-3 * recorded_width:
            recorded = format_setting(recorded_width, "s")
            raise SimulationError(
                "RecordedModel, bin_width",
                f"a whole number of recorded bins of {recorded}",
                format_setting(width, "s"),
                f"Give the pair a bin_width of {recorded}, if the recording counts in seconds.",
            )
        conditions = [self.conditions.index(name) for name in names]
        rates = self.recording["rate"].values[conditions][:, trials, : n_bins * n_joined]
        return rates.reshape(*rates.shape[:2], n_bins, n_joined, -1).mean(axis=3)
