"""What the pair `inhibition_modes` shows: f-I curves that move, and f-I curves that flatten."""

from collections.abc import Mapping, Sequence

import bioann as ba
from bioann.metrics.curve_shift import CurveShift, ResponseCurve
from bioann.reporting.figures.curves import Panel, draw_curves
from bioann.reporting.style import Drawing


def draw_modes(
    comparison: ba.Comparison,
    modes: Mapping[str, CurveShift],
    noises: Sequence[float],
    wanted: Mapping[str, float],
) -> Drawing:
    """Draw the f-I curves of the modes far from rheobase, and of the control cell with noise.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    modes : mapping of str to CurveShift
        The curve of each mode, and what it is compared with.
    noises : sequence of float
        Levels of balanced noise.
    wanted : mapping of str to float
        Offset of each mode by its closed form, in pA.
    """
    scores = comparison.scores.set_index("metric")
    scale = next(iter(modes.values())).scale  # pA at activation 1
    still = {"minus": 0.0, "noise": 0.0}
    moved, told = {"control": ResponseCurve("control", still)}, []
    for name, mode in modes.items():
        gain, offset = (scores.value[f"{part}, {name}"] for part in ("gain", "offset"))
        moved[f"{name}: x {gain:.3f}, {-offset:+.0f} pA"] = mode.curve
        told.append(
            f"{name}: gain {gain:.3f}, offset {offset:.1f} pA (closed form {wanted[name]:.1f})"
        )
    noisy = {
        f"noise x {x:g}": ResponseCurve("control", still | {"noise": x}) for x in (0.0, *noises)
    }
    panels = (
        Panel("without noise: moved", moved, least=0.5, most=0.75),
        Panel("balanced noise: flattened", noisy, most=0.27),
    )
    figure = draw_curves(
        comparison, panels, along="drive", xlabel="driving current [pA]", scale=scale
    )
    low, high = figure.axes[0].get_ylim()
    figure.axes[0].set_ylim(low - 0.35 * (high - low), high)  # room for the legend
    steep = scores.value["gain at noise 3"]
    return Drawing(
        figure,
        f"Rate against driving current. Left, without noise: {'; '.join(told)}. Right: control "
        f"cell with balanced noise; at three times the noise it has {steep:.2f} of the gain.",
        "Inhibition without noise moves the f-I curve and keeps its gain, by current or by "
        "conductance: the shunt lies on the current. Gain and shift, in the legend, are those up "
        "to 2400 pA (circles: biology; lines: units with a negative bias). Balanced noise "
        f"flattens it: gain {steep:.2f} at three times the noise. n: 2 neurons (control 6), "
        f"{comparison.run['bio'].sizes['trial']} trials per point.",
    )
