"""What connections do against what their weights do: all of them, and the largest by name."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bioann.reporting.figures.weights import draw_weights, select_comparable_weights
from tests.reporting.figures.laws import choose_figure, find_broken_laws


def effective_weights(n, name="unit {}", **changes):
    """Make connections of both signs, each 0.1 more in the spiking model than in the rate model."""
    weight = np.linspace(-1, 1, n) if n > 1 else np.ones(1)
    table = pd.DataFrame(
        {
            "source": [name.format(k) for k in range(n)],
            "source_kind": "unit",
            "target": name.format("out"),
            "conductance": "AMPA 0.2 nS",
            "bio_sign": np.sign(weight),
            "weight": 2 * weight,
            "predicted": weight,
            "effective": weight + 0.1,
            "effective_low": weight + 0.05,
            "effective_high": weight + 0.15,
            "flags": "",
        }
    )
    return table.assign(**changes)


def draw_table(table):
    return draw_weights(SimpleNamespace(effective_weights=table))


def test_only_what_was_measured_and_has_a_weight_is_drawn():
    table = effective_weights(4)
    table.loc[0, "predicted"] = np.nan
    table.loc[1, ["effective", "effective_low", "effective_high"]] = np.nan
    assert list(select_comparable_weights(table).index) == [3, 2]
    assert select_comparable_weights(None).empty
    left = draw_table(table).figure.axes[0]
    points = np.concatenate([np.asarray(c.get_offsets()) for c in left.collections[1:2]])
    np.testing.assert_allclose(sorted(points.tolist()), table.loc[2:, ["predicted", "effective"]])


def test_the_caption_tells_how_well_they_fit():
    table = effective_weights(2)  # -1 and 1 predicted, -0.9 and 1.1 measured
    table.loc[1, "effective_low"] = 0.9
    caption = draw_table(table).caption
    assert "For 1 of 2 connections the 95 % CI includes the identity line" in caption
    assert "difference is 10 % of the root mean square effective weight" in caption
    assert "with the largest effects" not in caption
    assert (
        "for the 10 connections with the largest effects"
        in draw_table(effective_weights(30)).caption
    )


def test_what_is_equal_lies_on_the_line():
    left = draw_table(effective_weights(5)).figure.axes[0]
    assert left.get_xlim() == left.get_ylim()
    assert left.get_aspect() == 1


@pytest.mark.parametrize(
    "table",
    [
        effective_weights(1),
        effective_weights(10),
        effective_weights(
            60, "a_really_quite_long_name_of_population_{}", conductance="GABA_A 0.123 nS x 200",
            source_kind="channel", flags="paradoxical",
        ),
        effective_weights(3, predicted=0.0, effective=0.0, effective_low=0.0, effective_high=0.0),
    ],
    ids=["one", "ten", "long names", "silent"],
)  # fmt: skip
@pytest.mark.parametrize("medium", ["print", "phone"])
def test_everything_is_inside_and_nothing_lies_on_anything(table, medium):
    assert not find_broken_laws(*choose_figure(draw_table(table), medium))
