"""Write a network of snnTorch as a NIR file with its exporter, and print its simulated rates.

Run with snntorch 1.0.0, nirtorch 2.6, nir 1.0.8 and torch: ``python write_snntorch_fixture.py``.
The rates, in hertz, are in ``test_nir.py``.
"""

import gzip
import io
from pathlib import Path

import nir
import numpy as np
import snntorch
import torch
from snntorch.export_nir import export_to_nir

#: Time step that snnTorch's exporter assumes, in seconds.
DT = 1e-4


def make_layer(n_neurons: int, beta: float, output: bool = False) -> snntorch.Leaky:
    """Return neurons that are reset to zero; the default, a subtraction, is not part of NIR."""
    return snntorch.Leaky(
        beta=torch.full((n_neurons,), beta),
        threshold=torch.ones(n_neurons),
        reset_mechanism="zero",
        init_hidden=True,
        output=output,
    )


torch.manual_seed(0)
network = torch.nn.Sequential(
    torch.nn.Linear(2, 5),
    make_layer(5, 0.995),
    torch.nn.Linear(5, 3, bias=False),
    make_layer(3, 0.998, output=True),
)
inputs = torch.tensor([1.0, 0.6])
counts = np.zeros((2, 5))
with torch.no_grad():
    network[0].weight.mul_(0.05).abs_()
    network[0].bias.mul_(0.01)
    network[2].weight.mul_(0.3).abs_()
    graph = export_to_nir(network, inputs)
    for step in range(60_000):
        hidden = network[1](network[0](inputs[None]))
        output = network[3](network[2](hidden))[0]
        if step >= 10_000:
            counts[0] += hidden[0].numpy()
            counts[1, :3] += output[0].numpy()
print((counts / (50_000 * DT)).tolist())
buffer = io.BytesIO()
nir.write(buffer, graph)
packed = gzip.compress(buffer.getvalue(), mtime=0)
(Path(__file__).parent / "snntorch.nir.gz").write_bytes(packed)
