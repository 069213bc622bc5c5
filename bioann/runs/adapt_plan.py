"""Plans of pairs that differ in the numbers of their spiking models only."""

from __future__ import annotations

import dataclasses

from bioann import model
from bioann.runs.description import PairDescription
from bioann.runs.plan import ModelStep, RunPlan


def adapt_plan(plan: RunPlan, pair: PairDescription) -> RunPlan | None:
    """Return the plan of a pair that differs from a planned one in numbers of spiking models only.

    Parameters
    ----------
    plan : RunPlan
        Plan of the other pair, with nothing but models.
    pair : PairDescription
        The pair.

    Returns
    -------
    RunPlan or None
        As `plan_run` returns it, with the same steps of rate models; None if something else
        differs.
    """
    others = {field.name for field in dataclasses.fields(pair)} - {"bio", "controls"}  # type: ignore[arg-type]
    models = {"bio": pair.bio, "ceiling": pair.bio, **pair.controls}
    before = {"bio": plan.pair.bio, "ceiling": plan.pair.bio, **plan.pair.controls}
    has_more = plan.audit is not None or plan.effective_weights is not None or plan.grid is not None
    if (
        has_more
        or any(getattr(pair, name) is not getattr(plan.pair, name) for name in others)
        or model.is_recorded(pair.bio)
        or models.keys() != before.keys()
        or any(
            model.describe_interface(m) != model.describe_interface(before[name])
            for name, m in models.items()
        )
    ):
        return None
    steps = tuple(
        dataclasses.replace(step, model=models[step.name])
        if isinstance(step, ModelStep) and step.name in models
        else step
        for step in plan.models
    )
    return dataclasses.replace(plan, pair=pair, models=steps)
