from .stimulus import make_stimulus as make_stimulus
from .waveforms import (
    grid as grid,
)
from .waveforms import (
    images as images,
)
from .waveforms import (
    noise as noise,
)
from .waveforms import (
    pulses as pulses,
)
from .waveforms import (
    ramps as ramps,
)
from .waveforms import (
    shaped_steps as shaped_steps,
)
from .waveforms import (
    sines as sines,
)
from .waveforms import (
    spike_trains as spike_trains,
)
from .waveforms import (
    steps as steps,
)
