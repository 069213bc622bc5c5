"""PyTorch's functions under the names and with the arguments of NumPy."""

from __future__ import annotations

from typing import Any


class TorchNamespace:
    """The functions of NumPy that activations call, for tensors of PyTorch.

    Parameters
    ----------
    torch : module
        The imported PyTorch.
    """

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def __getattr__(self, name: str) -> Any:
        """Return a function of one tensor, which has the same name in both libraries."""
        return getattr(self._torch, name)

    def _to_tensor(self, value: Any, like: Any) -> Any:
        if isinstance(value, self._torch.Tensor):
            return value
        return self._torch.as_tensor(value, dtype=like.dtype, device=like.device)

    def _apply(self, name: str, x: Any, y: Any) -> Any:
        """Apply a function of two tensors, one of which may be a number."""
        like = x if isinstance(x, self._torch.Tensor) else y
        function = getattr(self._torch, name)
        return function(self._to_tensor(x, like), self._to_tensor(y, like))

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the larger of two numbers."""
        return self._apply("maximum", x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        """Return the smaller of two numbers."""
        return self._apply("minimum", x, y)

    def logaddexp(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the sum of two exponentials."""
        return self._apply("logaddexp", x, y)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Return `x` where the condition holds, else `y`."""
        tensors = (value for value in (x, y) if isinstance(value, self._torch.Tensor))
        like = next(tensors, self._torch.empty((), dtype=self._torch.float64))
        return self._torch.where(condition, self._to_tensor(x, like), self._to_tensor(y, like))

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        """Return `x` within limits; None for no limit."""
        return self._torch.clamp(x, low, high)

    def asarray(self, x: Any) -> Any:
        """Return the tensor itself."""
        return x
