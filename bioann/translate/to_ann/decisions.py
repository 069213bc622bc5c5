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


def decisions(
    sites: Mapping[str, TargetPopulation],
    sums: Mapping[str, SignedSumFit],
    taus: Mapping[str, float],
    method: str,
    scale: float,
    channels: ValuesByName,
) -> tuple[Decision, ...]:
    """List what was decided of each population and each connection."""
    told = [Decision("scale", scale, "Hz", "rate that counts as activation 1, as asked")]
    source = "theory of slow noise" if method == "theory" else "run on stimuli of its own"
    for name, at in sites.items():
        found = sums[name]
        base = at.resting_divisor(found, channels)
        told += [
            Decision(
                f"effective potential of {name}", found.potential * 1e3, "mV",
                "where driving forces are taken: the signed sum of which the rate is most nearly "
                "a function",
            ),
            Decision(f"rheobase of {name}", at.rheobase * 1e12, "pA", "least current that fires"),
            Decision(
                f"charge of a spike of {name}", at.spike_charge * 1e15, "fC",
                "capacitance times the way from reset to threshold",
            ),
            Decision(
                f"bias of {name}", _bias(at, found.potential) / scale / base, "activation",
                "backgrounds and injections above rheobase, over the charge of a spike",
            ),
            Decision(
                f"time constant of {name}", taus[name] * 1e3, "ms",
                "of the synapses, or a third of the driven membrane's; mean over where it fires",
            ),
            Decision(f"activation of {name}", "transfer curve", "", f"from the {source}"),
            Decision(
                f"R2 of the signed sum of {name}", found.r2, "",
                f"share of the variance of the {source} that one curve of one sum explains",
            ),
        ]  # fmt: skip
        if np.isfinite(found.aicc_reduction):
            told.append(_divisive(name, found))
        for a in at.inputs.synaptic_inputs:
            if not isinstance(a.pathway, Background):
                told.append(_weight(at, a, found.potential, scale, base))
    return tuple(told)


def _divisive(name: str, found: SignedSumFit) -> Decision:
    kept = "needed" if found.divisor else "not needed"
    moved = f"{'falls' if found.aicc_reduction > 0 else 'rises'} by {abs(found.aicc_reduction):.3g}"
    return Decision(
        f"divisive term of {name}", found.divisor, "",
        f"{kept}: with the best one the AICc of the curve {moved}, and a fall by more than "
        f"{NEEDED_REDUCTION:g} asks for it (1: divided by leak and inhibitory conductance, over the leak)",
    )  # fmt: skip


def _bias(at: TargetPopulation, v: float) -> float:
    backgrounds = [a for a in at.inputs.synaptic_inputs if isinstance(a.pathway, Background)]
    return at.injection_bias(v) + sum(
        at.rate_weight(a, v) * float(a.input_rate({}, {})) for a in backgrounds
    )


def _weight(
    at: TargetPopulation, a: SynapticInput, v: float, scale: float, base: float
) -> Decision:
    part = a.pathway
    rate = scale if isinstance(part, Projection) else float(part.rate)
    why = (
        f"{a.n_synapses:.4g} synapses of {a.weight * 1e9:.4g} nS on {a.receptor.name}, driving force "
        f"{a.receptor.driving_force(v) * 1e3:.4g} mV"
    )
    if not hasattr(a.receptor, "reversal"):
        why = f"{a.n_synapses:.4g} synapses on {a.receptor.name}, which have no reversal potential"
    source = f"stimulus {a.source}" if a.kind == "channel" else a.source
    return Decision(
        f"weight {source} -> {at.name}", at.rate_weight(a, v) * rate / scale / base, "", why
    )
