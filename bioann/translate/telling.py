"""Tell what a translation to a rate network decided, number by number."""

from __future__ import annotations

from collections.abc import Mapping

from bioann.bio.population import Background
from bioann.bio.projection import Projection
from bioann.translate.inputs import Arrival
from bioann.translate.signed_sum import SignedSum
from bioann.translate.site import Site
from bioann.translate.translation import Decision


def decisions(
    sites: Mapping[str, Site],
    sums: Mapping[str, SignedSum],
    taus: Mapping[str, float],
    method: str,
    scale: float,
) -> tuple[Decision, ...]:
    """List what was decided of each population and each connection."""
    told = [Decision("scale", scale, "Hz", "rate that counts as activation 1, as asked")]
    source = "theory of slow noise" if method == "theory" else "run on stimuli of its own"
    for name, at in sites.items():
        found = sums[name]
        told += [
            Decision(
                f"effective potential of {name}", found.potential * 1e3, "mV",
                "where driving forces are taken: the signed sum of which the rate is most nearly "
                "a function",
            ),
            Decision(f"rheobase of {name}", at.rheobase * 1e12, "pA", "least current that fires"),
            Decision(
                f"charge of a spike of {name}", at.charge * 1e15, "fC",
                "capacitance times the way from reset to threshold",
            ),
            Decision(
                f"bias of {name}", _bias(at, found.potential) / scale, "activation",
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
        for a in at.inputs.arrivals:
            if not isinstance(a.part, Background):
                told.append(_weight(at, a, found.potential, scale))
    return tuple(told)


def _bias(at: Site, v: float) -> float:
    backgrounds = [a for a in at.inputs.arrivals if isinstance(a.part, Background)]
    return at.constant(v) + sum(at.push(a, v) * float(a.rate({}, {})) for a in backgrounds)


def _weight(at: Site, a: Arrival, v: float, scale: float) -> Decision:
    part = a.part
    rate = scale if isinstance(part, Projection) else float(part.rate)
    why = (
        f"{a.count:.4g} synapses of {a.weight * 1e9:.4g} nS on {a.receptor.name}, driving force "
        f"{a.receptor.drive(v) * 1e3:.4g} mV"
    )
    if not hasattr(a.receptor, "reversal"):
        why = f"{a.count:.4g} synapses on {a.receptor.name}, which have no reversal potential"
    source = f"stimulus {a.source}" if a.kind == "channel" else a.source
    return Decision(f"weight {source} -> {at.name}", at.push(a, v) * rate / scale, "", why)
