"""Decisions of a translation to a rate network, number by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bioann.base.decision import Decision
from bioann.bio.background import Background
from bioann.bio.projection import Projection
from bioann.bio.theory.synaptic_input import SynapticInput
from bioann.translate.target import NOMINAL_DEPOLARISATION, TargetPopulation
from bioann.translate.to_ann.population_curves import PopulationCurves
from bioann.translate.to_ann.signed_sum import NEEDED_REDUCTION, SignedSumFit


def list_decisions(curves: PopulationCurves, taus: Mapping[str, float]) -> tuple[Decision, ...]:
    """List the decisions of each population and connection; `taus` are in seconds."""
    scale = Decision("scale", curves.scale, "Hz", "rate that corresponds to activation 1, as given")
    return scale, *(
        decision
        for name in curves.targets
        for decision in _list_population_decisions(curves, name, taus[name])
    )


def _list_population_decisions(
    curves: PopulationCurves, name: str, tau: float
) -> Iterator[Decision]:
    target, fit, scale = curves.targets[name], curves.fits[name], curves.scale
    resting_divisor = target.resting_divisor(fit, curves.design.channels)
    source = "theory of slow noise" if curves.method == "theory" else "run on a design of stimuli"
    yield Decision(
        "effective potential", fit.potential * 1e3, "mV",
        "where driving forces are taken: the rate is most nearly a function of that signed sum",
        name,
    )  # fmt: skip
    yield Decision("rheobase", target.rheobase * 1e12, "pA", "least current that fires", name)
    charge_origin = "capacitance times the distance from reset to threshold"
    if target.cell.reset_potential >= target.cell.firing_threshold:
        depolarisation = f"{NOMINAL_DEPOLARISATION * 1e3:g} mV"
        charge_origin = f"capacitance times {depolarisation}, as the cell resets above threshold"
    yield Decision("charge of a spike", target.spike_charge * 1e15, "fC", charge_origin, name)
    yield Decision(
        "bias", _compute_bias(target, fit.potential) / scale / resting_divisor, "activation",
        "backgrounds and injections above rheobase, over the charge of a spike", name,
    )  # fmt: skip
    yield Decision(
        "time constant", tau * 1e3, "ms",
        "of the synapses, or a third of the driven membrane's; mean over where it fires", name,
    )  # fmt: skip
    yield Decision("activation", "transfer curve", "", f"from the {source}", name)
    yield Decision(
        "R2 of the signed sum", fit.r2, "",
        f"share of the variance of the {source} that one curve over one sum explains", name,
    )  # fmt: skip
    if np.isfinite(fit.aicc_reduction):
        yield _record_divisive_term(name, fit)
    for synapse in target.inputs.synaptic_inputs:
        if not isinstance(synapse.pathway, Background):
            yield _record_weight(target, synapse, fit.potential, scale, resting_divisor)


def _record_divisive_term(name: str, fit: SignedSumFit) -> Decision:
    verdict = "needed" if fit.divisor else "not needed"
    change = f"{'falls' if fit.aicc_reduction > 0 else 'rises'} by {abs(fit.aicc_reduction):.3g}"
    return Decision(
        "divisive term", fit.divisor, "",
        f"{verdict}: with the best one the AICc of the curve {change}, and it is needed if that "
        f"falls by more than {NEEDED_REDUCTION:g} (1: divided by leak and inhibitory conductance, "
        "over the leak)",
        name,
    )  # fmt: skip


def _compute_bias(target: TargetPopulation, v: float) -> float:
    backgrounds = [a for a in target.inputs.synaptic_inputs if isinstance(a.pathway, Background)]
    return target.injection_bias(v) + sum(
        target.rate_weight(a, v) * float(a.input_rate({}, {})) for a in backgrounds
    )


def _record_weight(
    target: TargetPopulation, synapse: SynapticInput, v: float, scale: float, resting_divisor: float
) -> Decision:
    pathway, receptor, n = synapse.pathway, synapse.receptor, synapse.n_synapses
    rate = scale if isinstance(pathway, Projection) else float(pathway.rate)
    if receptor.reversal is None:
        why = f"{n:.4g} synapses on {receptor.name}, which have no reversal potential"
    else:
        why = (
            f"{n:.4g} synapses of {synapse.weight * 1e9:.4g} nS on {receptor.name}, driving force "
            f"{receptor.driving_force(v) * 1e3:.4g} mV"
        )
    source = f"stimulus {synapse.source}" if synapse.kind == "channel" else synapse.source
    weight = target.rate_weight(synapse, v) * rate / scale / resting_divisor
    return Decision("weight", weight, "", why, f"{source} -> {target.name}")
