"""Short-term depression: does a pathway close by use alone, and for how long?

Spiking model: `pre` cells fire once per pulse of `use`. Their synapses release a share U of what
they have left and recover with 800 ms, onto `post` cells that never fire: the response is their
potential, the sum of the postsynaptic potentials. Rate model: `static` passes its input on;
`depressing` is y = x s, where the resource s recovers and loses the share U with each pulse.

Each condition is a regular train of 1.6 s, some with a single pulse after it. Responses follow in
closed form: the second is 1 - U e^(-dt / tau) of the first, and above a limiting frequency the sum
of the responses per second is the same at all rates, 1 / (U tau) first responses (Tsodyks, Pawelzik
and Markram 1998).
"""

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS, second

import bioann as ba

DEPRESSION = ba.plasticity.TsodyksMarkram(U=0.5, tau_rec=800 * ms)
#: A pulse lasts one step, in which every fibre fires once.
STEP, RATE = 0.5 * ms, 100 * Hz
#: In seconds: train, and end.
START, END, STOP = 0.3, 1.9, 3.8
RATES, PROBE_DELAYS = (5.0, 10.0, 20.0, 50.0), (0.2, 0.4, 0.8, 1.6)
#: Rate of the train in Hz, and time of a single pulse after it in s, or 9 for none.
CONDITIONS = [(rate, 9.0) for rate in RATES] + [(20.0, delay) for delay in PROBE_DELAYS]


def respond_between(
    start: float, stop: float, train: float, probe: float = 9.0
) -> ba.metrics.ResponseBetween:
    return ba.metrics.ResponseBetween(start, stop, {"train": train, "probe": probe})


#: Rests until the next pulse at 5 Hz, and a pulse is one response.
FIRST = respond_between(START, START + 0.2, 5.0)
STEADY = {rate: respond_between(END - 0.4, END, rate) for rate in RATES}
STEADY_SHARE = {rate: DEPRESSION.steady_state(1 / rate)[1] for rate in RATES}
#: The mean response to a train is rate times response; that to the first pulse is 5 per second.
STEADY_RATIOS = [
    ba.measure(
        ba.metrics.Ratio(STEADY[rate], FIRST),
        f"steady response at {rate:g} Hz per second over that to the first pulse in 0.2 s",
        best=STEADY_SHARE[rate] * rate / 5,
    )
    for rate in RATES
]
PULSE_RATIOS = [
    ba.measure(
        ba.metrics.Ratio(
            *(respond_between(START + k / rate, START + (k + 1) / rate, rate) for k in (1, 0))
        ),
        f"second response over the first at {rate:g} Hz",
        best=DEPRESSION.paired_pulse_ratio(1 / rate),
    )
    for rate in RATES[:3]
]
TRANSMISSION = ba.measure(
    ba.metrics.Ratio(STEADY[50.0], STEADY[20.0]),
    "steady response per second at 50 Hz over that at 20 Hz",
    best=STEADY_SHARE[50.0] * 50 / (STEADY_SHARE[20.0] * 20),
)
RECOVERY = ba.measure(
    ba.metrics.RecoveryTime(
        FIRST, {d: respond_between(END + d, END + d + 0.2, 20.0, d) for d in PROBE_DELAYS}
    ),
    "time constant of recovery",
    best=float(DEPRESSION.tau_rec) * 1e3,
)
MARKRAM = "Tsodyks, Pawelzik and Markram 1998"
CLAIMS = (
    ba.Claim(
        "C1d",
        "Short-term depression closes a pathway by use alone, and recovers: responses follow the "
        "closed form for U = 0.5 and 800 ms within 3 %, their recovery within 5 %.",
        MARKRAM,
        *(r.of("bio", match="depressing").within(0.03) for r in (*PULSE_RATIOS, *STEADY_RATIOS)),
        RECOVERY.of("bio", match="depressing").within(0.05),
        supported="By use alone, and for a second: depressed synapses transmit the same per second "
        "at all rates, and recover with 800 ms",
        refuted="Not as predicted: use does not deplete the synapses by the closed form",
    ),
    ba.Claim(
        "C1e",
        "Above a limiting frequency, depressed synapses transmit the same per second at all rates: "
        "from 20 to 50 Hz a twentieth more, and a static unit two and a half times as much.",
        MARKRAM,
        TRANSMISSION.of("bio", match="depressing").within(0.03),
        TRANSMISSION.of("ann", match="static").within(0.03, of=2.5),
    ),
    ba.Claim(
        "C1f",
        "An artificial unit closes by use if its input is multiplied by a resource that use takes.",
        "ours",
        *(r.of("ann", match="depressing").within(0.03) for r in (*PULSE_RATIOS, *STEADY_RATIOS)),
        RECOVERY.of("ann", match="depressing").within(0.05),
    ),
)


def list_transmission(
    bio: xr.DataArray, stimulus: xr.DataArray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the steady transmission per second in first responses, and the closed form."""
    unit = 0.2 * FIRST(bio, stimulus).sel(match="depressing")
    measured = [float(f(bio, stimulus).sel(match="depressing") / unit) for f in STEADY.values()]
    rates = np.linspace(2, 50, 97)
    exact = [rate * DEPRESSION.steady_state(1 / rate)[1] for rate in rates]
    return {
        "synapses": (np.array(RATES), np.array(measured)),
        "closed form": (rates, np.array(exact)),
    }


FIGURE = ba.figures.Panels(
    (
        ba.figures.TimeCourses(
            match="depressing",
            models=("bio",),
            curves={f"{rate:g} Hz": {"train": rate, "probe": 9.0} for rate in (5.0, 20.0)},
            ylabel="potential [activation]",
        ),
        ba.figures.ComputedCurves(
            list_transmission,
            "bio",
            ("bio",),
            xlabel="rate of use [Hz]",
            ylabel="transmission [1/s]",
        ),
    ),
    "Responses to a train fall within a few pulses. However fast the train, depressed synapses "
    "transmit no more than 2.5 first responses per second.",
)


def make_stimulus() -> xr.DataArray:
    """Return pulses of one step on `use`."""
    uses = [
        np.r_[np.arange(round((END - START) * rate)) / rate + START, [END + probe][: probe < 9.0]]
        for rate, probe in CONDITIONS
    ]
    return ba.stimuli.pulse_trains(
        {"use": [times * second for times in uses]},
        duration=STOP * second,
        dt=STEP,
        heights={"use": float(1 / (STEP * RATE))},
        coords=dict(zip(("train", "probe"), np.array(CONDITIONS).T, strict=True)),
    )


def build_circuit() -> ba.SpikingNetwork:
    # With these weights a pulse on all fibres makes each pre cell fire once.
    fast = ba.receptors.AMPA(tau=2 * ms)
    return ba.SpikingNetwork(
        (
            ba.Population("pre", 5, "glutamate"),
            ba.Population(
                "post", 5, "glutamate", ba.cells.LIF(g_L=40 * nS), initial_potential=-65 * mV
            ),
        ),
        (ba.Afferent("use", "pre", 4 * nS, receptor=fast, fibres=20, rate=RATE, kind="regular"),),
        (ba.Projection("pre", "post", 0.2 * nS, fast, plasticity=DEPRESSION),),
    )


def pair() -> ba.Pair:
    units = ba.RateNetwork(("static", "depressing"), channels=("use",), W_in=[[1], [1]])
    return ba.Pair(
        "short_term_depression",
        # With this scale the first responses of both models are equal.
        ba.Potential(build_circuit(), scale=0.32 * mV, neurons=1),
        units.add_depression("depressing", DEPRESSION.U, DEPRESSION.tau_rec * second, RATE),
        ba.Correspondence(
            (
                ba.Match("post", "static", RATE),
                ba.Match("post", "depressing_transmitted", RATE, "depressing"),
            ),
            bio_only=("pre",),
            ann_only=("depressing", "depressing_depletion", "depressing_resources"),
        ),
        question="Does a pathway close by use alone, and for how long?",
        source="Tsodyks, Pawelzik and Markram 1998; 'How to implement inhibition / negative "
        "input?' (AI Stack Exchange, 2018)",
        stimulus=make_stimulus(),
        settle=START * second,
        trials=5,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
