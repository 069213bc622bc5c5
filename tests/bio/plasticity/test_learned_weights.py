"""Weights of an earlier recording belong to the projection that they were learned in."""

import numpy as np
import xarray as xr
from brian2 import nS

from bioann.bio.connectivity import OneToOne
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity.learned_weights import read_initial_weights
from bioann.bio.population import Population
from bioann.bio.projection import Projection


def test_a_projection_whose_name_ends_as_another_keeps_its_weights_apart():
    names = ("a", "b_a")
    network = SpikingNetwork(
        (Population("e", 3, "glutamate"), Population("o", 3, "glutamate")),
        projections=tuple(
            Projection("e", "o", 1 * nS, connectivity=OneToOne(), name=name) for name in names
        ),
    )
    variables = {}
    for k, name in enumerate(names):
        dim = f"synapse_{name}"
        coords = {f"pre_{name}": (dim, [0, 1, 2]), f"post_{name}": (dim, [0, 1, 2])}
        for variable in ("weight", "slow"):
            values = np.full((1, 1, 3), (k + 1) * 1e-9)
            variables[f"{variable}_{name}"] = xr.DataArray(
                values, dims=("condition", "trial", dim), coords=coords
            )
    lanes = Lanes(("one",), 2, seed=1, dt=1e-4)
    tables = read_initial_weights(network, xr.Dataset(variables), (lanes,))[lanes.wiring]
    for k, name in enumerate(names):
        assert list(tables[name].hidden_states) == ["slow"]
        assert np.allclose(tables[name].hidden_states["slow"], (k + 1) * 1e-9)
