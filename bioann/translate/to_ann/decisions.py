"""Tell what a translation to a rate network decided, number by number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bioann.bio.population import Background
from bioann.bio.projection import Projection
from bioann.translate.presynaptic_input import SynapticInput, ValuesByName
from bioann.translate.target import TargetPopulation
from bioann.translate.to_ann.signed_sum import NEEDED_REDUCTION, SignedSumFit
from bioann.translate.translation import Decision


def list_decisions(
    targets: Mapping[str, TargetPopulation],
    fits: Mapping[str, SignedSumFit],
    taus: Mapping[str, float],
    method: str,
    scale: float,
    channels: ValuesByName,
) -> tuple[Decision, ...]:
    """List what was decided of each population and each connection."""
    decisions = [Decision("scale", scale, "Hz", "rate that counts as activation 1, as asked")]
    source = "theory of slow noise" if method == "theory" else "run on stimuli of its own"
    for name, target in targets.items():
        fit = fits[name]
        resting_divisor = target.resting_divisor(fit, channels)
        decisions += [
            Decision(
                f"effective potential of {name}", fit.potential * 1e3, "mV",
                "where driving forces are taken: the signed sum of which the rate is most nearly "
                "a function",
            ),
            Decision(
                f"rheobase of {name}", target.rheobase * 1e12, "pA", "least current that fires"
            ),
            Decision(
                f"charge of a spike of {name}", target.spike_charge * 1e15, "fC",
                "capacitance times the way from reset to threshold",
            ),
            Decision(
                f"bias of {name}",
                _compute_bias(target, fit.potential) / scale / resting_divisor, "activation",
                "backgrounds and injections above rheobase, over the charge of a spike",
            ),
            Decision(
                f"time constant of {name}", taus[name] * 1e3, "ms",
                "of the synapses, or a third of the driven membrane's; mean over where it fires",
            ),
            Decision(f"activation of {name}", "transfer curve", "", f"from the {source}"),
            Decision(
                f"R2 of the signed sum of {name}", fit.r2, "",
                f"share of the variance of the {source} that one curve of one sum explains",
            ),
        ]  # fmt: skip
        if np.isfinite(fit.aicc_reduction):
            decisions.append(_record_divisive_term(name, fit))
        for synapse in target.inputs.synaptic_inputs:
            if not isinstance(synapse.pathway, Background):
                decisions.append(
                    _record_weight(target, synapse, fit.potential, scale, resting_divisor)
                )
    return tuple(decisions)


def _record_divisive_term(name: str, fit: SignedSumFit) -> Decision:
    verdict = "needed" if fit.divisor else "not needed"
    change = f"{'falls' if fit.aicc_reduction > 0 else 'rises'} by {abs(fit.aicc_reduction):.3g}"
    return Decision(
        f"divisive term of {name}", fit.divisor, "",
        f"{verdict}: with the best one the AICc of the curve {change}, and a fall by more than "
        f"{NEEDED_REDUCTION:g} asks for it (1: divided by leak and inhibitory conductance, over "
        "the leak)",
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
    why = (
        f"{n:.4g} synapses of {synapse.weight * 1e9:.4g} nS on {receptor.name}, driving force "
        f"{receptor.driving_force(v) * 1e3:.4g} mV"
    )
    if not hasattr(receptor, "reversal"):
        why = f"{n:.4g} synapses on {receptor.name}, which have no reversal potential"
    source = f"stimulus {synapse.source}" if synapse.kind == "channel" else synapse.source
    weight = target.rate_weight(synapse, v) * rate / scale / resting_divisor
    return Decision(f"weight {source} -> {target.name}", weight, "", why)
