"""Lateral inhibition: do the neighbours in a layer affect a unit?

Spiking model: twelve positions on a ring, like the facets of an eye. Light injects a current into
the cells E of a position; they excite inhibitory cells I of the same position, which inhibit E at
up to two positions on each side. Rate model: three rings of units whose activation is the f-I
curve of E without inhibition. Neighbours have negative weights in one of them (`lateral`); in the
second each inhibits them through a unit with a threshold, that of I (`threshold`); the third is one
layer of a feedforward network (`feedforward`). Weights were chosen by hand on other trials (seed
7). Controls: cells without inhibition, and with strong inhibition.

Two linear units that inhibit each other with the weight w amplify the difference of their inputs by
1 / (1 - w) and divide the mean by 1 + w: contrast grows by (1 + w) / (1 - w). From w = 1 on, one of
them silences the other.
"""

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity, ms, nS, pA

import bioann as ba
from bioann import metrics
from bioann.claims.sources import FORUM_2019, OURS, Source
from bioann.metrics import AtLevels

N_POSITIONS, REACH = 12, 2
CHANNELS = tuple(f"position_{k}" for k in range(N_POSITIONS))
#: Two positions that inhibit each other, and one that inhibits only the second of them.
FIRST, SECOND, THIRD = 4, 6, 8
#: Light on the first two, its contrasts (difference over sum), and light added to one of them.
LIGHT, CONTRASTS, PROBE = 0.5, np.array([0.0, 0.05, 0.1, 0.2]), 0.1
#: Light on the halves of the ring; positions far from an edge (3) to far from it again (8).
BRIGHT, DARK, PROFILE = 0.8, 0.4, range(3, 9)
#: Rate of E without inhibition, in units of 100 Hz, at each light (seed 7).
LIGHTS = (-0.2, -0.1, 0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1)
RATES = (0, 0, 0.02, 0.07, 0.14, 0.23, 0.33, 0.52, 0.69, 0.84, 0.98, 1.1, 1.22, 1.44)
#: Which positions inhibit which: all at one or two steps.
RING = ba.connectivity.Ring(N_POSITIONS, places=N_POSITIONS)
DISTANCES = ba.connectivity.make_distance_matrix(RING, N_POSITIONS)
NEIGHBOURS = (DISTANCES > 0) & (DISTANCES <= REACH)
#: In activation: 5 Hz, a twentieth of the rates.
NO_EFFECT = 0.05


def make_patterns() -> xr.DataArray:
    """Return the light at each position: four contrasts, three probes of the first, an edge."""
    position = np.eye(N_POSITIONS)
    pairs = [LIGHT * ((1 + d) * position[FIRST] + (1 - d) * position[SECOND]) for d in CONTRASTS]
    added = PROBE * position[FIRST], PROBE * position[SECOND], 2 * LIGHT * position[THIRD]
    edge = np.repeat([BRIGHT, DARK], N_POSITIONS // 2)
    numbers = {"contrast": [*CONTRASTS, 0, 0, 0, 0], "probe": [0, 0, 0, 0, 1, 2, 3, 4]}
    return xr.DataArray(
        [*pairs, *(pairs[0] + light for light in added), edge],
        coords={name: ("pattern", values) for name, values in numbers.items()},
        dims=("pattern", "position"),
    )


#: Of each kind of unit the channels of the two that inhibit each other, by the name of the match.
LATERAL, FEEDFORWARD = (
    {f"{variant}_{k}": CHANNELS[k] for k in (FIRST, SECOND)}
    for variant in ("lateral", "feedforward")
)
AT_EQUAL_LIGHT = {"contrast": 0, "probe": 0}
PROBED: dict[str, Any] = {"contrast": 0, "probe": (0, 2)}
LATERAL_GAIN, FEEDFORWARD_GAIN = (
    AtLevels(metrics.ContrastGain(first, second, "contrast"), {"probe": 0})
    for first, second in (LATERAL, FEEDFORWARD)
)
AMPLIFICATION, AMPLIFIED = "amplification of contrast", metrics.ModelRatio(LATERAL_GAIN)


def compare_with_linear(response: Any, other: Any, stimulus: xr.DataArray) -> xr.DataArray:
    """Divide the amplification by (1 + w) / (1 - w), with the w of the slopes at equal light."""
    linear = AtLevels(metrics.LinearContrastGain(LATERAL), PROBED)
    return AMPLIFIED(response, other, stimulus) / linear(response, stimulus)


CELL_GAIN = ba.measure(AMPLIFIED, AMPLIFICATION)
UNIT_GAIN = ba.measure(metrics.Ratio(LATERAL_GAIN, FEEDFORWARD_GAIN), AMPLIFICATION)
LINEAR_RATIO = ba.measure(
    compare_with_linear, f"{AMPLIFICATION} over (1 + w) / (1 - w)", per="pair"
)
LATERAL_SLOPE, FEEDFORWARD_SLOPE = (
    ba.measure(
        metrics.CrossSlope(two), f"slope on the light of the neighbour, {name}", where=PROBED
    )
    for two, name in ((LATERAL, "lateral"), (FEEDFORWARD, "feedforward"))
)
SILENCING = ba.measure(
    metrics.MeanResponse(of=metrics.UnsignedContrast(*LATERAL)), "unsigned contrast of two cells"
).at_levels(" at equal light", **AT_EQUAL_LIGHT)
OVERSHOOT, UNDERSHOOT = (
    ba.measure(
        metrics.RatioOfMatches(f"lateral_{edge}", f"lateral_{plateau}"),
        f"response at the edge over that far from it, {side} side",
    ).at_levels(probe=4)
    for side, edge, plateau in (("bright", 5, 3), ("dark", 6, 8))
)
DISINHIBITION = ba.measure(
    metrics.Contrast({"probe": 3}, AT_EQUAL_LIGHT), "change of the first by light on the third"
)
UNCOUPLED = ("bio", "without_inhibition")
LIMULUS = Source("Hartline and Ratliff 1957")
CLAIMS = (
    FORUM_2019.claim(
        "B4a",
        "A unit is affected by the layer before it only, not by its neighbours.",
        LATERAL_SLOPE.of("bio").between(-NO_EFFECT, NO_EFFECT),
        refuted="Yes: neighbours inhibit each other, in cells and in units with lateral weights, "
        "which amplifies contrast and marks edges",
    ),
    OURS.claim(
        "B4b",
        "This holds in a feedforward layer, but neither for cells that inhibit each other nor for "
        "units with negative weights between them.",
        FEEDFORWARD_SLOPE.of("ann").between(-1e-12, 1e-12),
        LATERAL_SLOPE.of_each() <= -NO_EFFECT,
    ),
    OURS.claim(
        "B4c",
        "Mutual inhibition amplifies contrast, by (1 + w) / (1 - w) to within 20 % where w is "
        "the slope on the light of the other over that on their own.",
        CELL_GAIN.of(*UNCOUPLED) >= 1.2,
        UNIT_GAIN.of("ann") >= 1.2,
        LINEAR_RATIO.of(*UNCOUPLED).between(0.8, 1.2),
    ),
    OURS.claim(
        "B4d",
        "Strong mutual inhibition is a choice: one of two silences the other.",
        SILENCING.of("strong_inhibition") >= 0.8,
        SILENCING.of_each(UNCOUPLED) <= 0.2,
    ),
    Source("Ratliff and Hartline 1959").claim(
        "B4e",
        "Lateral inhibition marks edges: the bright side fires more there, the dark side less.",
        OVERSHOOT.of_each() >= 1.1,
        UNDERSHOOT.of_each() <= 0.9,
        OVERSHOOT.of("without_inhibition").between(0.95, 1.05),
        UNDERSHOOT.of("without_inhibition").between(0.95, 1.05),
    ),
    LIMULUS.claim(
        "B4f",
        "Light on a third position disinhibits the first: it inhibits what inhibits it.",
        DISINHIBITION.of_each(matches=f"lateral_{FIRST}") >= 0.02,
        DISINHIBITION.of("without_inhibition", match=f"lateral_{FIRST}").between(-0.02, 0.02),
    ),
    OURS.claim(
        "B4g",
        "Negative weights between units have the responses of the cells.",
        *(ba.rules.Equivalent(match=f"lateral_{k}") for k in (3, 5, 6, 8)),
    ),
    LIMULUS.claim(
        "B4h",
        "Units whose inhibition starts at a threshold have the responses of the cells.",
        *(ba.rules.Equivalent(match=f"threshold_{k}") for k in (3, 5, 6, 8)),
    ),
)


FIGURE = ba.figures.Panels.of_figures(
    "At an edge the bright side (to the left) fires more and the dark side less than far from it; "
    "without inhibition neither does. Of two neighbours the darker one loses more than its light: "
    "the other inhibits it.",
    ba.figures.ResponseProfile(
        {
            "an edge, negative weights": tuple(f"lateral_{k}" for k in PROFILE),
            "an edge, with a threshold": tuple(f"threshold_{k}" for k in PROFILE),
        },
        PROFILE,
        {"probe": 4},
        models=("bio", "without_inhibition", "ann"),
        xlabel="position [number on the ring]",
    ),
    ba.figures.ResponseCurves(
        "contrast",
        f"lateral_{SECOND}",
        where={"probe": 0},
        xlabel="contrast of the light [difference / sum]",
        models=("bio", "without_inhibition", "ann"),
        heading="the darker of two neighbours",
    ),
)


def build_ring(inhibition: Quantity) -> ba.SpikingNetwork:
    here = ba.connectivity.DistanceDependent(cutoff=0.5)
    others = ba.connectivity.TabulatedKernel([0, 1], [0, 1])
    nearby = ba.connectivity.DistanceDependent(strength=others, cutoff=REACH)
    electrodes = np.repeat(np.eye(N_POSITIONS), 10, axis=0)
    return ba.SpikingNetwork.of_members(
        ba.Population("E", 120, "glutamate", background=2 * nS, positions=RING),
        ba.Population("I", 60, "GABA", background=1.5 * nS, positions=RING),
        ba.ElectrodeArray(CHANNELS, "E", 400 * pA, electrodes),
        ba.Projection("E", "I", 0.6 * nS, connectivity=here),
        ba.Projection("I", "E", inhibition, connectivity=nearby),
    )


def build_rings() -> ba.RateNetwork:
    variants = ("lateral", "feedforward", "threshold", "inhibition")
    silence, same = np.zeros([N_POSITIONS] * 2), np.eye(N_POSITIONS)
    weights: Any = [[silence] * 4 for _ in variants]
    weights[0][0], weights[2][3] = -0.09 * NEIGHBOURS, -0.18 * NEIGHBOURS
    weights[3][2] = 0.75 * same
    f_i_curve = ba.activations.Tabulated(LIGHTS, RATES)
    return ba.RateNetwork(
        tuple(f"{variant}_{k}" for variant in variants for k in range(N_POSITIONS)),
        W=np.block(weights),
        W_in=np.vstack([same, same, same, silence]),
        bias=np.repeat([0, 0, 0, -0.18], N_POSITIONS),
        channels=CHANNELS,
        tau=10 * ms,
        activation=(*[f_i_curve] * 3 * N_POSITIONS, *["relu"] * N_POSITIONS),
    )


def pair() -> ba.Pair:
    rings = build_rings()
    blocks = {k: f"E[{10 * k}:{10 * k + 10}]" for k in range(N_POSITIONS)}
    cells = {f"{kind}_{k}": blocks[k] for kind in ("lateral", "threshold") for k in PROFILE}
    cells |= {match: blocks[k] for match, k in zip(FEEDFORWARD, (FIRST, SECOND), strict=True)}
    return ba.Pair(
        "lateral_inhibition",
        build_ring(0.5 * nS),
        rings,
        ba.Correspondence.of_units(
            cells,
            bio_only=("I", "E[0:30]", "E[90:120]"),
            ann_only=tuple(unit for unit in rings.units if unit not in cells),
        ),
        question="Do the neighbours in a layer affect a unit?",
        stimulus=ba.stimuli.patterns(make_patterns(), duration=500 * ms),
        settle=150 * ms,
        margin=ba.Margin(NO_EFFECT, "5 Hz, a twentieth of the rates"),
        trials=18,
        controls={
            "without_inhibition": build_ring(0 * nS),
            "strong_inhibition": build_ring(4 * nS),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
