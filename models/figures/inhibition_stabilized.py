"""What the pair `inhibition_stabilized` shows: what a push on I does, at every drive."""

import numpy as np

import bioann as ba
from bioann.metrics.input_effects import effect_along
from bioann.reporting.style import INK, RATE_COLOUR, SPIKING_COLOUR, Drawing, make_subplots


def draw_push_effects(comparison: ba.Comparison) -> Drawing:
    """Draw what a push on I does to E and to I at every drive."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    drives = np.unique(steady.drive)
    figure, panels = make_subplots(1, 2, height=2.9, sharex=True)
    summaries = []
    for name, panel in zip("EI", panels, strict=True):
        for model, style, label in (
            ("bio", {"color": SPIKING_COLOUR, "marker": "o"}, "biology"),
            (
                "without_E_to_E",
                {"color": SPIKING_COLOUR, "marker": "v", "ls": ":"},
                "biology, no E to E",
            ),
            ("ann", {"color": RATE_COLOUR, "marker": "s", "ls": "--"}, "ANN"),
        ):
            effect = effect_along(steady[model].sel(match=name), input_name="push", along="drive")
            mean = effect.mean("trial") if "trial" in effect.dims else effect
            panel.plot(drives, mean, label=label, **style)
            if "trial" in effect.dims:
                bounds = effect.min("trial"), effect.max("trial")
                panel.fill_between(drives, *bounds, color=SPIKING_COLOUR, alpha=0.15, lw=0)
            summaries.append(f"{label}, {name}: {', '.join(f'{v:+.3f}' for v in mean.values)}")
        panel.axhline(0, color=INK, lw=0.8)
        panel.set(xlabel="drive to E [activation]", title=f"effect of the push on {name}")
    panels[0].set(ylabel="with push minus without\n[activation]")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return Drawing(
        figure,
        f"Effect of pushing I, at drives {', '.join(f'{d:g}' for d in drives)}. "
        f"{'; '.join(summaries)}.",
        "I is excited by the push, yet fires less wherever E would run away by itself; without "
        "synapses from E to E it fires more everywhere. The weights are the same at every drive. "
        f"n: 20 E and 10 I neurons, {steady.sizes['trial']} trials. Band: smallest to largest of "
        "the trials.",
    )
