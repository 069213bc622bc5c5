import dataclasses

import numpy as np
import pytest
from brian2 import ms, mV, second

from bioann.ann.activations.activation import Relu, Softplus
from bioann.ann.network import RateNetwork
from bioann.base.errors import (
    DescriptionError,
    DimensionError,
    SimulationError,
    UnknownNameError,
)
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [0, 1]}, duration=50 * ms)


class TestDescription:
    """What may be left out, and what may not be written."""

    def test_channels_are_the_units_unless_named(self):
        network = RateNetwork(("a", "b"))
        assert network.channels == ("a", "b")
        np.testing.assert_array_equal(network.W_in, np.eye(2))
        np.testing.assert_array_equal(network.W, np.zeros((2, 2)))
        np.testing.assert_array_equal(network.bias, [0, 0])
        assert network.tau == (None, None)
        assert network.activation == (Relu(), Relu())

    def test_one_value_stands_for_all(self):
        network = RateNetwork("a", channels="x", W_in=[[2]], bias=0.5, tau=10 * ms)
        assert network == RateNetwork(("a",), [[0]], [[2.0]], [0.5], [10 * ms], ["relu"], ["x"])
        np.testing.assert_allclose(
            RateNetwork(("a", "b"), tau=5 * ms).time_constants(), [5e-3, 5e-3]
        )
        np.testing.assert_allclose(
            RateNetwork(("a", "b"), tau=(None, 5 * ms)).time_constants(), [0, 5e-3]
        )

    def test_weights_and_parameters_by_name_are_those_of_the_matrices(self):
        units, channels = ("T", "I", "free"), ("x", "y")
        named = RateNetwork(
            units, channels=channels, W={"T": {"I": -1.5}}, W_in={"T": {"x": 2}, "I": {"y": 1}},
            bias={"I": -0.2}, tau={"I": 5 * ms}, activation={"T": "tanh"}, divisive={"T": {"T": 1}},
        )  # fmt: skip
        by_position = RateNetwork(
            units, [[0, -1.5, 0], [0, 0, 0], [0, 0, 0]], [[2, 0], [0, 1], [0, 0]], [0, -0.2, 0],
            (None, 5 * ms, None), ("tanh", "relu", "relu"), channels, np.diag([1, 0, 0]),
        )  # fmt: skip
        assert named == by_position
        assert RateNetwork(("a", "b"), W_in={"a": {"b": 3}}).W_in[0, 1] == 3  # channels as units

    @pytest.mark.parametrize("field", ["W", "W_in", "bias", "tau", "activation"])
    def test_a_name_that_is_no_unit_is_refused(self, field):
        value = {"W": {}, "W_in": {}, "bias": 1.0, "tau": 5 * ms, "activation": "tanh"}[field]
        with pytest.raises(UnknownNameError, match=f"RateNetwork, {field}: .*'celll'.*'cell'"):
            RateNetwork(("cell", "other"), channels=("x",), **{field: {"celll": value}})
        if field.startswith("W"):
            with pytest.raises(UnknownNameError, match=f"RateNetwork, {field}: .*'z'"):
                RateNetwork(("cell",), channels=("x",), **{field: {"cell": {"z": 1.0}}})

    def test_matrices_are_copied_and_closed(self):
        weights = np.eye(2)
        network = RateNetwork(("a", "b"), W_in=weights)
        weights[0, 0] = 9
        assert network.W_in[0, 0] == 1
        with pytest.raises(ValueError, match="read-only"):
            network.W_in[0, 0] = 9

    def test_a_replaced_network_keeps_the_rest(self):
        network = RateNetwork(("a", "b"), tau=(5 * ms, None), activation=("tanh", "relu"))
        negated = dataclasses.replace(network, W_in=-network.W_in)
        np.testing.assert_array_equal(negated.W_in, -np.eye(2))
        assert dataclasses.replace(negated, W_in=np.eye(2)) == network

    @pytest.mark.parametrize(
        ("wrong", "kind", "message"),
        [
            ({"units": ()}, DescriptionError, "RateNetwork, units"),
            ({"units": ("a", "a")}, DescriptionError, "all different"),
            (
                {"W": [[1, 2]]},
                DescriptionError,
                r"W: .*\(unit, unit\) = \(2, 2\), got shape \(1, 2",
            ),
            ({"W": [[0, np.nan], [0, 0]]}, DescriptionError, "W: .*NaN or infinite"),
            ({"W_in": [[1, 2, 3]]}, DescriptionError, "channels: wanted 3 different name"),
            ({"W_in": [1, 2]}, DescriptionError, r"W_in: .*Rows are targets"),
            ({"W_in": [[1], [2]], "channels": ("x", "y")}, DescriptionError, "W_in"),
            ({"channels": ("x", "x")}, DescriptionError, "RateNetwork, channels"),
            ({"bias": [1, 2, 3]}, DescriptionError, "RateNetwork, bias"),
            ({"bias": np.inf}, DescriptionError, "RateNetwork, bias"),
            ({"tau": (5 * ms,)}, DescriptionError, r"tau: wanted one value, or one per unit \(2\)"),
            ({"tau": 5 * mV}, DimensionError, "TimeConstant, tau: wanted a time"),
            ({"tau": 5}, DimensionError, "tau: wanted a time"),
            ({"tau": 0 * ms}, DescriptionError, "tau=None for a static unit"),
            ({"activation": "rely"}, UnknownNameError, "Did you mean 'relu'"),
            ({"activation": ("relu",) * 3}, DescriptionError, "RateNetwork, activation"),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong, kind, message):
        with pytest.raises(kind, match=message):
            RateNetwork(**({"units": ("a", "b")} | wrong))


class TestReading:
    """What a network says of itself to a reader."""

    NETWORK = RateNetwork(
        ("a", "b"),
        W=[[0, -0.25], [3, 0]],
        W_in=[[2, 0, -1e-4], [0, -1, 0]],
        channels=("x", "y", "z"),
        tau=(None, 20 * ms),
        activation=("relu", Softplus(0.1)),
        bias=(0.5, -1),
    )

    def test_connections_are_the_weights_that_are_not_zero(self):
        table = self.NETWORK.connections()
        rows = list(zip(table.source, table.target, table.sign * table.strength, strict=True))
        assert rows == [
            ("x", "a", 2),
            ("z", "a", -1e-4),
            ("y", "b", -1),
            ("b", "a", -0.25),
            ("a", "b", 3),
        ]
        assert table.source_kind.tolist() == ["channel"] * 3 + ["unit"] * 2
        assert table.label.tolist()[2:] == ["\N{MINUS SIGN}1", "\N{MINUS SIGN}0.25", "+3"]

    def test_the_equation_and_every_parameter_are_told(self):
        explanations = self.NETWORK.explain()
        assert "tau_i" in explanations[0].typst
        values = {p.symbol: (p.value, p.unit) for p in explanations[0].symbols}
        assert values['tau_"b"'] == ("20", "ms")
        assert values['b_"a"'] == ("0.5", "activation")
        assert values['s_"b"'] == ("0.1", "")
        assert 'tau_"a"' not in values
        assert len(explanations) == 3  # the network and its two activations
        assert "tau_i" not in RateNetwork("a").explain()[0].typst

    def test_of_many_units_the_range_is_told(self):
        names = tuple(f"u{i}" for i in range(20))
        explanations = RateNetwork(names, bias=np.linspace(-0.5, 1, 20), tau=10 * ms).explain()
        assert [(p.symbol, p.meaning, p.value, p.unit) for p in explanations[0].symbols] == [
            ("b_i", "bias of 20 units, u0 to u19", "\N{MINUS SIGN}0.5 to 1", "activation"),
            ("tau_i", "time constant of 20 units, u0 to u19", "10", "ms"),
        ]

    def test_a_unit_that_never_leaves_zero_is_flagged_and_a_negative_one_is_not(self):
        network = RateNetwork(
            ("dead", "down"), W_in=[[-1], [-1]], channels="x", activation=("relu", "linear")
        )
        flags = network.flags(network.run(STIMULUS, trials=1, seed=1))
        assert flags == ("Unit 'dead' is silent in every condition.",)


class TestRunning:
    """A run is labelled, needs no seed, and refuses what it cannot do."""

    NETWORK = RateNetwork("a", channels="x", W_in=[[1]], tau=10 * ms)

    def test_the_answer_is_labelled_and_has_one_trial(self):
        run = self.NETWORK.run(STIMULUS, trials=7, seed=1, bin_width=5 * ms)
        assert run.activation.dims == ("condition", "trial", "time", "unit")
        assert dict(run.sizes) == {"condition": 2, "trial": 1, "time": 10, "unit": 1}
        assert list(run.condition.values) == ["x=0", "x=1"]

    def test_seed_and_engine_do_not_matter(self):
        runs = [
            self.NETWORK.run(STIMULUS, trials=1, seed=s, engine=e)
            for s, e in ((1, "auto"), (2, "numpy"))
        ]
        assert runs[0].identical(runs[1])

    def test_channels_are_found_by_name(self):
        network = RateNetwork("a", channels=("y", "x"), W_in=[[10, 1]])
        both = steps({"x": [1], "unused": [5], "y": [3]}, duration=20 * ms)
        assert (network.run(both, trials=1, seed=1).activation == 31).all()

    def test_what_cannot_be_run_is_refused(self):
        with pytest.raises(UnknownNameError, match="channel, got 'x'"):
            self.NETWORK.run(steps({"y": [1]}, duration=20 * ms), trials=1, seed=1)
        with pytest.raises(SimulationError, match="trials"):
            self.NETWORK.run(STIMULUS, trials=0, seed=1)
        with pytest.raises(SimulationError, match="at most the shortest time constant, 10 ms"):
            self.NETWORK.run(STIMULUS, trials=1, seed=1, dt=20 * ms)
        with pytest.raises(SimulationError, match="bin_width"):
            self.NETWORK.run(STIMULUS, trials=1, seed=1, bin_width=1 * second)
        with pytest.raises(SimulationError, match="above 0"):
            self.NETWORK.run(STIMULUS, trials=1, seed=1, dt=0 * ms)
