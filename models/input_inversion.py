"""Input inversion: is an input turned upside down, with its weight's sign flipped, the same input?

Spiking model: a cell that `light` excites. Control `exchanged`: the same cell without that
afferent; `dark`, which is 1 - light, inhibits it, and it gets all along the excitation that full
light would bring. `other` excites both. The peak conductance of inhibition follows from that
of excitation by the driving forces and decay times; nothing is fitted. Rate model: two units,

    plain:    relu( w light + v other + b)
    inverted: relu(-w dark  + v other + b + w)

whose weights are sums of powers of two, so that no rounding hides a difference.

Two cells are the same if they differ no more than one cell does from itself with another seed.
"""

from functools import partial

import numpy as np
import xarray as xr
from brian2 import ms, mV, nS

import bioann as ba
from bioann.metrics.agreement import relative_rmse

#: Levels in activation: 1 is 100 Hz per fibre.
LIGHT_LEVELS, OTHER_LEVELS = np.arange(9) / 8, (0.0, 1.0)
N_FIBRES = 20
#: With full light the mean conductance is N_FIBRES * 100 Hz * 5 ms * QUANTUM = 6 nS; what brings
#: the cell's mean potential to threshold is g_L (V_th - E_L) / (0 - V_th) = 3 nS: a sum of 0.5.
QUANTUM, FULL_LIGHT_CONDUCTANCE, RHEOBASE = 0.6 * nS, 6 * nS, 0.5


def build_cell(dark_inhibits: bool) -> ba.SpikingNetwork:
    """Build a cell that light excites, or one that darkness inhibits."""
    ampa, gaba = ba.receptors.AMPA(), ba.receptors.GABA_A()
    # Equal and opposite mean currents half-way from the middle of reset and threshold to threshold.
    v = -52.5 * mV
    ratio = (0 * mV - v) / (v + 80 * mV) * (ampa.tau / gaba.tau)
    background = ba.Background(FULL_LIGHT_CONDUCTANCE, receptor=ampa, quantum=QUANTUM)
    from_dark = ba.Afferent("dark", "cell", ratio * QUANTUM, "GABA", receptor=gaba, fibres=N_FIBRES)
    from_light = ba.Afferent("light", "cell", QUANTUM, receptor=ampa, fibres=N_FIBRES)
    return ba.SpikingNetwork(
        (ba.Population("cell", 10, "glutamate", background=background if dark_inhibits else ()),),
        (
            from_dark if dark_inhibits else from_light,
            ba.Afferent("other", "cell", QUANTUM, receptor=ampa, fibres=N_FIBRES // 2),
        ),
    )


def compute_unit_difference(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the largest difference between the two units."""
    return abs(response.sel(match="plain") - response.sel(match="inverted")).max("condition")


def compute_cell_difference(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray, above_rheobase: bool
) -> xr.DataArray:
    """Return the relative difference of the cells, in percent, where the input is above rheobase.

    Where their mean input is below (`above_rheobase` is False), only noise makes them fire.
    """
    mean_input = stimulus.sel(channel="light") + stimulus.sel(channel="other") / 2
    conditions = np.flatnonzero((mean_input > RHEOBASE) == above_rheobase)
    by_light, by_dark = (rates.isel(condition=conditions) for rates in (bio, other))
    return 100 * relative_rmse(by_light, by_dark, stimulus)


UNIT_DIFFERENCE = ba.measure(
    compute_unit_difference, "largest difference of the two units", best=0.0, per="pair"
)
ABOVE_RHEOBASE, BELOW_RHEOBASE = (
    ba.measure(
        partial(compute_cell_difference, above_rheobase=above_rheobase),
        "relative difference of the two cells",
        best=0.0,
        unit="%",
    ).of(
        "bio",
        "exchanged",
        match="plain",
        name=f"relative difference of the two cells {'above' if above_rheobase else 'below'} "
        "rheobase",
    )
    for above_rheobase in (True, False)
)
CLAIMS = (
    ba.Claim(
        "B3a",
        "Inverting an input and flipping its weights (added to the bias) is the same network.",
        "Cross Validated 2015",
        UNIT_DIFFERENCE.of("ann").between(0.0, 0.0),
    ),
    ba.Claim(
        "B3b",
        "The same holds for a neuron that its mean input drives: excitation by light can be "
        "replaced by inhibition by darkness.",
        "ours",
        ba.rules.WithinCeiling(ABOVE_RHEOBASE),
    ),
    ba.Claim(
        "B3c",
        "The same holds for a neuron that fires by noise alone.",
        "ours",
        ba.rules.WithinCeiling(BELOW_RHEOBASE),
    ),
)


def pair() -> ba.Pair:
    """Return the pair."""
    w, v, b = 1.5, 0.75, -0.75  # of light, of `other`, and the bias, which is rheobase times -w
    levels = ba.stimuli.cross_levels({"light": LIGHT_LEVELS, "other": OTHER_LEVELS})
    levels["dark"] = [1 - light for light in levels["light"]]
    return ba.Pair(
        "input_inversion",
        build_cell(dark_inhibits=False),
        ba.RateNetwork(
            units=("plain", "inverted"),
            channels=("light", "other", "dark"),
            W_in=[[w, v, 0.0], [0.0, v, -w]],
            bias=[b, b + w],
        ),
        ba.Correspondence((ba.Match("cell", "plain"), ba.Match("cell", "inverted"))),
        question="Is an input turned upside down, with its weight's sign flipped, the same input?",
        source="'Negative weights in deep convolutional networks with ReLU?' (Cross Validated, "
        "2015)",
        stimulus=ba.steps(
            levels, duration=500 * ms, coords={k: levels[k] for k in ("light", "other")}
        ),
        settle=150 * ms,
        trials=5,
        controls={"exchanged": build_cell(dark_inhibits=True)},
        figures=(
            ba.figures.Panels(
                (
                    ba.figures.ResponseCurves(
                        "light",
                        by="other",
                        models={"bio": "by light", "exchanged": "by darkness", "ann": "both units"},
                        heading="two ways to wire one input",
                    ),
                    ba.figures.ResponseCurves(
                        {"light": 1.0, "other": 0.5},
                        by="other",
                        models={"exchanged": "by darkness"},
                        minus="bio",
                        heading="where they differ",
                        xlabel="summed input, light + other / 2 [activation]",
                        ylabel="by darkness minus by light [activation]",
                        x_lines={"rheobase": RHEOBASE},
                        y_lines=(0.0,),
                    ),
                ),
                "Above rheobase the cell that light excites and the one that darkness inhibits "
                "respond alike. Below it only noise makes them fire, and inhibition adds noise.",
                height=3.3,
            ),
        ),
        claims=CLAIMS,
    )
