"""What the pair `coincidence` shows: what is left of a response when pulses come apart."""

import numpy as np

import bioann as ba
from bioann.metrics.transition import mean_by_coordinate
from bioann.reporting.style import RATE_COLOUR, SPIKING_COLOUR, Drawing, make_subplots


def draw_jitter_curves(comparison: ba.Comparison, n_samples: int) -> Drawing:
    """Draw the responses against jitter.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    n_samples : int
        Number of samples of each jitter.
    """
    steady = comparison.responses.mean("time")
    figure, panel = make_subplots(width=5.0, height=3.0)
    bio, ann = (mean_by_coordinate(steady[model], "jitter") for model in ("bio", "ann"))
    styles = (("slow", "rates", "o-", "s--"), ("fast", "", "^-", ""), ("", "leaky", "", "D:"))
    jitters = bio.jitter.values
    x = np.maximum(jitters, 0.5)  # zero has no place on a logarithmic axis
    summaries = []
    for cell, unit, cell_mark, unit_mark in styles:
        if cell:
            trials = bio.sel(match=cell)
            panel.plot(
                x, trials.mean("trial"), cell_mark, color=SPIKING_COLOUR, label=f"{cell} cell"
            )
            low, high = trials.min("trial"), trials.max("trial")
            panel.fill_between(x, low, high, color=SPIKING_COLOUR, alpha=0.2, lw=0)
            summaries.append(
                f"{cell} cell {', '.join(f'{v:.2f}' for v in trials.mean('trial').values)}"
            )
        if unit:
            response = ann.sel(match="slow" if unit == "rates" else unit)
            panel.plot(x, response, unit_mark, color=RATE_COLOUR, label=f"unit: {unit}")
            summaries.append(f"unit {unit} {', '.join(f'{v:.2f}' for v in response.values)}")
    panel.set(xscale="log", ylim=(-0.05, None), xlabel="jitter, standard deviation [ms]")
    panel.set(ylabel="response [per volley]", xticks=x)
    panel.set_xticks(x, [f"{j:g}" for j in jitters])
    panel.minorticks_off()
    figure.legend(loc="outside upper center", ncols=4)
    sizes = f"{n_samples} samples per jitter, {bio.sizes['trial']} trials each"
    return Drawing(
        figure,
        f"Response against jitter {', '.join(f'{j:g}' for j in jitters)} ms. "
        f"{'; '.join(summaries)}.",
        "Every fibre fires equally often in every condition. The cells lose their response when "
        "the jitter reaches their time constants, 5 and 20 ms; a unit of rates cannot see it. "
        f"n: 5 neurons of each cell, {sizes}. Band: smallest to largest of the trials.",
    )
