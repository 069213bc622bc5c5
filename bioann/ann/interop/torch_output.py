"""Compare a network that was read from a PyTorch module with the module's own output."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bioann.ann.interop.own_output import describe_difference, draw_inputs
from bioann.ann.layered import LayeredNetwork
from bioann.base.errors import ForeignFileError

#: Largest difference from PyTorch's own output, relative to its largest number: in double
#: precision, and where a module computes in single or half precision only.
TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "other": 2e-2}
#: Factors on the random inputs: small ones, and large ones that saturate.
SCALES = (1.0, 10.0)


def compare_with_torch(
    module: Any, original: Any, network: LayeredNetwork, lead: tuple[str, ...], remedy: str
) -> None:
    """Raise `ForeignFileError` unless PyTorch computes the same for random inputs.

    Parameters
    ----------
    module : torch.nn.Module
        The module in evaluation mode, in double precision where that is possible.
    original : torch.nn.Module
        The module as it is, which is called if the other cannot be.
    network : LayeredNetwork
        The network that was read from it.
    lead : tuple of str
        Meaning of the first axes of the module's input: ``("time", "batch")`` for time first.
    remedy : str
        What the user can do with a module that is read wrongly.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    for scale in SCALES:
        x = scale * draw_inputs(network)
        inputs = np.swapaxes(x, 0, 1) if lead[0] == "time" else x
        expected, tolerance = _run_module(torch, module, original, inputs)
        computed = network.predict(x)
        if network.is_temporal and expected.ndim < computed.ndim:
            computed = computed[:, -1]  # the module passes on the last step only
        elif lead[0] == "time":
            expected = np.swapaxes(expected, 0, 1)
        difference = describe_difference(computed, expected, tolerance)
        if difference:
            raise ForeignFileError("from_torch", "PyTorch's own output", difference, remedy)


def _run_module(torch: Any, module: Any, original: Any, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the output for an input, and the precision with which it is computed."""
    error: Exception | None = None
    for candidate in (module, original):
        parameters = list(candidate.parameters())
        default = torch.float64 if candidate is module else torch.float32
        dtype, device = next(((p.dtype, p.device) for p in parameters), (default, "cpu"))
        try:
            with torch.no_grad():
                output = candidate(torch.as_tensor(x, dtype=dtype).to(device))
        except Exception as failure:  # constants of one precision only, or another shape
            error = error or failure
            continue
        name = str(dtype).removeprefix("torch.")
        tensor = output[0] if isinstance(output, tuple) else output
        return tensor.cpu().double().numpy(), TOLERANCES.get(name, TOLERANCES["other"])
    message = str(error).splitlines()[0] if str(error) else ""
    raise ForeignFileError(
        "from_torch",
        f"a module that can be called with an input of shape {x.shape}",
        f"{type(error).__name__}: {message}",
        "Pass the shape of one input that the module takes.",
    ) from error
