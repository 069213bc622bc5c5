"""What the pair `inhibition_modes` shows: f-I curves that move, and f-I curves that flatten."""

from collections.abc import Mapping, Sequence

import bioann as ba
from bioann.claims.rules.score import Score
from bioann.metrics.curve_shift import CurveShift, ResponseCurve
from bioann.reporting.figures.curves import CurvePanel, draw_curves
from bioann.reporting.style import Drawing


def draw_modes(
    comparison: ba.Comparison,
    modes: Mapping[str, CurveShift],
    gains: Mapping[str, Score],
    offsets: Mapping[str, Score],
    noises: Sequence[float],
    expected_offsets: Mapping[str, float],
) -> Drawing:
    """Draw the f-I curves of the modes far from rheobase, and of the control cell with noise.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    modes : mapping of str to CurveShift
        The curve of each mode, and what it is compared with.
    gains, offsets : mapping of str to Score
        Gain and offset of each mode.
    noises : sequence of float
        Levels of balanced noise.
    expected_offsets : mapping of str to float
        Offset of each mode by its closed form, in pA.
    """
    scores = comparison.scores.set_index("metric")
    scale = next(iter(modes.values())).scale  # pA at activation 1
    no_inputs = {"minus": 0.0, "noise": 0.0}
    mode_curves = {"control": ResponseCurve("control", no_inputs)}
    summaries = []
    for name, mode in modes.items():
        gain, offset = (float(s[name].find_row(comparison.scores).value) for s in (gains, offsets))
        mode_curves[f"{name}: x {gain:.3f}, {-offset:+.0f} pA"] = mode.curve
        summaries.append(
            f"{name}: gain {gain:.3f}, offset {offset:.1f} pA "
            f"(closed form {expected_offsets[name]:.1f})"
        )
    noise_curves = {
        f"noise x {noise:g}": ResponseCurve("control", no_inputs | {"noise": noise})
        for noise in (0.0, *noises)
    }
    panels = (
        CurvePanel("without noise: moved", mode_curves, min_input=0.5, max_input=0.75),
        CurvePanel("balanced noise: flattened", noise_curves, max_input=0.27),
    )
    figure = draw_curves(
        comparison, panels, channel="drive", xlabel="driving current [pA]", input_scale=scale
    )
    low, high = figure.axes[0].get_ylim()
    figure.axes[0].set_ylim(low - 0.35 * (high - low), high)  # room for the legend
    gain_at_noise = scores.value["gain under 3 times the noise, spiking model"]
    return Drawing(
        figure,
        f"Rate against driving current. Left, without noise: {'; '.join(summaries)}. Right: "
        "control cell with balanced noise; at three times the noise it has "
        f"{gain_at_noise:.2f} of the gain.",
        "Inhibition without noise moves the f-I curve and keeps its gain, by current or by "
        "conductance: the shunt lies on the current. Gain and shift, in the legend, are those up "
        "to 2400 pA (circles: biology; lines: units with a negative bias). Balanced noise "
        f"flattens it: gain {gain_at_noise:.2f} at three times the noise. n: 2 neurons (control "
        f"6), {comparison.run['bio'].sizes['trial']} trials per point.",
    )
