"""SpikingJelly and sinabs on one classifier, run by the Python of their own environment.

Usage: ``peers_torch_side.py TOOL ARRAYS.npz``; the last line of the output is a JSON object. The
file imports nothing from bioann, which is not installed there.
"""

import importlib.metadata
import json
import sys
import time
from typing import Any

import numpy as np
import torch


def build_torch_network(arrays: Any) -> Any:
    """Build the classifier; the arrays of bioann have the layout of PyTorch."""
    weights = {name: torch.tensor(arrays[name], dtype=torch.float32) for name in arrays.files}
    W1, W2 = weights["W1"], weights["W2"]
    hidden: Any
    if W1.ndim == 2:
        hidden = torch.nn.Linear(W1.shape[1], W1.shape[0])
        first = (torch.nn.Flatten(), hidden, torch.nn.ReLU())
    else:
        hidden = torch.nn.Conv2d(1, len(W1), 3, stride=2, padding=1)
        first = (hidden, torch.nn.ReLU(), torch.nn.Flatten())
    output = torch.nn.Linear(W2.shape[1], W2.shape[0])
    for layer, k in ((hidden, 1), (output, 2)):
        layer.weight.data, layer.bias.data = weights[f"W{k}"], weights[f"b{k}"]
    return torch.nn.Sequential(*first, output).eval()


def convert_with_spikingjelly(network: Any, calibration: Any, n_images: int) -> tuple[Any, Any]:
    """Convert with thresholds at the largest activation of the calibration images."""
    from spikingjelly.activation_based import ann2snn, functional, neuron

    recipe = ann2snn.RateCodingRecipe(dataloader=[calibration], mode="max")
    spiking = ann2snn.Converter(recipe).convert(network)
    functional.reset_net(spiking)
    return spiking, neuron.IFNode


def convert_with_sinabs(network: Any, calibration: Any, n_images: int) -> tuple[Any, Any]:
    """Convert with threshold 1, the default of sinabs, which needs no calibration."""
    from sinabs import layers as sinabs_layers
    from sinabs.from_torch import from_model

    return from_model(network, batch_size=n_images).spiking_model, sinabs_layers.IAFSqueeze


CONVERSIONS = {"spikingjelly": convert_with_spikingjelly, "sinabs": convert_with_sinabs}


def run_steps(spiking: Any, neuron_type: Any, x: Any, n_steps: int) -> tuple[Any, Any]:
    """Present the images as constants.

    Returns the sums of the outputs up to each step, shape (step, image, digit), and the number of
    spikes up to each step.
    """
    layers = [module for module in spiking.modules() if isinstance(module, neuron_type)]
    if not layers:
        raise RuntimeError("the converted network has no spiking layer")
    total = 0.0

    def count_spikes(module: Any, inputs: Any, outputs: Any) -> None:
        nonlocal total
        total += float(outputs.sum())

    for layer in layers:
        layer.register_forward_hook(count_spikes)
    outputs, spikes = [], []
    with torch.no_grad():
        for _ in range(n_steps):
            outputs.append(spiking(x).detach().numpy().copy())
            spikes.append(total)
    return np.cumsum(outputs, axis=0), np.array(spikes)


def main(tool: str, path: str) -> None:
    """Run one tool and print the result."""
    arrays = np.load(path)
    torch.set_num_threads(1)
    network = build_torch_network(arrays)
    x, calibration = (torch.tensor(arrays[k], dtype=torch.float32) for k in ("x", "calibration"))
    steps = arrays["steps"].astype(int)
    with torch.no_grad():
        logits = network(x).numpy()
    start = time.perf_counter()
    spiking, neuron_type = CONVERSIONS[tool](network, calibration, len(x))
    converted = time.perf_counter()
    outputs, spikes = run_steps(spiking, neuron_type, x, steps[-1])
    result = {
        "version": importlib.metadata.version(tool),
        "logit_error": float(abs(logits - arrays["logits"]).max()),
        "choices": outputs[steps - 1].argmax(axis=2).tolist(),
        "spikes": float(spikes[-1] / len(x)),
        "conversion_s": converted - start,
        "run_s": time.perf_counter() - converted,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
