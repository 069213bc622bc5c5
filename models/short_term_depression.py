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
from brian2 import Hz, ms, mV, nS, second

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import OfMatch, Ratio, RecoveryTime, ResponseBetween

DEPRESSION = ba.plasticity.TsodyksMarkram(U=0.5, tau_rec=800 * ms)
#: A pulse lasts one step, in which every fibre fires once.
STEP, RATE = 0.5 * ms, 100 * Hz
#: In seconds: start and end of the train.
START, END = 0.3, 1.9
RATES, PROBE_DELAYS = (5.0, 10.0, 20.0, 50.0), (0.2, 0.4, 0.8, 1.6)
#: Rate of the train in Hz, and time of a single pulse after it in s, or 9 for none.
CONDITIONS = [(rate, 9.0) for rate in RATES] + [(20.0, delay) for delay in PROBE_DELAYS]


def respond(start: float, duration: float, train: float, probe: float = 9.0) -> ResponseBetween:
    return ResponseBetween(start, start + duration, {"train": train, "probe": probe})


def predict_transmission(rate: float) -> float:
    """Return the steady response per second, in first responses, by the closed form."""
    return rate * DEPRESSION.steady_state(1 / rate)[1]


#: Rests until the next pulse at 5 Hz, and a pulse is one response.
FIRST = respond(START, 0.2, 5.0)
STEADY = {rate: respond(END - 0.4, 0.4, rate) for rate in RATES}
RATIOS = [
    ba.measure(
        Ratio(respond(START + 1 / rate, 1 / rate, rate), respond(START, 1 / rate, rate)),
        f"second response over the first at {rate:g} Hz",
        best=DEPRESSION.paired_pulse_ratio(1 / rate),
    )
    for rate in RATES[:3]
]
RATIOS += [
    ba.measure(
        Ratio(steady, FIRST),
        f"steady response at {rate:g} Hz per second over that to the first pulse in 0.2 s",
        best=predict_transmission(rate) / 5,
    )
    for rate, steady in STEADY.items()
]
TRANSMISSION = ba.measure(
    Ratio(STEADY[50.0], STEADY[20.0]),
    "steady response per second at 50 Hz over that at 20 Hz",
    best=predict_transmission(50.0) / predict_transmission(20.0),
)
PROBES = {delay: respond(END + delay, 0.2, 20.0, delay) for delay in PROBE_DELAYS}
RECOVERY = ba.measure(RecoveryTime(FIRST, PROBES), "time constant of recovery", best=800.0)


def follow_closed_form(model: str) -> ba.rules.AllOf:
    """Require the ratios of the closed form to 3 %, and its time constant of recovery to 5 %."""
    ratios = (ratio.of(model, match="depressing").within(0.03) for ratio in RATIOS)
    return ba.rules.AllOf((*ratios, RECOVERY.of(model, match="depressing").within(0.05)))


MARKRAM = Source("Tsodyks, Pawelzik and Markram 1998")
CLAIMS = (
    MARKRAM.claim(
        "C1d",
        "Short-term depression closes a pathway by use alone, and recovers: responses follow the "
        "closed form for U = 0.5 and 800 ms within 3 %, their recovery within 5 %.",
        follow_closed_form("bio"),
    ),
    MARKRAM.claim(
        "C1e",
        "Above a limiting frequency, depressed synapses transmit the same per second at all rates: "
        "from 20 to 50 Hz a twentieth more, and a static unit two and a half times as much.",
        TRANSMISSION.of("bio", match="depressing").within(0.03),
        TRANSMISSION.of("ann", match="static").within(0.03, of=2.5),
    ),
    OURS.claim(
        "C1f",
        "An artificial unit closes by use if its input is multiplied by a resource that use takes.",
        follow_closed_form("ann"),
    ),
)
DENSE_RATES = np.linspace(2, 50, 97)
FIGURE = ba.figures.Panels.of_figures(
    "Responses to a train fall: synapses transmit at most 2.5 first responses per second.",
    ba.figures.TimeCourses(
        match="depressing",
        models=("bio",),
        curves={f"{rate:g} Hz": {"train": rate, "probe": 9.0} for rate in (5.0, 20.0)},
        ylabel="potential [activation]",
    ),
    ba.figures.MeasureCurves(
        {"synapses": {r: OfMatch(Ratio(STEADY[r], FIRST), "depressing") for r in RATES}},
        y_scale=5.0,  # first responses per second
        theory={"closed form": (DENSE_RATES, [*map(predict_transmission, DENSE_RATES)])},
        xlabel="rate of use [Hz]",
        ylabel="transmission [1/s]",
    ),
)


def build_circuit() -> ba.SpikingNetwork:
    # With these weights a pulse on all fibres makes each pre cell fire once.
    fast, cell = ba.receptors.AMPA(tau=2 * ms), ba.cells.LIF(g_L=40 * nS)
    return ba.SpikingNetwork.of_members(
        ba.Population("pre", 5, "glutamate"),
        ba.Population("post", 5, "glutamate", cell, initial_potential=-65 * mV),
        ba.Afferent("use", "pre", 4 * nS, receptor=fast, fibres=20, rate=RATE, kind="regular"),
        ba.Projection("pre", "post", 0.2 * nS, fast, plasticity=DEPRESSION),
    )


def pair() -> ba.Pair:
    units = ba.RateNetwork(("static", "depressing"), channels=("use",), W_in=[[1], [1]])
    transmitted = ba.Match("post", "depressing_transmitted", name="depressing")
    uses = [
        np.r_[np.arange(round((END - START) * rate)) / rate + START, [END + probe][: probe < 9.0]]
        for rate, probe in CONDITIONS
    ]
    return ba.Pair(
        "short_term_depression",
        # With this scale the first responses of both models are equal.
        ba.Potential(build_circuit(), scale=0.32 * mV, neurons=1),
        units.add_depression("depressing", DEPRESSION.U, DEPRESSION.tau_rec * second, RATE),
        ba.Correspondence(
            (ba.Match("post", "static"), transmitted),
            bio_only=("pre",),
            ann_only=("depressing", "depressing_depletion", "depressing_resources"),
        ),
        question="Does a pathway close by use alone, and for how long?",
        source=f"{MARKRAM.name}; {FORUM_2018.citation}",
        stimulus=ba.stimuli.pulse_trains(
            {"use": [times * second for times in uses]},
            duration=3.8 * second,
            dt=STEP,
            heights={"use": float(1 / (STEP * RATE))},
            coords=dict(zip(("train", "probe"), np.array(CONDITIONS).T, strict=True)),
        ),
        settle=START * second,
        trials=5,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
