from . import (
    activations as activations,
)
from . import (
    init as init,
)
from . import (
    interop as interop,
)
from . import (
    layers as layers,
)
from . import (
    signs as signs,
)
from . import (
    tasks as tasks,
)
from . import (
    training as training,
)
