"""A comparison made up for drawing, and ways to find what was drawn from it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

TIME = (np.arange(60) + 0.5) * 0.01
WINDOW = (0.3, 0.6)
SCORE_COLUMNS = [
    "match",
    "metric",
    "detail",
    "value",
    "low",
    "high",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "chance",
    "chance_low",
    "chance_high",
    "best",
    "unit",
    "note",
]


def make_spikes(conditions, populations, rate):
    """Make spikes of every population in trials 0 and 1, in no particular order."""
    rng, rows = np.random.default_rng(3), []
    for unit, size in enumerate(populations.values()):
        n = rng.poisson(rate * 0.6 * size * conditions * 2)
        condition, trial, neuron = (rng.integers(k, size=n) for k in (conditions, 2, size))
        rows.append((condition, trial, rng.uniform(0, 0.6, n), np.full(n, unit), neuron))
    fields = ("spike_condition", "spike_trial", "spike_time", "spike_unit", "spike_neuron")
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    data = {name: ("spike", column) for name, column in zip(fields, columns, strict=True)}
    data["n_neurons"] = ("unit", list(populations.values()))
    return xr.Dataset(data, coords={"unit": list(populations)})


def make_scores(matches):
    rows, no_interval = [], (np.nan, np.nan)
    for i, match in enumerate(matches):
        rmse = (0.1 + i, 0.05 + i, 0.2 + i, 0.02, 0.01, 0.03, 2.0)
        correlation = (0.9, 0.8, 0.95, 0.98, 0.97, 0.99, 0)
        rows.append((match, "RMSE", "", *rmse, *no_interval, 0.0))
        rows.append((match, "correlation over conditions", "", *correlation, *no_interval, 1))
    rows.append((matches[0], "winner agreement", "", *[np.nan] * 10))
    unit_of = {"RMSE": "activation"}
    rows_with_units = [
        (*row, unit_of.get(row[1], ""), "" if row[3] == row[3] else "one read-out") for row in rows
    ]
    return pd.DataFrame(rows_with_units, columns=SCORE_COLUMNS)


def _make_comparison(
    conditions=5,
    trials=8,
    matches=("left", "right"),
    populations=None,
    rate=40.0,
    level=1.0,
    spikes=True,
    label="c{}",
    **coords,
):
    """Make a comparison whose rate model is 0.1 per response below the spiking model."""
    rng, n = np.random.default_rng(7), len(matches)
    ann = level * rng.uniform(size=(conditions, 1, n)) * np.linspace(0, 1, len(TIME))[:, None]
    shape = (conditions, trials, len(TIME), n)
    bio, ceiling = (
        ann[:, None] + 0.1 * np.arange(n) + 0.05 * level * rng.normal(size=shape) for _ in range(2)
    )
    four, three = ("condition", "trial", "time", "match"), ("condition", "time", "match")
    responses = xr.Dataset(
        {
            "bio": (four, bio),
            "ceiling": (four, ceiling),
            "ann": (three, ann),
            "chance": (("shuffle", *three), rng.normal(size=(4, conditions, len(TIME), n))),
            "scale_hz": ("match", np.full(n, 80.0)),
            "stimulus": (
                ("condition", "stimulus_time", "channel"),
                np.zeros((conditions, len(TIME), 2)),
            ),
        },
        coords={
            "condition": [label.format(i) for i in range(conditions)],
            "time": TIME,
            "stimulus_time": TIME,
            "match": list(matches),
            "channel": ["left", "right"],
        },
    ).assign_coords({k: ("condition", v) for k, v in coords.items()})
    populations = populations or {"left": 20, "right": 20, "pool": 10}
    tree = make_spikes(conditions, populations, rate)
    if not spikes:
        tree = tree[["n_neurons"]]
    table = pd.DataFrame(
        {"source": ["left", "pool"], "source_kind": "unit", "target": "right", "sign": [1, -1]}
    )
    bio_model = SimpleNamespace(connections=lambda: table)
    return SimpleNamespace(
        pair=SimpleNamespace(bio=bio_model),
        window=WINDOW,
        run=xr.DataTree.from_dict({"/bio": tree}),
        responses=responses,
        scores=make_scores(matches),
        interval_name="95 % CI",
    )


@pytest.fixture
def make_comparison():
    """Give the maker of comparisons."""
    return _make_comparison


@pytest.fixture
def find():
    """Give ways to find the panels of a figure, and artists by how their label starts."""

    def starting(artists, label):
        return next(a for a in artists if str(a.get_label()).startswith(label))

    return SimpleNamespace(
        panels=lambda figure: [ax for ax in figure.axes if ax.axison],
        line=lambda axes, label: starting(axes.lines, label),
        area=lambda axes, label: starting(axes.collections, label),
    )


@pytest.fixture
def window_mean():
    """Give the mean over the read-out window, computed in another way than the figures do."""
    inside = [i for i, t in enumerate(TIME) if WINDOW[0] <= t <= WINDOW[1]]
    return lambda array: array.isel(time=inside).mean("time")
