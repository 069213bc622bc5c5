"""The number that decided a claim on a small scale: its interval, and where the claim holds."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.text import format_number
from bioann.claims.rules.rule import Evidence, IntervalRule, Judgement, Rule

#: Size of the drawing in pixels, and the part of it that the axis takes.
WIDTH, HEIGHT, LEFT, RIGHT, LINE = 220, 40, 10, 210, 14
#: Half of the room that a label needs, in pixels.
MARGIN = 45


@dataclasses.dataclass(frozen=True)
class ClaimScale:
    """Numbers of a small scale, all in the unit of the score.

    Parameters
    ----------
    value, low, high : float
        The score and the ends of its interval; the ends are NaN if there is no interval.
    holds_from, holds_to : float
        Range of the score in which the claim holds; infinite if it has no bound on that side.
    marks : tuple of float
        Bounds of the rule, or ends of the range that was searched, finite.
    """

    value: float
    low: float
    high: float
    holds_from: float
    holds_to: float
    marks: tuple[float, ...]

    @property
    def axis(self) -> tuple[float, float]:
        """Ends of the axis: all finite numbers, with a margin."""
        numbers = [x for x in (self.value, self.low, self.high, *self.marks) if np.isfinite(x)]
        margin = 0.12 * (max(numbers) - min(numbers)) or 0.5
        return min(numbers) - margin, max(numbers) + margin


def make_claim_scale(rule: Rule, judgement: Judgement, evidence: Evidence) -> ClaimScale | None:
    """Return the scale of a rule that judges one number.

    Parameters
    ----------
    rule : Rule
        The rule that decided the claim.
    judgement : Judgement
        Its outcome, with value and interval.
    evidence : Evidence
        For the margins of the pair.

    Returns
    -------
    ClaimScale or None
        None if there is no number, or the rule has no bounds on an axis.
    """
    if not isinstance(rule, IntervalRule) or not np.isfinite(judgement.value):
        return None
    region, marks = rule.find_region(judgement.value, evidence)
    if not marks:
        return None
    return ClaimScale(
        float(judgement.value),
        float(judgement.low),
        float(judgement.high),
        float(region[0]),
        float(region[1]),
        tuple(map(float, marks)),
    )


def label_marks(labels: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Join the labels of two marks that stand too close for both.

    Parameters
    ----------
    labels : list of (float, str)
        Place in pixels and text of each mark.

    Returns
    -------
    list of (float, str)
        The same, or one label of the range between the marks.
    """
    (first, *_), (last, *_) = min(labels), max(labels)
    if 0 < last - first < 2 * MARGIN:
        return [((first + last) / 2, f"{min(labels)[1]} to {max(labels)[1]}")]
    return labels


def draw_claim_scale(scale: ClaimScale) -> str:
    """Return a scale as an SVG element without a label, coloured by the style of the page.

    Parameters
    ----------
    scale : ClaimScale
        The numbers; the drawing holds nothing else.
    """
    start, stop = scale.axis

    def locate(x: float) -> float:
        share = (np.clip(x, start, stop) - start) / (stop - start)
        return LEFT + float(share) * (RIGHT - LEFT)

    begin, end = locate(scale.holds_from), locate(scale.holds_to)
    shapes = [
        f'<rect class="holds" x="{begin:.1f}" y="2" '
        f'width="{end - begin:.1f}" height="{2 * LINE}"/>',
        f'<path class="axis" d="M{LEFT} {LINE + 2}H{RIGHT}"/>',
    ]
    shapes += [f'<path class="bound" d="M{locate(m):.1f} 2V{2 * LINE + 2}"/>' for m in scale.marks]
    for x, text in label_marks([(locate(mark), format_number(mark)) for mark in scale.marks]):
        side = "start" if x < MARGIN else "end" if x > WIDTH - MARGIN else "middle"
        shapes.append(f'<text x="{x:.1f}" y="{HEIGHT}" text-anchor="{side}">{text}</text>')
    if np.isfinite([scale.low, scale.high]).all():
        low, high = locate(scale.low), locate(scale.high)
        shapes.append(f'<path class="interval" d="M{low:.1f} {LINE + 2}H{high:.1f}"/>')
    shapes.append(f'<circle cx="{locate(scale.value):.1f}" cy="{LINE + 2}" r="5"/>')
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + 4}" width="{WIDTH}" height="{HEIGHT + 4}"'
    return f'<svg class="claim-scale" {size}>{"".join(shapes)}</svg>'


def describe_claim_scale(scale: ClaimScale) -> str:
    """Describe a scale for readers who cannot see it."""
    value, low, high = (format_number(x) for x in (scale.value, scale.low, scale.high))
    interval = f", interval {low} to {high}" if np.isfinite(scale.low) else ""
    below = f"from {format_number(scale.holds_from)} on " * bool(np.isfinite(scale.holds_from))
    above = f"up to {format_number(scale.holds_to)}" * bool(np.isfinite(scale.holds_to))
    return f"Value {value}{interval}; the claim holds {below}{above}".rstrip() + "."
