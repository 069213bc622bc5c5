"""Centre and surround: what does a kernel need negative values for?

Spiking model: light injects a current into excitatory cells R and inhibitory cells H, one of each
per pixel. Ganglion cells in the middle sum R with a narrow Gaussian of synapses (radius r_c), and H
with a wide one (r_s = 3 r_c). Rate model: a convolution with a difference of Gaussians of the same
radii, K_s / K_c = 0.55 (`retina`, as in macaques), 1 (`balanced`) or 0 (`positive`, no negative
value). Its gain and its bias are those of the cells without a surround, and the weights of H were
chosen for the responses to uniform light, on other trials (seed 7): what these weights predict are
the preferred radius, the responses to small discs and those near an edge.

A disc of radius r has the response K_c (1 - exp(-r^2 / r_c^2)) - K_s (1 - exp(-r^2 / r_s^2)), which
is largest at r^2 = ln(K_c r_s^2 / (K_s r_c^2)) / (1 / r_c^2 - 1 / r_s^2); uniform light has that of
K_c - K_s (Rodieck 1965).
"""

from typing import Any

import numpy as np
from brian2 import ms, nS, pA

import bioann as ba
from bioann.claims.sources import ARTICLE, OURS, Source
from bioann.metrics import Contrast, LowestResponse, PeakResponse, PreferredSize, Ratio

#: Rows and columns, and radii of centre and surround in pixels.
SIZE, CENTRE, SURROUND = 17, 1.2, 3.6
PIXELS = tuple(f"pixel_{row}_{column}" for row in range(SIZE) for column in range(SIZE))
#: K_s / K_c of each cell, and the weights of the synapses from H in nS.
RATIOS = {"retina": 0.55, "balanced": 1.0, "positive": 0.0}
WEIGHTS = {"retina": 0.075, "balanced": 0.124, "positive": 0.0}
#: The last radius covers the picture, the first edge leaves it light, the last one dark.
RADII = (0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 13)
EDGES = (-8.5, -3, -2, -1, 0, 1, 2, 3, 8.5)
#: Rate of the ganglion cells in the dark, and its change by light on the centre, in activation.
DARK, GAIN = 0.33, 0.57
#: Preferred radius in closed form, of each cell with a surround.
OPTIMA = {
    name: ba.metrics.predict_preferred_radius(RATIOS[name], CENTRE, SURROUND)
    for name in ("retina", "balanced")
}
#: Share of the response to the best disc, or to uniform light, that counts as none: 5 Hz and less.
NOISE = 0.1

DISCS, ALL_EDGES = {"radius": (0, 20)}, {"edge": (-20, 20)}
#: The conditions of no light, and those of uniform light.
NO_DISC, UNIFORM_DISC = {"radius": RADII[0]}, {"radius": RADII[-1]}
ALL_DARK, ALL_BRIGHT = {"edge": EDGES[-1]}, {"edge": EDGES[0]}
SIZE_TUNING = ba.measure(PreferredSize("radius"), "preferred radius", unit="pixels", where=DISCS)
UNIFORM = ba.measure(
    Ratio(Contrast(UNIFORM_DISC, NO_DISC), PeakResponse(minus=NO_DISC)),
    "response to uniform light over that to the best disc",
    where=DISCS,
)
OVERSHOOT, UNDERSHOOT = (
    ba.measure(
        Ratio(extreme(minus=ALL_DARK), Contrast(ALL_BRIGHT, ALL_DARK)),
        f"{kind} response near an edge over that to uniform light",
        where=ALL_EDGES,
    )
    for kind, extreme in (("highest", PeakResponse), ("lowest", LowestResponse))
)
CLAIMS = (
    ARTICLE.claim(
        "B7a",
        "A kernel holds negative values to pick out features: with them a cell prefers discs of "
        "one size, to half a pixel that of the closed form.",
        SIZE_TUNING.of_each(matches="retina").between(
            OPTIMA["retina"] - 0.5, OPTIMA["retina"] + 0.5
        ),
        UNIFORM.of_each(matches="retina") <= 1 - NOISE,
        supported="To prefer a feature: with a negative surround a cell prefers discs of one size "
        "and marks edges, with positive values alone it prefers any light",
    ),
    OURS.claim(
        "B7b",
        "A cell without a surround prefers no size: uniform light is as good as the best disc.",
        UNIFORM.of_each(matches="positive") >= 1 - NOISE,
    ),
    OURS.claim(
        "B7c",
        "A cell with an inhibitory surround does not respond to uniform light.",
        UNIFORM.of_each(matches="retina").between(-NOISE, NOISE),
    ),
    Source("Croner and Kaplan 1995").claim(
        "B7d",
        "A cell does not respond to uniform light if its surround is as strong as its centre; at a "
        "ratio of 0.55, as in macaques, it responds with 57 % of its response to the best disc.",
        UNIFORM.of_each(matches="balanced").between(-NOISE, NOISE),
        UNIFORM.of_each(matches="retina").between(0.57 - NOISE, 0.57 + NOISE),
    ),
    Source("Rodieck 1965").claim(
        "B7e",
        "A surround marks edges: a cell on the bright side fires more than in uniform light, and "
        "one on the dark side less than in the dark.",
        OVERSHOOT.of_each(matches="retina") >= 1 + NOISE,
        UNDERSHOOT.of_each(matches="retina") <= -NOISE,
        OVERSHOOT.of_each(matches="positive") <= 1 + NOISE,
        UNDERSHOOT.of_each(matches="positive") >= -NOISE,
    ),
    OURS.claim(
        "B7f",
        "A convolution with negative values in its kernel has the responses of the cells.",
        *(ba.rules.Equivalent(match=name) for name in RATIOS),
    ),
)


FIGURE = ba.figures.Panels.of_figures(
    "Discs of light: without a surround the response grows until the disc fills the centre; with "
    "one the cell prefers a radius of about 2 pixels (r*: closed form), and uniform light (radius "
    "13) has a smaller response, or none. Light to the right of an edge: near it the cell fires "
    "more than in uniform light, or less than in the dark.",
    *(
        ba.figures.ResponseCurves(
            "radius",
            name,
            where=DISCS,
            heading=f"surround {RATIOS[name]:g}",
            xlabel="radius [pixels]",
            x_lines={"r*": OPTIMA[name]} if name in OPTIMA else {},
        )
        for name in ("positive", "retina", "balanced")
    ),
    ba.figures.ResponseCurves(
        "edge",
        "retina",
        where=ALL_EDGES,
        heading="edge, surround 0.55",
        xlabel="position of the edge [pixels]",
    ),
)


def build_retina() -> ba.SpikingNetwork:
    sheet = ba.connectivity.Sheet(SIZE, SIZE, SIZE, SIZE)
    middle = ba.connectivity.Coordinates(np.full((40, 2), SIZE / 2))

    def sum_over(radius: float) -> ba.connectivity.DistanceDependent:
        # exp(-d^2 / r^2) has the standard deviation r / sqrt(2).
        kernel = ba.connectivity.GaussianKernel(radius / np.sqrt(2))
        return ba.connectivity.DistanceDependent(strength=kernel, cutoff=3 * radius)

    # A constant current close to rheobase, so that weak light is not lost below threshold.
    near_rheobase = np.full(SIZE**2, 0.7)
    ganglion: Any = {"background": ba.Background(3.5 * nS, quantum=1 * nS), "positions": middle}
    return ba.SpikingNetwork.of_members(
        ba.Population("R", SIZE**2, "glutamate", positions=sheet),
        ba.Population("H", SIZE**2, "GABA", positions=sheet),
        *(ba.Population(name, 40, "glutamate", **ganglion) for name in RATIOS),
        *(ba.ElectrodeArray(PIXELS, k, 200 * pA, constant=near_rheobase) for k in "RH"),
        *(
            ba.Projection(source, name, weight * nS, connectivity=sum_over(radius))
            for name in RATIOS
            for source, weight, radius in (("R", 1.2, CENTRE), ("H", WEIGHTS[name], SURROUND))
        ),
    )


def build_convolution() -> ba.LayeredNetwork:
    squares = (np.indices((SIZE, SIZE)) - (SIZE - 1) / 2) ** 2
    centre, surround = (
        np.exp(-squares.sum(axis=0) / radius**2) / (np.pi * radius**2)
        for radius in (CENTRE, SURROUND)
    )
    kernels = GAIN * np.array([[centre - ratio * surround] for ratio in RATIOS.values()])
    layers = ba.layers.Conv2d(kernels, DARK), ba.layers.Flatten()
    return ba.LayeredNetwork(layers, shape=(1, SIZE, SIZE), channels=PIXELS, outputs=tuple(RATIOS))


def pair() -> ba.Pair:
    light = ba.stimuli.join_patterns(
        ba.stimuli.make_discs(RADII, (SIZE, SIZE)), ba.stimuli.make_edges(EDGES, (SIZE, SIZE))
    )
    return ba.Pair(
        "center_surround",
        build_retina(),
        build_convolution(),
        ba.Correspondence.of_names(*RATIOS, bio_only=("R", "H")),
        question="What does a kernel need negative values for?",
        stimulus=ba.stimuli.patterns(light, duration=400 * ms),
        settle=100 * ms,
        margin=ba.Margin(0.05, "5 Hz, a tenth of the response to the best disc"),
        trials=12,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
