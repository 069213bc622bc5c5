"""Scheduled afferents: fibres whose spike times are given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from brian2 import second
from brian2.units.fundamentalunits import Quantity

from bioann.base.annotations import is_ordered
from bioann.base.arguments import shorten_repr
from bioann.base.errors import DescriptionError, SimulationError, unknown_name_error
from bioann.base.units import SI, quantity, to_si
from bioann.bio.connectivity import AllToAll, Connectivity
from bioann.bio.fibres import FibrePathway
from bioann.bio.receptors import Receptor, check_transmitter, resolve_receptor

#: Tolerance of a spike time relative to a time step, for rounding errors of either.
STEP_TOLERANCE = 1e-9


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ScheduledAfferent(FibrePathway):
    """Fibres that fire at given times, the same in all trials.

    Parameters
    ----------
    times : sequence of quantity, or mapping of str to such a sequence
        Spike times of each fibre (ms), an array per fibre, counted from the start of the run:
        ``[[10, 20] * ms, [15] * ms]``. They ascend, are not negative and may be none
        (``[] * ms``). A mapping has the spikes of each condition, by its label; each condition has
        the same number of fibres.
    target : str
        Name of the population that receives the spikes.
    weight : quantity, array or Distribution
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor. One value, or
        as for `Afferent` one per target neuron.
    transmitter : {'glutamate', 'GABA'}, optional
        Transmitter that the fibres release.
    receptor : Receptor, str or None, optional
        Postsynaptic receptor; by default AMPA for glutamate and GABA_A for GABA.
    connectivity : Connectivity, optional
        Rule by which the fibres reach the neurons; each fibre reaches all neurons by default.
        ``OneToOne()`` gives neuron `i` the spikes of fibre `i`.
    delay : quantity, optional
        Time from a spike to the change in conductance, >= 0.
    plasticity : Plasticity or tuple of Plasticity, optional
        At most one short-term and one long-term rule, with the meaning that they have on
        projections.
    name : str, optional
        Name under which learned weights are recorded; ``scheduled_to_<target>`` by default.

    Raises
    ------
    DescriptionError
        If times are negative, not finite or do not ascend, or conditions differ in their number of
        fibres.

    Notes
    -----
    A spike arrives in the time step that contains its time, plus the delay. A run raises
    `SimulationError` for a spike after its end, and for two spikes of a fibre within a time step.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms, nS
    >>> volley = ba.ScheduledAfferent([[10, 20] * ms, [15] * ms], "cell", 2 * nS)
    """

    times: Any
    target: str
    weight: SI = quantity("nS", at_least=0, one_per="neuron")
    transmitter: str = "glutamate"
    receptor: Receptor | str | None = None
    connectivity: Connectivity = dataclasses.field(default_factory=AllToAll)
    delay: SI = quantity("ms", 0, at_least=0)
    plasticity: Any = ()
    name: str = ""

    def title(self) -> str:
        """Return the afferent's name in error messages."""
        return f"ScheduledAfferent -> {self.target!r}"

    def check(self) -> None:
        """Check times, transmitter and plasticity; resolve the receptor."""
        check_transmitter(self.transmitter, self.title())
        self.set_field("receptor", resolve_receptor(self.receptor, self.transmitter, self.title()))
        if isinstance(self.times, Mapping):
            times: Any = {str(c): self._convert_trains(x, str(c)) for c, x in self.times.items()}
            counts = {condition: len(trains) for condition, trains in times.items()}
            if len(set(counts.values())) != 1:
                raise DescriptionError(
                    f"{self.title()}, times",
                    "at least one condition, and as many fibres in each",
                    f"{counts}",
                    "Write [] * ms for a fibre that is silent in a condition.",
                )
        else:
            times = self._convert_trains(self.times)
        self.set_field("times", times)
        if self.connectivity is None:
            self.set_field("connectivity", AllToAll())
        self.check_connectivity()
        self.check_plasticity()
        if not self.name:
            self.set_field("name", f"scheduled_to_{self.target}")

    def _convert_trains(self, trains: Any, condition: str = "") -> tuple[Quantity, ...]:
        """Return the spike times of each fibre as read-only arrays in seconds."""
        obj = f"{self.title()}, times" + (f" in condition {condition!r}" if condition else "")
        is_one_train = isinstance(trains, Quantity) and trains.ndim == 1
        if not is_ordered(trains) or (isinstance(trains, np.ndarray) and not trains.ndim):
            raise DescriptionError(
                obj,
                "an array of times per fibre",
                shorten_repr(trains),
                "Write times=[[10, 20] * ms] for one fibre with two spikes.",
            )
        rows = [trains] if is_one_train else list(trains)
        if not rows:
            remedy = "Leave the afferent out if it has no fibres."
            raise DescriptionError(obj, "at least one fibre", "none", remedy)
        return tuple(_convert_train(row, f"{obj}, fibre {k}") for k, row in enumerate(rows))

    @property
    def fibres(self) -> int:  # type: ignore[override]
        """Number of fibres."""
        return len(next(iter(self.times.values())) if isinstance(self.times, dict) else self.times)

    def list_trains(self, condition: str) -> list[np.ndarray]:
        """Return the spike times of each fibre in a condition, in seconds.

        Raises
        ------
        UnknownNameError
            If times are given by condition, but not for this one.
        """
        trains = self.times
        if isinstance(trains, dict):
            if condition not in trains:
                obj = f"{self.title()}, times"
                raise unknown_name_error(obj, "condition with spike times", condition, trains)
            trains = trains[condition]
        return [np.asarray(train) for train in trains]

    def check_run(self, conditions: Sequence[str], duration: float, step: float) -> None:
        """Check that the spikes fit a run.

        Parameters
        ----------
        conditions : sequence of str
            Labels of the conditions of the run.
        duration, step : float
            Length of the run, and of the time step to which spikes are rounded, in seconds.

        Raises
        ------
        SimulationError
            If a spike lies beyond the end of the run, or two spikes of a fibre in a time step.
        """
        for condition in conditions:
            for fibre, times in enumerate(self.list_trains(condition)):
                obj = f"{self.title()}, times of fibre {fibre} in condition {condition!r}"
                if len(times) and times[-1] > duration - STEP_TOLERANCE * step:
                    raise SimulationError(
                        obj,
                        f"spikes before the end of the run, at {duration * 1e3:g} ms",
                        f"one at {times[-1] * 1e3:g} ms",
                        "Lengthen the stimulus, or leave out the later spikes.",
                    )
                repeated = np.flatnonzero(np.diff(np.floor(times / step + STEP_TOLERANCE)) == 0)
                if len(repeated):
                    first, second_time = times[repeated[0] : repeated[0] + 2] * 1e3
                    raise SimulationError(
                        obj,
                        f"at most one spike in a time step of {step * 1e3:g} ms",
                        f"spikes at {first:.6g} and {second_time:.6g} ms",
                        "Put them on two fibres, or shorten dt.",
                    )


def _convert_train(values: Any, obj: str) -> Quantity:
    """Return the spike times of a fibre as a read-only array in seconds, or raise an error."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        unit = values.dim if isinstance(values, Quantity) else None
        items: Sequence[Any] = [Quantity(x, dim=unit) for x in np.asarray(values)]
    elif isinstance(values, Sequence) and not isinstance(values, (str, bytes)):
        items = values
    else:
        remedy = "Write [10, 20] * ms, and [] * ms for no spikes."
        raise DescriptionError(obj, "an array of times", shorten_repr(values), remedy)
    times = np.array([to_si(item, "ms", obj) for item in items], dtype=float)
    wrong = np.flatnonzero((times < 0) | (np.diff(times, prepend=-np.inf) <= 0))
    if len(wrong):
        k = wrong[0]
        is_negative = times[k] < 0
        came = f"{times[k] * 1e3:g} ms" + ("" if is_negative else f" after {times[k - 1] * 1e3:g}")
        raise DescriptionError(
            obj,
            "times from 0 ms on" if is_negative else "times in ascending order, none twice",
            came,
            "Count times from the start of the run." if is_negative else "Sort them.",
        )
    times.setflags(write=False)
    train: Quantity = times * second
    return train
