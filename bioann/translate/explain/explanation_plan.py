"""The plan of an explanation, and its run: translations, simulations, decisions."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.ann.signs.census import census_of
from bioann.ann.signs.weight_matrices import weight_matrices_of
from bioann.base.content.libraries import find_version
from bioann.correspondence import read_responses
from bioann.translate.explain.decisions_over_time import (
    SETTLED_SHARE,
    average_settled_responses,
    choose_classes,
    choose_over_time,
    rank_classes,
)
from bioann.translate.explain.disagreements import TranslatedRun, find_disagreements
from bioann.translate.explain.explanation import Explanation, SpikingDecisions
from bioann.translate.explain.labelled_samples import (
    CALIBRATION_DURATION,
    N_DRAWN,
    LabelledSamples,
    count_classes,
    draw_calibration_inputs,
    make_sample_stimulus,
)
from bioann.translate.to_bio.to_bio import to_bio
from bioann.translate.to_bio.unit_groups import layer_name
from bioann.translate.translation import Translation

#: Width of the bins of rates.
BIN_WIDTH = 10 * ms
#: Time step of the spiking model; spikes are timed within it.
TIME_STEP = 1 * ms
#: Seconds of a translation with its runs, and in addition per sample that is run, weight, and
#: square of the neurons per unit: measured on one core (Python 3.11, engine cpp) for 64-48-10 and
#: 784-128-10 units.
SECONDS_PER_TRANSLATION, SECONDS_PER_WEIGHT_SAMPLE = 4.0, 1e-6
#: Packages whose versions are listed.
VERSIONED_PACKAGES = ("python", "bioann", "brian2", "numpy")


@dataclasses.dataclass(frozen=True, eq=False)
class ExplanationPlan:
    """A classifier, the samples that it is shown, and how it is simulated.

    Parameters
    ----------
    name : str
        Name of the model: of its file, or its sizes.
    network : LayeredNetwork
        The classifier without a softmax at its end.
    rate_network : RateNetwork
        The same as one rate network.
    data : LabelledSamples
        All samples, before they are divided.
    calibration, simulated : numpy.ndarray of int
        Indices of the samples that calibrate the translations, and of those that are simulated.
    neurons_per_unit : tuple of int
        Copies of each neuron, one translation for each number.
    presentation : float
        Duration of each sample in seconds.
    seed : int
        Seed of the choice of samples and of the runs.
    engine : str
        Engine of the spiking model.
    notes : tuple of str
        Sentences about what was assumed or left out.
    """

    name: str
    network: LayeredNetwork
    rate_network: RateNetwork
    data: LabelledSamples
    calibration: np.ndarray
    simulated: np.ndarray
    neurons_per_unit: tuple[int, ...]
    presentation: float
    seed: int
    engine: str
    notes: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of channels, then of the units of each layer that has units."""
        counts = collections.Counter(map(layer_name, self.rate_network.units))
        return (len(self.network.channels), *counts.values())

    @property
    def n_weights(self) -> int:
        """Number of weights between channels and units that are not zero."""
        return int((self.rate_network.W != 0).sum() + (self.rate_network.W_in != 0).sum())

    @property
    def threshold(self) -> float:
        """Output above which a single output decides for class 1: that at a summed input of 0."""
        return float(self.rate_network.activation[-1](np.zeros(1))[0])

    def estimate_seconds(self, n_copies: int) -> float:
        """Estimate the seconds that the translation with `n_copies` takes on one core."""
        n_calibration = len(self.calibration) or N_DRAWN
        # Two runs calibrate; the first translation is also run with half the time step.
        n_runs = 2 if n_copies == self.neurons_per_unit[0] else 1
        n_samples = 2 * n_calibration + n_runs * len(self.simulated)
        synapses = self.n_weights * n_copies**2
        return SECONDS_PER_TRANSLATION + n_samples * synapses * SECONDS_PER_WEIGHT_SAMPLE

    @property
    def seconds(self) -> float:
        """Estimate of the seconds that `run` takes on one core, from the size of the network."""
        return sum(map(self.estimate_seconds, self.neurons_per_unit))

    def describe(self) -> str:
        """Describe in a line what `run` does, and how long it takes."""
        copies = ", ".join(map(str, self.neurons_per_unit))
        return (
            f"{self.name}: {'-'.join(map(str, self.sizes))} inputs and units, {self.n_weights} "
            f"weights; {len(self.simulated)} of {len(self.data)} samples for "
            f"{self.presentation * 1e3:g} ms each, {copies} neurons per unit; about "
            f"{float(f'{self.seconds:.1g}'):g} s"
        )

    def limit_copies(self, max_seconds: float) -> ExplanationPlan:
        """Return the plan without the translations that would take too long, but for the first."""
        first, *others = self.neurons_per_unit
        affordable = [n for n in others if self.estimate_seconds(n) <= max_seconds]
        if len(affordable) == len(others):
            return self
        note = (
            f"More neurons per unit than {max(first, *affordable)} would take more than "
            f"{max_seconds:.0f} s each; they are simulated if neurons_per_unit asks for them."
        )
        return dataclasses.replace(
            self, neurons_per_unit=(first, *affordable), notes=(*self.notes, note)
        )

    def run(self) -> Explanation:
        """Translate the classifier, simulate the samples, and list what is lost."""
        samples = self.data.select(self.simulated)
        stimulus = make_sample_stimulus(samples.inputs, self.network.channels, self.presentation)
        translations = [self._translate(n) for n in self.neurons_per_unit]
        recording, half_step = (
            self._run_network(translations[0], stimulus, half_step=is_fine)
            for is_fine in (False, True)
        )
        runs = [self._read_decisions(self.neurons_per_unit[0], translations[0], recording)]
        for n, translation in zip(self.neurons_per_unit[1:], translations[1:], strict=True):
            copies_recording = self._run_network(translation, stimulus, half_step=False)
            runs.append(self._read_decisions(n, translation, copies_recording))
        inputs = samples.inputs.reshape(-1, *self.network.shape)
        outputs = {
            "rate": self.network.predict(inputs).reshape(len(samples), -1),
            "spiking": average_settled_responses(self._read_outputs(translations[0], recording)),
            "half step": average_settled_responses(self._read_outputs(translations[0], half_step)),
        }
        choices = {name: choose_classes(x, self.threshold) for name, x in outputs.items()}
        first_run = TranslatedRun(
            translations[0], self.rate_network, recording, half_step, stimulus,
            SETTLED_SHARE * self.presentation,
        )  # fmt: skip
        scores = {name: rank_classes(x, self.threshold) for name, x in outputs.items()}
        disagreements = find_disagreements(
            first_run, self.simulated, samples.labels, choices, scores
        )
        return Explanation(
            self.name, self.sizes, self.n_weights, count_classes(self.network),
            self.simulated, samples.labels, choices["rate"],
            len(self.data), len(self.calibration), tuple(runs),
            n_changed=int((choices["half step"] != choices["spiking"]).sum()),
            disagreements=disagreements.table,
            causes=disagreements.causes,
            census=census_of(weight_matrices_of(self.network)),
            notes=self.notes,
            provenance=self._list_provenance(str(recording.attrs["engine"])),
        )  # fmt: skip

    def _translate(self, n_copies: int) -> Translation:
        """Translate the classifier with a number of neurons per unit."""
        inputs = (
            self.data.inputs[self.calibration]
            if len(self.calibration)
            else draw_calibration_inputs(self.data.inputs, self.seed)
        )
        return to_bio(
            self.rate_network,
            inputs="opponent" if (self.data.inputs < 0).any() else "rate",
            neurons_per_unit=n_copies,
            calibration=make_sample_stimulus(inputs, self.network.channels, CALIBRATION_DURATION),
            seed=self.seed,
            engine=self.engine,
            dt=TIME_STEP,
        )

    def _run_network(
        self, translation: Translation, stimulus: xr.DataArray, *, half_step: bool
    ) -> xr.Dataset:
        network = translation.network
        run = network.rerun_at_half_step if half_step else network.run
        return run(stimulus, trials=1, seed=self.seed, engine=self.engine, bin_width=BIN_WIDTH)

    def _read_outputs(self, translation: Translation, recording: xr.Dataset) -> xr.DataArray:
        """Return the responses of the outputs, dimensions (condition, time, match)."""
        n_outputs = len(self.network.units)
        outputs = translation.correspondence.keep_matches(*self.rate_network.units[-n_outputs:])
        return read_responses(recording, outputs, "bio").isel(trial=0)

    def _read_decisions(
        self, n_copies: int, translation: Translation, recording: xr.Dataset
    ) -> SpikingDecisions:
        responses = self._read_outputs(translation, recording)
        spikes = recording.sizes["spike"] / recording.sizes["condition"]
        decisions = choose_over_time(responses, self.threshold)
        return SpikingDecisions(n_copies, translation, *decisions, spikes)

    def _list_provenance(self, engine: str) -> dict[str, str]:
        versions = {f"{name} version": find_version(name) for name in VERSIONED_PACKAGES}
        presentation = f"{self.presentation * 1e3:g} ms"
        settings = {"seed": str(self.seed), "engine": engine, "presentation": presentation}
        return settings | versions
