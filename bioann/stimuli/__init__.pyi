from .correlated_noise import correlated_noise as correlated_noise
from .levels import cross_levels as cross_levels, join_levels as join_levels
from .pattern_shapes import (
    join_patterns as join_patterns,
    make_bumps as make_bumps,
    make_discs as make_discs,
    make_edges as make_edges,
    make_gratings as make_gratings,
)
from .patterns import images as images, patterns as patterns
from .pulse_protocols import (
    delayed_probes as delayed_probes,
    jittered_volleys as jittered_volleys,
    paired_pulses as paired_pulses,
)
from .pulse_trains import pulse_trains as pulse_trains
from .stimulus import make_stimulus as make_stimulus
from .waveforms import (
    noise as noise,
    pulses as pulses,
    ramps as ramps,
    shaped_steps as shaped_steps,
    sines as sines,
    spike_trains as spike_trains,
    steps as steps,
)
