"""A learning model whose response is the strength of its synapses instead of the activity."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.learning.plastic_network import PlasticRateNetwork
from bioann.base.annotations import is_real_number
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_names
from bioann.base.units import SI, to_si
from bioann.bio.engines import Record
from bioann.bio.network import SpikingNetwork
from bioann.recordings.recording import label_activations
from bioann.runs.lesion import LearnedVariable, list_learned_variables
from bioann.runs.protocol import Protocol


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LearnedStrength(Description):
    r"""A learning model whose response is the mean strength of some of its synapses.

    .. math:: a_i(t) = \langle w(t) \rangle / (w_0 \, s_1)

    The mean over the synapses of the pathways of unit :math:`i`, in multiples of the weight
    :math:`w_0` of the pathway, hence 1 before learning; of a rate network the mean weight with its
    sign. Spiking models are sampled in the middle of each response bin, rate networks at its end.
    The run is the one that the model makes with this seed.

    Parameters
    ----------
    model : SpikingNetwork, PlasticRateNetwork or Protocol
        Model that learns; its activity is not recorded.
    strengths : mapping of str to (str or tuple of str), or tuple of str
        For each unit of the response the names of what learns, over whose synapses the strength is
        averaged: projections and afferents with long-term plasticity, or learning rules. Without a
        mapping the units have these names.
    variable : str, optional
        A hidden variable of the rules of a spiking model, which is measured instead of the
        strength.
    scale : float, optional
        Strength :math:`s_1` that corresponds to activation 1, above 0.
    as_change : bool, optional
        Whether the response is the strength minus that before learning, which is 1 in a spiking
        model.
    silent : tuple of str, optional
        Names of further units, which respond with 0: as a control of a pair the model needs all
        populations of its correspondence.

    Raises
    ------
    DescriptionError
        If there is no strength, or the synapses of one have weights of their own.
    UnknownNameError
        If a strength is not one that the model learns.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> cells = (ba.Population("E", 10, "glutamate"), ba.Population("I", 10, "GABA"))
    >>> rule = ba.plasticity.PairSTDP()
    >>> projection = ba.Projection("E", "I", 0.5 * nS, plasticity=rule)
    >>> network = ba.SpikingNetwork(cells, projections=(projection,))
    >>> strength = ba.LearnedStrength(network, ("E_to_I",))
    >>> strength.units
    ('E_to_I',)
    """

    model: SpikingNetwork | PlasticRateNetwork | Protocol
    strengths: Any
    variable: str = "weight"
    scale: float = 1.0
    as_change: bool = False
    silent: tuple[str, ...] = ()

    def check(self) -> None:
        """Store the strengths as a mapping to tuples; check that the model learns each."""
        strengths = self.strengths
        if not isinstance(strengths, Mapping):
            names = (strengths,) if isinstance(strengths, str) else tuple(strengths)
            strengths = dict(zip(names, names, strict=True))
        pathways = {
            unit: (names,) if isinstance(names, str) else tuple(names)
            for unit, names in strengths.items()
        }
        self.set_field("strengths", pathways)
        check_names(self.units, "LearnedStrength, units")
        if not all(pathways.values()) or not pathways:
            raise DescriptionError(
                "LearnedStrength, strengths",
                "the name of at least one projection, afferent or rule for each unit",
                repr(pathways),
                "Write LearnedStrength(network, ('a_to_b',)).",
            )
        for unit, names in pathways.items():
            for name in names:
                self._check_variable(unit, f"{self.variable}_{name}")
        if not (is_real_number(self.scale) and 0 < self.scale < np.inf):
            raise DescriptionError(
                "LearnedStrength, scale",
                "a number above 0",
                repr(self.scale),
                "Leave it out for 1.",
            )

    def _check_variable(self, unit: str, name: str) -> None:
        learned, where = self._variables, f"LearnedStrength of {unit!r}"
        if name not in learned:
            raise unknown_name_error(where, "learned variable", name, sorted(learned))
        is_spiking = isinstance(self._network, SpikingNetwork)
        if (is_spiking and learned[name].unit is None) or not (
            is_spiking or self.variable == "weight"
        ):
            raise DescriptionError(
                where,
                "synapses of one weight, or the weights of a rate network",
                name,
                "Give the pathway one weight; hidden variables are those of synapses.",
            )

    @property
    def _network(self) -> SpikingNetwork | PlasticRateNetwork:
        return self.model.model if isinstance(self.model, Protocol) else self.model

    @property
    def _variables(self) -> dict[str, LearnedVariable]:
        return {variable.name: variable for variable in list_learned_variables(self._network)}

    @property
    def kind(self) -> str:
        """What is recorded; figures have no room for the kind of the model as well."""
        return "learned strength"

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the strengths."""
        return (*self.strengths, *self.silent)

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the stimulus channels."""
        return self.model.channels

    @property
    def has_numbered_trials(self) -> bool:
        """Whether a run can start at any trial."""
        return model.has_numbered_trials(self.model)

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether connections or parameters are drawn."""
        return model.has_drawn_wiring(self.model)

    @property
    def has_fixed_duration(self) -> bool:
        """Whether the model runs on stimuli of one duration alone."""
        return model.has_fixed_duration(self.model)

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
        weights: xr.Dataset | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """Run the model and average its strengths; arguments as those of the model.

        Returns
        -------
        xarray.Dataset
            ``activation`` (condition, trial, time, unit), and what the model has learned at the
            end.
        """
        if isinstance(self._network, SpikingNetwork):
            half = to_si(bin_width, "ms", "bin_width") / 2 * 1e3 * ms
            names = tuple(dict.fromkeys(itertools.chain(*self.strengths.values())))
            options["record"] = Record(False, weights=names, interval=half)
        recording = self.model.run(
            stimulus, trials=trials, seed=seed, engine=engine, dt=dt, bin_width=bin_width,
            weights=weights, **options,
        )  # fmt: skip
        columns = [
            np.concatenate([self._read_strength(recording, name) for name in names], axis=-1)
            for names in self.strengths.values()
        ]
        responses = [column.mean(axis=-1) / self.scale for column in columns]
        responses += [np.zeros_like(responses[0])] * len(self.silent)
        response = np.stack(responses, axis=-1)
        labels = [str(c) for c in recording.condition.values]
        times = recording.time.values
        labelled = label_activations(response, self.units, labels, times, **recording.attrs)
        wiring = {"wiring": recording["wiring"]} if "wiring" in recording.coords else {}
        return labelled.assign(recording[list(self._variables)]).assign_coords(wiring)

    def _read_strength(self, recording: xr.Dataset, pathway: str) -> np.ndarray:
        """Return the strengths of a pathway, shape (condition, trial, time, synapse)."""
        course = recording[f"{self.variable}_course_{pathway}"]
        if "sample_time" in course.dims:  # two samples a bin: at its start and in its middle
            course = course.isel(sample_time=slice(1, None, 2))
        unit = self._variables[f"{self.variable}_{pathway}"].unit or 1.0
        initial = self._initial_strengths[pathway] if self.as_change else 0.0
        return np.asarray(course.values / unit - initial)

    @property
    def _initial_strengths(self) -> Mapping[str, np.ndarray | float]:
        """Strength of the synapses of what learns, before a run."""
        if isinstance(self._network, SpikingNetwork):
            return dict.fromkeys(itertools.chain(*self.strengths.values()), 1.0)
        return self._network.initial_weights

    def explain(self) -> tuple[Equation, ...]:
        """Return the equations and parameters of the model."""
        return model.explain_model(self.model)
