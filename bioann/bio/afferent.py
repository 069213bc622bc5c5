"""Afferents: fibres or electrodes that feed a stimulus channel into a population."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from brian2 import Hz, ms, nS

from bioann.base.arguments import check_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.units import SI, quantity
from bioann.bio.connectivity import Connectivity
from bioann.bio.fibres import FibrePathway
from bioann.bio.receptors import AMPA, Receptor, check_transmitter, resolve_receptor

FIBRE_CODINGS = ("rate", "on", "off", "baseline")
FIBRE_KINDS = ("poisson", "regular", "single_interaction", "multiple_interaction")
#: Kinds whose fibres are correlated.
CORRELATED_KINDS = ("single_interaction", "multiple_interaction")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Afferent(FibrePathway):
    """Fibres that encode a stimulus channel as spikes; all have the same instantaneous rate.

    Each neuron of the target has its own fibres, unless `connectivity` makes them a pool that the
    neurons share.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel that the fibres encode.
    target : str
        Name of the population that receives the spikes.
    weight : quantity, array or Distribution
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor. One value for
        all neurons, an array with one per target neuron, shape ``(n,)``, or a distribution from
        which each neuron draws its own: all fibres of a neuron have the same weight.
    transmitter : {'glutamate', 'GABA'}, optional
        Transmitter that the fibres release.
    receptor : Receptor, str or None, optional
        Postsynaptic receptor; by default AMPA for glutamate and GABA_A for GABA.
    fibres : int, optional
        Number of fibres per neuron, or of the pool, at least 1.
    rate : quantity, optional
        Firing rate of one fibre at activation 1, > 0.
    kind : str, optional
        Point process of the fibres: ``"poisson"``; ``"regular"``, evenly spaced spikes with a
        random phase per fibre; or Poisson fibres with correlated counts, the
        ``"single_interaction"`` or ``"multiple_interaction"`` process of Kuhn et al. 2003 (see
        `bioann.bio.input_spikes.correlated`).
    coding : {'rate', 'on', 'off', 'baseline'}, optional
        What is multiplied by `rate`: the activation, which must be >= 0; its positive part; the
        magnitude of its negative part; or the activation plus `baseline`.
    baseline : float, optional
        Added to the activation if `coding` is ``"baseline"``.
    delay : quantity, optional
        Time from a spike to the change in conductance, >= 0.
    correlation : float or None, optional
        Correlation coefficient of the spike counts of any two fibres of a neuron, or of the pool,
        above 0 and at most 1; only for the two correlated kinds, which need it.
    connectivity : Connectivity or None, optional
        Rule by which a pool of `fibres` fibres reaches the neurons: with ``AllToAll()`` all
        neurons see the same spikes. By default each neuron has its own fibres.
    plasticity : Plasticity or tuple of Plasticity, optional
        At most one short-term rule (scales the release of each spike) and one long-term rule
        (changes the strength of the synapse), with the meaning that they have on projections.
    name : str, optional
        Name under which learned weights are recorded; ``afferent_<channel>_to_<target>`` by
        default.

    Notes
    -----
    Fibres whose synapses have states (plasticity, saturating receptors) are simulated one by one,
    and such a fibre fires at most once per time step: further spikes are dropped (0.5% at 100 Hz
    and 0.1 ms). All spikes reach synapses without states.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> brake = ba.Afferent("light", "cell", 0.3 * nS, transmitter="GABA", fibres=10)
    >>> brake.receptor.name
    'GABA_A'
    """

    channel: str
    target: str
    weight: SI = quantity("nS", at_least=0, one_per="neuron")
    transmitter: str = "glutamate"
    receptor: Receptor | str | None = None
    fibres: int = 1
    rate: SI = quantity("Hz", 100, above=0)
    kind: str = "poisson"
    coding: str = "rate"
    baseline: float = 0.0
    delay: SI = quantity("ms", 0, at_least=0)
    correlation: float | None = None
    connectivity: Connectivity | None = None
    plasticity: Any = ()
    name: str = ""

    def title(self) -> str:
        """Return the afferent's name in error messages."""
        return f"Afferent {self.channel!r} -> {self.target!r}"

    def check(self) -> None:
        """Check transmitter, kind, coding, fibres and plasticity; resolve the receptor."""
        check_transmitter(self.transmitter, self.title())
        self.set_field("receptor", resolve_receptor(self.receptor, self.transmitter, self.title()))
        for field, name, known_names in (
            ("kind", self.kind, FIBRE_KINDS),
            ("coding", self.coding, FIBRE_CODINGS),
        ):
            if name not in known_names:
                raise unknown_name_error(self.title(), field, name, known_names)
        check_whole_number(self.fibres, f"{self.title()}, fibres")
        self.set_field("fibres", int(self.fibres))
        self._check_correlation()
        self.check_connectivity()
        self.check_plasticity()
        if not self.name:
            self.set_field("name", f"afferent_{self.channel}_to_{self.target}")

    @classmethod
    def of_volleys(
        cls,
        channel: str,
        target: str,
        weight: SI = 4 * nS,
        *,
        fibres: int = 20,
        rate: SI = 1000 * Hz,
        receptor: Receptor | None = None,
        **options: Any,
    ) -> Afferent:
        """Return fibres that each fire once in a pulse of the stimulus.

        With the default weight and receptor such a volley makes a `LIF` cell at rest fire once.

        Parameters
        ----------
        channel, target : str
            Channel with the pulses, and population that receives the spikes.
        weight : quantity, optional
            Peak conductance of one spike.
        fibres : int, optional
            Number of fibres per neuron.
        rate : quantity, optional
            One over the duration of a pulse of activation 1: of 1 ms unless given.
        receptor : Receptor, optional
            Postsynaptic receptor; AMPA with a decay time of 2 ms unless given.
        **options : Any
            Other fields, such as ``plasticity``.

        Examples
        --------
        >>> import bioann as ba
        >>> ba.Afferent.of_volleys("x", "cell").kind
        'regular'
        """
        fast = AMPA(tau=2 * ms) if receptor is None else receptor
        fields = {"receptor": fast, "fibres": fibres, "rate": rate, "kind": "regular"}
        return cls(channel, target, weight, **fields, **options)

    def _check_correlation(self) -> None:
        """Raise `DescriptionError` unless exactly the correlated kinds have a correlation."""
        is_correlated = self.kind in CORRELATED_KINDS
        if is_correlated and self.correlation is not None and 0 < self.correlation <= 1:
            return
        if not is_correlated and self.correlation is None:
            return
        kinds = " or ".join(f"kind={kind!r}" for kind in CORRELATED_KINDS)
        raise DescriptionError(
            f"{self.title()}, correlation",
            "a number above 0 and at most 1" if is_correlated else f"none for kind={self.kind!r}",
            repr(self.correlation),
            "Use kind='poisson' for independent fibres."
            if is_correlated
            else f"Leave it out, or write {kinds}.",
        )

    def compute_rates(self, activation: np.ndarray, conditions: list[str]) -> np.ndarray:
        """Compute the firing rate of one fibre.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time)
            Activation of the stimulus channel.
        conditions : list of str
            Names of the conditions, used in the error message.

        Returns
        -------
        numpy.ndarray, shape (condition, time)
            Firing rate in Hz.

        Raises
        ------
        StimulusError
            If a rate would be negative.
        """
        coded_activation = {
            "rate": activation,
            "on": np.maximum(activation, 0.0),
            "off": np.maximum(-activation, 0.0),
            "baseline": self.baseline + activation,
        }[self.coding]
        if (coded_activation < 0).any():
            c = int(np.argwhere(coded_activation < 0)[0][0])
            raise StimulusError(
                f"stimulus channel {self.channel!r}, condition {conditions[c]!r}",
                f"no negative rate for {self.title()} (coding {self.coding!r})",
                f"{coded_activation[c].min():g}",
                "A spike rate cannot be negative: use two afferents with coding='on' and "
                "coding='off', or coding='baseline' with a large enough baseline.",
            )
        rates: np.ndarray = coded_activation * self.rate
        return rates


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentAfferent(Description):
    """An electrode that injects a current proportional to a stimulus channel.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel that scales the current.
    target : str
        Name of the population whose neurons receive the current.
    current : quantity
        Current into each neuron at activation 1; positive depolarises. Activation and current may
        both have either sign.
    compartment : str, optional
        Name of the cell's compartment that receives the current.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import pA
    >>> electrode = ba.CurrentAfferent("light", "cell", 200 * pA)
    """

    channel: str
    target: str
    current: SI = quantity("pA")
    compartment: str = "soma"

    def title(self) -> str:
        """Return the afferent's name in error messages."""
        return f"CurrentAfferent {self.channel!r} -> {self.target!r}"
