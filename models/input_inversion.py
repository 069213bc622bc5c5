"""Input inversion: is an input turned upside down, with its weight's sign flipped, the same input?

Spiking model: a cell that `light` excites. Control `exchanged`: the same cell without that
afferent; `dark`, which is 1 - light, inhibits it, and it gets all along the excitation that full
light would bring. `other` excites both. The conductance of inhibition follows from that of
excitation by the driving forces and decay times; nothing is fitted. Two cells are the same if they
differ no more than one cell does from itself with another seed. Rate model: two units, `plain`,
relu(w light + v other + b), and `inverted`, relu(-w dark + v other + b + w); their weights are sums
of powers of two, so that no rounding hides a difference.
"""

import xarray as xr
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.claims.sources import CROSS_VALIDATED, OURS

N_FIBRES = 20
#: With full light the mean conductance is N_FIBRES * 100 Hz * 5 ms * QUANTUM = 6 nS; what brings
#: the cell's mean potential to threshold is g_L (V_th - E_L) / (0 - V_th) = 3 nS: a sum of 0.5.
QUANTUM, FULL_LIGHT_CONDUCTANCE, RHEOBASE = 0.6 * nS, 6 * nS, 0.5


def compute_unit_difference(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    return abs(response.sel(match="plain") - response.sel(match="inverted")).max("condition")


UNIT_DIFFERENCE = ba.measure(
    compute_unit_difference, "largest difference of the two units", best=0.0, per="pair"
)
DIFFERENCE = ba.measure(ba.metrics.relative_rmse_percent, "relative difference", unit="%")
ABOVE_RHEOBASE = DIFFERENCE.at_levels(" above rheobase", mean_input=(RHEOBASE + 0.01, 1.5))
BELOW_RHEOBASE = DIFFERENCE.at_levels(" below rheobase", mean_input=(0.0, RHEOBASE))
FIVE_PERCENT = ba.Margin(5.0, "the error that a rate model may make")
CLAIMS = (
    CROSS_VALIDATED.claim(
        "B3a",
        "Inverting an input and flipping its weights (added to the bias) is the same network.",
        UNIT_DIFFERENCE.of("ann").between(0.0, 0.0),
    ),
    OURS.claim(
        "B3b",
        "The same holds for a neuron that its mean input drives: excitation by light can be "
        "replaced by inhibition by darkness.",
        ba.rules.Equivalent(ABOVE_RHEOBASE.of("bio", "exchanged"), FIVE_PERCENT),
        supported="Yes for a neuron that its mean input drives",
    ),
    OURS.claim(
        "B3c",
        "The same holds for a neuron that fires by noise alone.",
        ba.rules.Equivalent(BELOW_RHEOBASE.of("bio", "exchanged"), FIVE_PERCENT),
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "Above rheobase, excitation by light and inhibition by darkness give equal rates. "
    "Below it only noise makes the cells fire, and inhibition adds noise.",
    ba.figures.ResponseCurves(
        "light",
        by="other",
        models={"bio": "by light", "exchanged": "by darkness", "ann": "both units"},
        heading="two ways to wire one input",
    ),
    ba.figures.ResponseCurves(
        "mean_input",
        by="other",
        models={"exchanged": "by darkness"},
        minus="bio",
        heading="where they differ",
        xlabel="summed input, light + other / 2 [activation]",
        ylabel="by darkness minus by light [activation]",
        x_lines={"rheobase": RHEOBASE},
    ),
    height=3.3,
)


def pair() -> ba.Pair:
    ampa, gaba = ba.receptors.AMPA(), ba.receptors.GABA_A()
    # Equal and opposite mean currents half-way from the middle of reset and threshold to threshold.
    v_middle = -52.5 * mV
    gaba_weight = (0 * mV - v_middle) / (v_middle + 80 * mV) * (ampa.tau / gaba.tau) * QUANTUM
    light = ba.Afferent("light", "cell", QUANTUM, receptor=ampa, fibres=N_FIBRES)
    dark = ba.Afferent("dark", "cell", gaba_weight, "GABA", receptor=gaba, fibres=N_FIBRES)
    other = ba.Afferent("other", "cell", QUANTUM, receptor=ampa, fibres=N_FIBRES // 2)
    full_light = ba.Background(FULL_LIGHT_CONDUCTANCE, receptor=ampa, quantum=QUANTUM)
    exchanged = ba.Population("cell", 10, "glutamate", background=full_light)
    w, v, b = 1.5, 0.75, -0.75  # of light, of `other`, and the bias: rheobase times -w
    grid = ba.stimuli.cross_levels({"light": [k / 8 for k in range(9)], "other": [0.0, 1.0]})
    stimulus = ba.steps(
        grid | {"dark": [1 - light for light in grid["light"]]}, duration=500 * ms, coords=grid
    )
    return ba.Pair(
        "input_inversion",
        ba.SpikingNetwork((ba.Population("cell", 10, "glutamate"),), (light, other)),
        ba.RateNetwork(
            units=("plain", "inverted"),
            channels=("light", "other", "dark"),
            W_in=[[w, v, 0.0], [0.0, v, -w]],
            bias=[b, b + w],
        ),
        ba.Correspondence((ba.Match("cell", "plain"), ba.Match("cell", "inverted"))),
        question="Is an input turned upside down, with its weight's sign flipped, the same input?",
        stimulus=stimulus.assign_coords(mean_input=stimulus["light"] + stimulus["other"] / 2),
        settle=150 * ms,
        margin=ba.Margin.of_spread(1.18 * Hz),
        trials=5,
        controls={"exchanged": ba.SpikingNetwork((exchanged,), (dark, other))},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
