"""Use-dependent closing: does a pathway close because it is used, or because pain follows its use?

Spiking model: `pre` cells, which fire once per pulse of `use`, excite `post` cells. A pair of
spikes makes the synapse eligible for a time tau_e, and pain (a negative reward) weakens what is
eligible. Controls: `strength` is that of these synapses; `depression` has synapses that release a
share U of what they have left and recover with 800 ms, onto cells that never fire, so that their
potential is the sum of the postsynaptic potentials; in `chemistry` pain releases a substance that
weakens all synapses by a dose-response curve and is cleared in 4 s.
Rate model: `static` passes its input on; `depressing` is y = x s, where the resource s recovers and
loses the share U with each pulse; `learned` has the weight of a
three-factor rule.

Each condition is a train of 1.6 s, with pain after or before it, and a test 3.8 s after the start.
"""

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, Quantity, ms, nS, second
from brian2.units.allunits import mmolar

import bioann as ba

DEPRESSION = ba.plasticity.TsodyksMarkram(U=0.5, tau_rec=800 * ms)
#: A pulse lasts one step, in which every fibre fires once.
STEP, RATE = 0.5 * ms, 100 * Hz
PULSE = float(1 / (STEP * RATE))
TAU_E, CLEARANCE = 1 * second, 4 * second
#: In seconds: train, pain, and test, which consists of three pulses at 20 Hz.
START, END, PAIN, TEST, STOP = 0.3, 1.9, 0.2, 3.8, 4.0
PAIN_DELAYS, PROBE_DELAYS = (0.0, 0.5, 1.0, 1.5), (0.2, 0.4, 0.8, 1.6)
#: After the end.
NEVER = 9.0
#: Rate of the train in Hz; start of pain in s; time of a single pulse after the train, in s.
NOTHING, ONLY_USE = (0.0, NEVER, NEVER), (20.0, NEVER, NEVER)
ONLY_PAIN, PAIN_THEN_USE = (0.0, END, NEVER), (20.0, START - PAIN, NEVER)
USE_THEN_PAIN = [(20.0, END + delay, NEVER) for delay in PAIN_DELAYS]
OTHER_RATES = [(rate, NEVER, NEVER) for rate in (5.0, 10.0, 50.0)]
PROBED = [(20.0, NEVER, delay) for delay in PROBE_DELAYS]
COORDS = ("train", "pain", "probe")
CONDITIONS = [
    NOTHING, ONLY_USE, ONLY_PAIN, PAIN_THEN_USE, *USE_THEN_PAIN, *OTHER_RATES, *PROBED
]  # fmt: skip


def make_stimulus() -> xr.DataArray:
    """Return pulses of one step on `use`, and pain as +1 on `pain` and -1 on `reward`."""
    per_second = round(second / STEP)
    values = np.zeros((len(CONDITIONS), round(STOP * per_second), 3))
    for row, (rate, pain, probe) in zip(values, CONDITIONS, strict=True):
        train = np.arange(round((END - START) * rate)) / max(rate, 1) + START
        times = [*train, *([END + probe] if probe < STOP else []), *(TEST + np.arange(3) / 20)]
        row[np.round(np.array(times) * per_second).astype(int), 0] = PULSE
        row[round(pain * per_second) : round((pain + PAIN) * per_second), 1:] = (-1.0, 1.0)
    coords = dict(zip(COORDS, np.array(CONDITIONS).T, strict=True))
    return ba.stimuli.make_stimulus(
        values, channels=("use", "reward", "pain"), dt=STEP, coords=coords
    )


def respond_to_test(condition: tuple[float, ...]) -> ba.metrics.ResponseBetween:
    return respond_between(TEST, STOP, condition)


def respond_between(
    start: float, stop: float, condition: tuple[float, ...]
) -> ba.metrics.ResponseBetween:
    levels = dict(zip(COORDS, condition, strict=True))
    return ba.metrics.ResponseBetween(start, stop, levels)


def lost_after(condition: tuple[float, ...]) -> ba.metrics.Difference:
    return ba.metrics.Difference(respond_to_test(NOTHING), respond_to_test(condition))


CLOSED = {
    name: ba.measure(
        ba.metrics.Ratio(lost_after(condition), respond_to_test(NOTHING)),
        f"share of the response closed by {name}",
    )
    for name, condition in {
        "use alone": ONLY_USE,
        "pain alone": ONLY_PAIN,
        "pain before use": PAIN_THEN_USE,
        "pain after use": USE_THEN_PAIN[0],
    }.items()
}
TIMING = [
    ba.measure(
        ba.metrics.Ratio(lost_after(late), lost_after(USE_THEN_PAIN[0])),
        f"closed by pain {delay:g} s after use, over that at once",
        best=float(np.exp(-delay * second / TAU_E)),
    )
    for late, delay in zip(USE_THEN_PAIN[1:], PAIN_DELAYS[1:], strict=True)
]
#: Rests until the next pulse at 5 Hz, and a pulse is one response.
FIRST = respond_between(START, START + 0.2, OTHER_RATES[0])
STEADY = {
    rate: respond_between(END - 0.4, END, (rate, NEVER, NEVER)) for rate in (5.0, 10.0, 20.0, 50.0)
}
STEADY_SHARE = {rate: DEPRESSION.steady_state(1 / rate)[1] for rate in STEADY}
#: The mean response to a train is rate times response; that to the first pulse is 5 per second.
STEADY_RATIOS = [
    ba.measure(
        ba.metrics.Ratio(STEADY[rate], FIRST),
        f"steady response at {rate:g} Hz per second over that to the first pulse in 0.2 s",
        best=STEADY_SHARE[rate] * rate / 5,
    )
    for rate in STEADY
]
PULSE_RATIOS = [
    ba.measure(
        ba.metrics.Ratio(
            *(
                respond_between(START + k / rate, START + (k + 1) / rate, (rate, NEVER, NEVER))
                for k in (1, 0)
            )
        ),
        f"second response over the first at {rate:g} Hz",
        best=float(1 - DEPRESSION.U * np.exp(-1 / rate / DEPRESSION.tau_rec)),
    )
    for rate in (5.0, 10.0, 20.0)
]
TRANSMISSION = ba.measure(
    ba.metrics.Ratio(STEADY[50.0], STEADY[20.0]),
    "steady response per second at 50 Hz over that at 20 Hz",
    best=STEADY_SHARE[50.0] * 50 / (STEADY_SHARE[20.0] * 20),
)


def fit_recovery(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the time constant in ms with which the deficit of single pulses recovers."""
    first, delays = FIRST(response, stimulus), np.array(PROBE_DELAYS) - np.mean(PROBE_DELAYS)
    probes = [
        respond_between(END + d, END + d + 0.2, c)
        for d, c in zip(PROBE_DELAYS, PROBED, strict=True)
    ]
    deficits = [1 - probe(response, stimulus) / first for probe in probes]
    logarithms = [xr.apply_ufunc(np.log, deficit.where(deficit > 0)) for deficit in deficits]
    return -1e3 * (delays**2).sum() / sum(d * y for d, y in zip(delays, logarithms, strict=True))


RECOVERY = ba.measure(
    fit_recovery,
    "time constant of recovery",
    over="time",
    unit="ms",
    best=float(DEPRESSION.tau_rec) * 1e3,
)


FORUM, MODELS = "AI Stack Exchange 2018", ("depression", "ann")
#: A tenth of the response: one spike in three tests of three pulses.
TENTH = 0.1
CLAIMS = (
    ba.Claim(
        "C1a",
        "A pathway in common use may close down by sharp pain that follows its use: neither use "
        "nor pain alone closes it, nor pain before use.",
        FORUM,
        CLOSED["pain after use"].of("bio", match="learned") >= 1 - TENTH,
        *(
            CLOSED[name].of("bio", match="learned").between(-TENTH, TENTH)
            for name in ("use alone", "pain alone", "pain before use")
        ),
        supported="Because pain follows: use alone closes nothing for long, pain after use "
        "does. Depression, which needs no pain, recovers within a second",
        refuted="Not as claimed: pain after use is not what closes the pathway",
    ),
    ba.Claim(
        "C1b",
        "Plasticity is not needed for it: a substance that pain releases in the region closes "
        "the pathway, and only if it was used.",
        FORUM,
        CLOSED["pain after use"].of("chemistry", match="learned") >= 1 - TENTH,
        CLOSED["pain alone"].of("chemistry", match="learned").between(-TENTH, TENTH),
    ),
    ba.Claim(
        "C1c",
        "The eligibility sets how late pain may come: a delay d leaves exp(-d / 1 s).",
        "Izhikevich 2007",
        *(
            ratio.of(m, match="learned").within(0.05)
            for ratio in TIMING
            for m in ("strength", "ann")
        ),
    ),
    ba.Claim(
        "C1d",
        "Short-term depression closes a pathway by use alone, and recovers: responses follow the "
        "closed form for U = 0.5 and 800 ms within 3 %, their recovery within 5 %.",
        "Tsodyks, Pawelzik and Markram 1998",
        *(r.of("depression", match="depressing").within(0.03) for r in PULSE_RATIOS),
        *(r.of("depression", match="depressing").within(0.03) for r in STEADY_RATIOS),
        RECOVERY.of("depression", match="depressing").within(0.05),
    ),
    ba.Claim(
        "C1e",
        "Above a limiting frequency, depressed synapses transmit the same per second at all rates: "
        "from 20 to 50 Hz a twentieth more, and a static unit two and a half times as much.",
        "Tsodyks, Pawelzik and Markram 1998",
        TRANSMISSION.of("depression", match="depressing").within(0.03),
        TRANSMISSION.of("ann", match="static").within(0.03, of=2.5),
    ),
    ba.Claim(
        "C1f",
        "An artificial unit closes by use if its input is multiplied by a resource that use takes.",
        "ours",
        *(r.of("ann", match="depressing").within(0.03) for r in (*PULSE_RATIOS, *STEADY_RATIOS)),
        RECOVERY.of("ann", match="depressing").within(0.05),
    ),
    ba.Claim(
        "C1g",
        "An artificial unit closes by pain after use alone if its weight has an eligibility; a "
        "static unit never closes.",
        "ours",
        CLOSED["pain after use"].of("ann", match="learned") >= 0.3,
        *(
            CLOSED[name].of("ann", match="learned").between(-TENTH, TENTH)
            for name in ("use alone", "pain alone", "pain before use")
        ),
        *(c.of("ann", match="static").between(-1e-9, 1e-9) for c in CLOSED.values()),
    ),
)


def list_losses(
    strength: xr.DataArray, ann: xr.DataArray, stimulus: xr.DataArray
) -> dict[str, tuple[Any, Any]]:
    """Return the lost strength, relative to pain at once, and the eligibility."""
    curves: dict[str, tuple[Any, Any]] = {}
    for label, response in (("synapses", strength), ("rate model", ann)):
        losses = [lost_after(c)(response, stimulus).sel(match="learned") for c in USE_THEN_PAIN]
        curves[label] = (list(PAIN_DELAYS), [float(loss / losses[0]) for loss in losses])
    delays = np.linspace(0, max(PAIN_DELAYS), 50)
    return curves | {"exp(\N{MINUS SIGN}d / 1 s)": (delays, np.exp(-delays))}


def list_transmission(
    depression: xr.DataArray, stimulus: xr.DataArray
) -> dict[str, tuple[Any, Any]]:
    """Return the steady transmission per second in first responses, and the closed form."""
    unit = 0.2 * FIRST(depression, stimulus).sel(match="depressing")
    measured = [
        float(steady(depression, stimulus).sel(match="depressing") / unit)
        for steady in STEADY.values()
    ]
    rates = np.linspace(2, 50, 97)
    exact = [rate * DEPRESSION.steady_state(1 / rate)[1] for rate in rates]
    return {"synapses": (list(STEADY), measured), "closed form": (rates, exact)}


FIGURE = ba.figures.Panels(
    (
        ba.figures.TimeCourses(
            match="learned",
            models=("strength",),
            curves={
                "use alone": dict(zip(COORDS, ONLY_USE, strict=True)),
                "pain alone": dict(zip(COORDS, ONLY_PAIN, strict=True)),
                "pain, then use": dict(zip(COORDS, PAIN_THEN_USE, strict=True)),
                "use, then pain": dict(zip(COORDS, USE_THEN_PAIN[0], strict=True)),
            },
            ylabel="strength of synapses [1]",
        ),
        ba.figures.ComputedCurves(
            list_losses,
            "strength",
            ("strength", "ann"),
            xlabel="pain after use [s]",
            ylabel="loss [of that at once]",
        ),
        ba.figures.ComputedCurves(
            list_transmission,
            "depression",
            ("depression",),
            xlabel="rate of use [Hz]",
            ylabel="transmission [1/s]",
        ),
    ),
    "Only pain that follows use weakens the synapses, the less the later it comes (eligibility). "
    "Depression needs no pain: however fast the train, depressed synapses transmit no more than "
    "2.5 first responses per second.",
)


def build_circuit(
    weight: Quantity, rule: Any, post: ba.Population, *modulations: ba.modulation.Modulation
) -> ba.SpikingNetwork:
    # With these weights a pulse on all fibres makes each pre cell fire once.
    fast = ba.receptors.AMPA(tau=2 * ms)
    return ba.SpikingNetwork(
        (ba.Population("pre", 5, "glutamate"), post),
        (ba.Afferent("use", "pre", 4 * nS, receptor=fast, fibres=20, rate=RATE, kind="regular"),),
        (ba.Projection("pre", "post", weight, fast, plasticity=rule),),
        modulations=modulations,
    )


def pair() -> ba.Pair:
    # Weakened to about 0.75, the synapses no longer make post cells fire.
    eligible = ba.plasticity.RewardSTDP(
        "reward", ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0.0), tau_e=TAU_E, gain=20 * Hz
    )
    post = ba.Population("post", 5, "glutamate", background=0.5 * nS)
    bio = build_circuit(7 * nS, eligible, post)
    passive = ba.Population("post", 5, "glutamate", ba.cells.LIF(g_L=40 * nS))
    substance = ba.modulation.Modulator(
        "substance", 40e-3 * mmolar, clearance=CLEARANCE, channel="pain"
    )
    weaken = ba.modulation.Modulation(
        substance,
        ba.modulation.Hill(0.5e-3 * mmolar, 2.0),
        ba.modulation.SynapticGain("pre_to_post", 0.3),
    )
    units = ("static", "depressing", "learned")
    ann = ba.RateNetwork(units, channels=("use",), W_in=[[1], [1], [1]]).add_depression(
        "depressing", DEPRESSION.U, DEPRESSION.tau_rec * 1e3 * ms, RATE
    )
    rule = ba.learning.ThreeFactor(
        ("learned",), channels=("use",), rate=0.85 * Hz, factor="reward", tau_e=TAU_E
    )
    return ba.Pair(
        "use_dependent_closing",
        bio,
        ba.learning.PlasticRateNetwork(ann, (rule,)),
        ba.Correspondence(
            (
                ba.Match("post", "static", RATE),
                ba.Match("post", "depressing_transmitted", RATE, "depressing"),
                ba.Match("post", "learned", RATE),
            ),
            bio_only=("pre",),
            ann_only=("depressing", "depressing_depletion", "depressing_resources"),
        ),
        question="Does a pathway close because it is used, or because pain follows its use?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); "
        "Izhikevich 2007; Tsodyks, Pawelzik and Markram 1998",
        stimulus=make_stimulus(),
        settle=TEST * second,
        margin=ba.Margin(5 * Hz, "one of the three spikes that a test evokes"),
        trials=5,
        controls={
            "strength": ba.LearnedStrength(bio, {"post": "pre_to_post"}, silent=("pre",)),
            "depression": ba.Potential(build_circuit(0.2 * nS, DEPRESSION, passive), neurons=1),
            "chemistry": build_circuit(7 * nS, (), post, weaken),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
