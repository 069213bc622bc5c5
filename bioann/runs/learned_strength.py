"""A learning model whose response is the strength of its synapses instead of the activity."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.learning.plastic_network import PlasticRateNetwork
from bioann.base.annotations import is_real_number
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.bio.engines import Record
from bioann.bio.network import SpikingNetwork
from bioann.recordings.recording import label_activations
from bioann.runs.lesion import list_learned_variables
from bioann.runs.protocol import Protocol


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LearnedStrength(Description):
    r"""A learning model whose response is the mean strength of the synapses that learn.

    .. math:: a_i(t) = \langle w_{ij}(t) \rangle_j / (w \, s_1)

    The mean over all synapses on a population of one pathway, in multiples of the pathway's weight
    :math:`w`; of a rate network the mean weight onto the unit. Spiking models are sampled in the
    middle of each response bin, rate networks at its end. The run is the one that the model makes
    with this seed.

    Parameters
    ----------
    model : SpikingNetwork, PlasticRateNetwork or Protocol
        The model; what its populations or units respond with is not recorded.
    pathways : mapping of str to str
        For populations or units, the projection, afferent or rule whose strength is the response.
        All others respond with 0.
    variable : str, optional
        A hidden variable of the rules of a spiking model, which is measured instead of the
        strength.
    scale : float, optional
        Strength :math:`s_1` that corresponds to activation 1, above 0.
    """

    model: SpikingNetwork | PlasticRateNetwork | Protocol
    pathways: dict[str, str]
    variable: str = "weight"
    scale: float = 1.0

    def check(self) -> None:
        """Raise an error if a name is not that of a unit, or of a variable that is learned."""
        learned = {v.name: v for v in list_learned_variables(self._network)}
        for unit, pathway in self.pathways.items():
            if unit not in self.units:
                raise unknown_name_error("LearnedStrength", "population or unit", unit, self.units)
            name = f"{self.variable}_{pathway}"
            if name not in learned:
                where = f"LearnedStrength of {unit!r}"
                raise unknown_name_error(where, "learned variable", name, sorted(learned))
            has_course = self.variable == "weight" or isinstance(self._network, SpikingNetwork)
            if learned[name].unit is None or not has_course:
                raise DescriptionError(
                    f"LearnedStrength of {unit!r}",
                    "synapses of one weight, or the weights of a rate network",
                    name,
                    "Give the pathway one weight; hidden variables are those of synapses.",
                )
        if not (is_real_number(self.scale) and 0 < self.scale < np.inf):
            raise DescriptionError(
                "LearnedStrength, scale",
                "a number above 0",
                repr(self.scale),
                "Leave it out for 1.",
            )
        if not self.pathways:
            raise DescriptionError(
                "LearnedStrength, pathways", "at least one", "none", "Write {'b': 'a_to_b'}."
            )

    @property
    def _network(self) -> SpikingNetwork | PlasticRateNetwork:
        return self.model.model if isinstance(self.model, Protocol) else self.model

    @property
    def kind(self) -> str:
        """Kind of the model, and what is recorded."""
        return f"{model.kind_of(self.model)}, learned strength"

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations or units."""
        return self.model.units

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
        network = self._network
        if isinstance(network, SpikingNetwork):
            half = to_si(bin_width, "ms", "bin_width") / 2 * 1e3 * ms
            names = tuple(dict.fromkeys(self.pathways.values()))
            options["record"] = Record(False, weights=names, interval=half)
        recording = self.model.run(
            stimulus, trials=trials, seed=seed, engine=engine, dt=dt, bin_width=bin_width,
            weights=weights, **options,
        )  # fmt: skip
        units = {v.name: v.unit for v in list_learned_variables(network)}
        response = np.zeros([recording.sizes[d] for d in ("condition", "trial", "time")])
        response = np.repeat(response[..., None], len(self.units), axis=-1)
        for unit, pathway in self.pathways.items():
            course = recording[f"{self.variable}_course_{pathway}"].mean(f"synapse_{pathway}")
            if "sample_time" in course.dims:
                course = course.isel(sample_time=slice(1, None, 2))
            unit_strength = units[f"{self.variable}_{pathway}"]
            assert unit_strength is not None
            strength = course.values / (unit_strength * self.scale)
            response[..., self.units.index(unit)] = strength
        labelled = label_activations(
            response,
            self.units,
            [str(c) for c in recording.condition.values],
            recording.time.values,
            **recording.attrs,
        )
        return labelled.assign(recording[[v.name for v in list_learned_variables(network)]])

    def connections(self) -> pd.DataFrame:
        """Return the connections of the model, one row each."""
        return model.connections_of(self.model)

    def constant_inputs(self) -> pd.DataFrame:
        """Return the constant inputs of the model, one row each."""
        return model.constant_inputs_of(self.model)

    def explain(self) -> tuple[Equation, ...]:
        """Return the equations and parameters of the model."""
        return model.explain_model(self.model)
