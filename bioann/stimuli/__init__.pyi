from .levels import cross_levels as cross_levels, join_levels as join_levels
from .pulse_protocols import (
    delayed_probes as delayed_probes,
    jittered_volleys as jittered_volleys,
)
from .stimulus import make_stimulus as make_stimulus
from .waveforms import (
    images as images,
    noise as noise,
    pulses as pulses,
    ramps as ramps,
    shaped_steps as shaped_steps,
    sines as sines,
    spike_trains as spike_trains,
    steps as steps,
)
