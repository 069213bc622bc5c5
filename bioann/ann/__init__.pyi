from . import (
    activations as activations,
    init as init,
    interop as interop,
    layers as layers,
    learning as learning,
    signs as signs,
    tasks as tasks,
    training as training,
)
