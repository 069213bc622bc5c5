"""Learning rules of rate networks, against their closed forms."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms
from scipy.linalg import expm

import bioann as ba
from bioann.ann.learning import (
    BCM,
    ErrorDriven,
    FastSlow,
    Hebb,
    Homeostatic,
    Oja,
    PlasticRateNetwork,
    ThreeFactor,
)
from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError
from bioann.stimuli.stimulus import make_stimulus

DT = 1e-3
RHO, A = 0.7, 0.5  # correlation of two inputs, and the weight -a of the second in the task


def linear_unit(weights, **kwargs):
    weights = np.atleast_1d(weights)
    names = tuple(f"x{k}" for k in range(len(weights)))
    return ba.RateNetwork("y", channels=names, W_in=[weights], activation="linear", **kwargs)


def stimulate(courses, dt=DT):
    """A stimulus of one condition, or of several, from activations (condition, time)."""
    values = {name: np.atleast_2d(course) for name, course in courses.items()}
    array = np.stack(list(values.values()), axis=-1)
    return make_stimulus(array, channels=tuple(values), dt=dt * 1e3 * ms)


def correlated_inputs(seconds, dt=DT, seed=4):
    """Two inputs with exact second moments 1, 1 and rho, and the goal x0 - a x1."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((2, round(seconds / dt)))
    z = np.linalg.solve(np.linalg.cholesky(z @ z.T / z.shape[1]), z)
    x = np.linalg.cholesky(np.array([[1, RHO], [RHO, 1]])) @ z
    return {"x0": x[0], "x1": x[1], "goal": x[0] - A * x[1]}


def learn(rule, stimulus, initial=(0.0, 0.0), **kwargs):
    return PlasticRateNetwork(linear_unit(initial), rule).run(
        stimulus, trials=1, seed=0, bin_width=100 * ms, **kwargs
    )


def final_weights(run, name="x0_x1_to_y"):
    return run[f"weight_{name}"].values.reshape(-1)


CHANNELS = ("x0", "x1")


def test_hebb_grows_along_the_leading_eigenvector_at_its_rate():
    """w(t) = sum_k (v_k w_0) e^(eta lambda_k t) v_k with lambda = 1 + rho, 1 - rho."""
    rate, seconds = 0.2, 4.0
    run = learn(
        Hebb("y", channels=CHANNELS, rate=rate * Hz), stimulate(correlated_inputs(seconds)),
        initial=(0.3, 0.1),
    )  # fmt: skip
    course = run.weight_course_x0_x1_to_y.values.squeeze()
    total, difference = course @ [1, 1], course @ [1, -1]
    # Samples of noise: the product of 4,000 factors 1 + eta dt x x^T, whose mean is exact.
    assert np.log(total[-1] / 0.4) == pytest.approx(rate * (1 + RHO) * seconds, rel=0.03)
    assert np.log(difference[-1] / 0.2) == pytest.approx(rate * (1 - RHO) * seconds, rel=0.3)


def test_hebb_has_the_wrong_sign_if_the_correlation_passes_the_weight():
    """A goal x0 - a x1 drives y: dw/dt = eta (C w + b), b = (1 - a rho, rho - a) = (.65, +.2).

    w(t) = C^-1 (e^(eta C t) - 1) b.
    """
    rate, seconds = 0.1, 2.0
    teacher = ba.RateNetwork(
        ("y",), channels=("x0", "x1", "goal"), W_in=[[0, 0, 1]], activation="linear"
    )
    rule = Hebb("y", channels=CHANNELS, rate=rate * Hz)
    run = PlasticRateNetwork(teacher, rule).run(
        stimulate(correlated_inputs(seconds)), trials=1, seed=0
    )
    moments, drive = np.array([[1, RHO], [RHO, 1]]), np.array([1 - A * RHO, RHO - A])
    expected = np.linalg.solve(moments, (expm(rate * seconds * moments) - np.eye(2)) @ drive)
    assert expected[1] > 0 > -A
    np.testing.assert_allclose(final_weights(run), expected, rtol=0.01)


def test_oja_finds_the_leading_eigenvector_with_length_one():
    """Fluctuations of the direction: of order sqrt(eta dt) = 0.03."""
    run = learn(
        Oja("y", channels=CHANNELS, rate=1 * Hz), stimulate(correlated_inputs(12)), (0.5, -0.1)
    )
    np.testing.assert_allclose(final_weights(run), [0.5**0.5] * 2, atol=0.06)


@pytest.mark.slow
def test_bcm_settles_where_the_output_is_one_and_selects_a_pattern():
    one = learn(
        BCM("y", channels="x0", rate=5 * Hz, tau_threshold=50 * ms),
        stimulate({"x0": np.full(6000, 0.5), "x1": np.zeros(6000)}), (1.5, 0.0),
    )  # fmt: skip
    assert one.activation.values.squeeze()[-1] == pytest.approx(1.0, abs=1e-3)
    # Two orthogonal patterns in turn: <y^2> = y_0^2 / 2 is the threshold, so that y_0 = 2.
    turns = (np.arange(20_000) // 10) % 2
    two = learn(
        BCM("y", channels=CHANNELS, rate=1 * Hz, tau_threshold=200 * ms),
        stimulate({"x0": 1.0 - turns, "x1": 1.0 * turns}), (0.9, 0.6),
    )  # fmt: skip
    np.testing.assert_allclose(final_weights(two), [2.0, 0.0], atol=0.05)


@pytest.mark.parametrize("goal", [0.1, 0.3])
def test_homeostatic_inhibition_approaches_its_goal_exponentially(goal):
    """y = e + w x: dy/dt = -eta x^2 (y - goal)."""
    rate, x, drive = 2.0, 0.8, 1.0
    rule = Homeostatic("y", channels="x0", rate=rate * Hz, goal=goal, name="inhibition")
    stimulus = stimulate({"x0": np.full(1000, x), "x1": np.full(1000, drive)})
    run = learn(rule, stimulus, initial=(0.0, 1.0))
    time = np.arange(100, 1001, 100) * DT
    y = drive + run.weight_course_inhibition.values.squeeze() * x
    expected = goal + (drive - goal) * np.exp(-rate * x**2 * time)
    np.testing.assert_allclose(y, expected, rtol=2e-3)  # Euler: eta x^2 dt = 1e-3 per step


def test_homeostatic_inhibition_never_excites():
    rule = Homeostatic("y", channels="x0", rate=50 * Hz, goal=0.5, name="inhibition")
    run = learn(rule, stimulate({"x0": np.ones(400), "x1": np.full(400, 0.2)}), (-0.4, 1.0))
    assert final_weights(run, "inhibition")[0] == 0.0  # y stays at 0.2, below the goal


def test_a_third_factor_reads_the_eligibility_after_a_delay():
    """Change at delay d over change at once: e^(-d / tau_e)."""
    n, pulse, delays = 3000, 100, np.array([0, 500, 1500])
    x = np.zeros((3, n))
    x[:, :200] = 1.0
    reward = np.zeros((3, n))
    for row, delay in enumerate(delays):
        reward[row, 200 + delay : 200 + delay + pulse] = 1.0
    rule = ThreeFactor("y", channels="x0", rate=1 * Hz, factor="reward", tau_e=1000 * ms)
    network = linear_unit((0.0, 1.0))
    run = PlasticRateNetwork(network, rule).run(
        stimulate({"x0": x, "x1": x, "reward": reward}), trials=1, seed=0
    )
    change = run.weight_x0_to_y.values.squeeze()
    np.testing.assert_allclose(change / change[0], np.exp(-delays * 1e-3), rtol=1e-6)
    # With no activity after it: (1 - e^-0.2) of eligibility, read for 0.1 s while it decays.
    assert change[0] == pytest.approx((1 - np.exp(-0.2)) * (1 - np.exp(-0.1)), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("constraint", "expected"),
    [(ba.signs.Free(), (1.0, -A)), (ba.signs.NonNegative(), (1 - A * RHO, 0.0))],
)
def test_the_delta_rule_finds_the_least_squares_free_and_bounded(constraint, expected):
    """Bounded: non-negative least squares, (1 - a rho, 0); the loss is then a^2 (1 - rho^2)."""
    stimulus = stimulate(correlated_inputs(10))
    rule = ErrorDriven(
        "y", channels=CHANNELS, rate=4 * Hz, goals="goal", constraint=constraint, name="d"
    )
    run = learn(rule, stimulus)
    mean = run.weight_course_d.values.squeeze()[-50:].mean(axis=0)
    # Free, the slowest mode has decayed by e^-12. Bounded, an error remains, and with it noise.
    np.testing.assert_allclose(mean, expected, atol=1e-3 if expected[1] < 0 else 0.06)


def test_exponentiated_updates_never_cross_zero_and_additive_ones_do():
    stimulus = stimulate(correlated_inputs(6))
    courses = {}
    for update in ("additive", "exponentiated"):
        rule = ErrorDriven(
            "y", channels=CHANNELS, rate=2 * Hz, goals="goal", update=update, name="d"
        )
        run = learn(rule, stimulus, initial=(0.5, 0.5))
        courses[update] = run.weight_course_d.values.squeeze()
    assert courses["additive"][-1, 1] < -0.4
    assert (courses["exponentiated"][:, 1] > 0).all()
    assert courses["exponentiated"][-1, 1] < 0.1


def test_an_exponentiated_weight_follows_the_logistic_equation():
    """With input 1: d ln w / dt = eta (g - w), so w = g / (1 + (g / w_0 - 1) e^(-eta g t))."""
    rate, goal, initial = 2.0, 0.8, 0.05
    rule = ErrorDriven(
        "y", channels="x0", rate=rate * Hz, goals="goal", update="exponentiated", name="d"
    )
    courses = {"x0": np.ones(4000), "x1": np.zeros(4000), "goal": np.full(4000, goal)}
    course = learn(rule, stimulate(courses), (initial, 0.0)).weight_course_d.values.squeeze()
    time = np.arange(1, 41) * 0.1
    expected = goal / (1 + (goal / initial - 1) * np.exp(-rate * goal * time))
    np.testing.assert_allclose(course, expected, rtol=2e-3)  # Euler: eta g dt = 1.6e-3 per step


def test_an_exponentiated_weight_keeps_its_sign_when_it_is_negative():
    """The mirror image: the goal -g from -w_0 is the course of g from w_0, with the other sign."""
    courses = {"x0": np.ones(500), "x1": np.zeros(500)}
    runs = []
    for sign in (1, -1):
        rule = ErrorDriven(
            "y", channels="x0", rate=4 * Hz, goals="goal", update="exponentiated", name="d"
        )
        stimulus = stimulate(courses | {"goal": np.full(500, sign * 0.8)})
        runs.append(learn(rule, stimulus, (sign * 0.1, 0.0)).weight_course_d.values)
    np.testing.assert_allclose(runs[1], -runs[0], rtol=1e-12)


def test_fast_and_slow_parts_follow_their_linear_equations():
    """With input 1: d(f, s)/dt = M (f, s) + (eta, eta_s) g, solved by the exponential of M."""
    rate, slow_rate, tau_fast, tau_slow, goal, seconds = 2.0, 0.5, 1.0, 8.0, 0.9, 2.0
    rule = FastSlow(
        "y", channels="x0", rate=rate * Hz, goals="goal", slow_rate=slow_rate * Hz,
        tau_fast=tau_fast * 1e3 * ms, tau_slow=tau_slow * 1e3 * ms, name="d",
    )  # fmt: skip
    n = round(seconds / DT)
    courses = {"x0": np.ones(n), "x1": np.zeros(n), "goal": np.full(n, goal)}
    run = learn(rule, stimulate(courses))
    drive = np.array([rate, slow_rate])
    matrix = -drive[:, None] - np.diag([1 / tau_fast, 1 / tau_slow])
    fast, slow = np.linalg.solve(matrix, (expm(matrix * seconds) - np.eye(2)) @ drive * goal)
    assert final_weights(run, "d")[0] == pytest.approx(fast + slow, rel=2e-3)
    assert run.slow_d.values.item() == pytest.approx(slow, rel=2e-3)


@pytest.mark.parametrize("update", ["additive", "exponentiated"])
@pytest.mark.parametrize(
    "rule",
    [
        Hebb("y", channels=CHANNELS, rate=1 * Hz, name="r"),
        Oja("y", channels=CHANNELS, rate=1 * Hz, name="r"),
        BCM("y", channels=CHANNELS, rate=1 * Hz, name="r"),
        Homeostatic("y", channels=CHANNELS, rate=1 * Hz, name="r"),
        ThreeFactor("y", channels=CHANNELS, rate=4 * Hz, factor="goal", name="r"),
        ErrorDriven("y", channels=CHANNELS, rate=1 * Hz, goals="goal", name="r"),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_every_rule_obeys_the_same_constraints(rule, update):
    """`SignFrozen` keeps each weight on its side of zero; without it or e^x some would cross."""
    initial, frozen = (0.02, -0.02), ba.signs.SignFrozen()
    bounded = dataclasses.replace(rule, constraint=frozen, update=update)
    course = learn(bounded, stimulate(correlated_inputs(3)), initial).weight_course_r.values
    assert (course[..., 0] >= 0).all()
    assert (course[..., 1] <= 0).all()
    assert np.ptp(course) > 0.02  # it learned


@pytest.mark.slow
def test_savings_need_a_slow_part():
    """Train, wait for 5 time constants of the fast part, train again: it takes less time.

    With input 1, dy/dt = (eta + eta_s)(g - y) - f / tau_f; waiting leaves y = s alone.
    """
    goal = np.zeros(12_000)
    x = np.zeros(12_000)
    for start in (0, 7000):
        x[start : start + 2000] = 1.0
        goal[start : start + 2000] = 1.0

    def relearning_times(slow_rate):
        rule = FastSlow(
            "y", channels="x0", rate=2 * Hz, goals="goal", tau_fast=1000 * ms,
            slow_rate=slow_rate * Hz, name="d",
        )  # fmt: skip
        network = linear_unit((0.0, 0.0))
        run = PlasticRateNetwork(network, rule).run(
            stimulate({"x0": x, "x1": 0 * x, "goal": goal}), trials=1, seed=0
        )
        course = run.weight_course_d.values.squeeze()
        return [np.argmax(course[start:] > 0.5) for start in (0, 700)], course

    (first, second), course = relearning_times(0.5)
    assert second < 0.7 * first
    # 5 s of decay leave e^-5 of the fast part.
    assert course[690] == pytest.approx(course[600], rel=0.05)
    (first, second), _ = relearning_times(0.0)
    # What is left of the fast part, e^-5 of 0.67, shortens it by less than a bin.
    assert abs(second - first) <= 1


def test_a_run_goes_on_where_another_stopped():
    courses = correlated_inputs(2)
    rule = FastSlow("y", channels=CHANNELS, rate=1 * Hz, goals="goal", name="d", slow_rate=0.3 * Hz)
    whole = learn(rule, stimulate(courses))
    first = learn(rule, stimulate({name: c[:1000] for name, c in courses.items()}))
    second = learn(rule, stimulate({name: c[1000:] for name, c in courses.items()}), weights=first)
    np.testing.assert_array_equal(final_weights(second, "d"), final_weights(whole, "d"))
    np.testing.assert_array_equal(second.slow_d, whole.slow_d)


def test_weights_between_units_learn_as_those_from_channels_do():
    """A relay unit without dynamics in between changes nothing."""
    courses = correlated_inputs(1)
    relayed = ba.RateNetwork(
        ("x0_copy", "x1_copy", "y"), channels=CHANNELS,
        W=[[0, 0, 0], [0, 0, 0], [0.3, 0.1, 0]], W_in=[[1, 0], [0, 1], [0, 0]],
        activation="linear",
    )  # fmt: skip
    rule = Oja("y", sources=("x0_copy", "x1_copy"), rate=1 * Hz, name="o")
    run = PlasticRateNetwork(relayed, rule).run(
        stimulate({c: courses[c] for c in CHANNELS}), trials=1, seed=0
    )
    direct = learn(
        Oja("y", channels=CHANNELS, rate=1 * Hz, name="o"), stimulate(courses), (0.3, 0.1)
    )
    np.testing.assert_allclose(final_weights(run, "o"), final_weights(direct, "o"), rtol=1e-12)


def test_without_learning_it_is_the_network():
    """A rate of nearly 0; with time constants, and several lanes."""
    network = ba.RateNetwork(
        ("a", "b"), channels="x", W=[[0, -0.5], [0.8, 0]], W_in=[[1], [0]], tau=(10 * ms, 20 * ms)
    )
    stimulus = ba.steps({"x": [0.5, 1.0]}, duration=200 * ms)
    rule = Hebb("b", sources="a", rate=1e-15 * Hz)
    learning = PlasticRateNetwork(network, rule).run(stimulus, trials=1, seed=0)
    expected = network.run(stimulus, trials=1, seed=0)
    np.testing.assert_allclose(learning.activation, expected.activation, rtol=1e-12)


def test_what_blows_up_is_stopped_with_rule_unit_and_step():
    """With input 1 each step multiplies the weight by 1 + eta dt = 11: 11^6 = 1.8e6 > 1e6."""
    match = r"Hebb 'h', weights of unit 'y': .* after step 6, at 6 ms"
    with pytest.raises(SimulationError, match=match):
        learn(
            Hebb("y", channels="x0", rate=1e4 * Hz, name="h"),
            stimulate({"x0": np.ones(100), "x1": np.zeros(100)}), (1.0, 0.0),
        )  # fmt: skip


@pytest.mark.parametrize("update", ["additive", "exponentiated"])
def test_what_overflows_within_a_step_is_stopped_as_well(update):
    with pytest.raises(SimulationError, match=r"unit 'y'.* after step 1, at 1 ms"):
        learn(
            Hebb("y", channels="x0", rate=1e7 * Hz, update=update),
            stimulate({"x0": np.ones(100), "x1": np.zeros(100)}), (1000.0, 0.0),
        )  # fmt: skip


def test_what_does_not_fit_is_an_error_where_it_is_written():
    network = linear_unit((0.0, 0.0))
    with pytest.raises(DescriptionError, match=r"third factor, got ''.*Hebb, which needs none"):
        ThreeFactor("y", channels="x0", rate=1 * Hz)
    with pytest.raises(DescriptionError, match=r"either sources \(units\) or channels"):
        Hebb("y", rate=1 * Hz)
    with pytest.raises(DescriptionError, match=r"one stimulus channel for each target unit"):
        ErrorDriven("y", channels="x0", rate=1 * Hz)
    with pytest.raises(DescriptionError, match=r"'additive' or 'exponentiated', got 'twice'"):
        Hebb("y", channels="x0", rate=1 * Hz, update="twice")
    with pytest.raises(UnknownNameError, match=r"'x7'.*'x0'"):
        PlasticRateNetwork(network, Hebb("y", channels="x7", rate=1 * Hz))
    rules = (
        Hebb("y", channels=CHANNELS, rate=1 * Hz), Oja("y", channels="x1", rate=1 * Hz, name="o"),
    )  # fmt: skip
    with pytest.raises(DescriptionError, match=r"no other rule changes, got one that 'x0_x1_to_y'"):
        PlasticRateNetwork(network, rules)
    with pytest.raises(DescriptionError, match=r"rate"):
        Hebb("y", channels="x0", rate=-1 * Hz)
    loop = ba.RateNetwork(("a", "b"), channels="x", W=[[0, 1], [0.2, 0]], W_in=[[1], [0]])
    learner = PlasticRateNetwork(loop, Hebb("b", sources="a", rate=1 * Hz))
    with pytest.raises(SimulationError, match=r"no loop of static units.*tau"):
        learner.run(ba.steps({"x": [1.0]}, duration=100 * ms), trials=1, seed=0)


def test_a_depressing_unit_is_the_same_beside_one_that_learns():
    """Two ways of building it: a rate network, and one with a learning unit that it ignores."""
    depressing = ba.RateNetwork(("y", "z"), channels="x", W_in=[[1], [0.5]]).add_depression(
        "y", 0.5, 100 * ms, 20 * Hz
    )
    rule = ba.learning.Hebb("z", channels="x", rate=1 * Hz)
    stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=500 * ms, onset=50 * ms)
    options = {"trials": 1, "seed": 0}
    expected = depressing.run(stimulus, **options).activation
    learner = ba.learning.PlasticRateNetwork(depressing, rule)
    actual = learner.run(stimulus, **options).activation
    others = [unit for unit in depressing.units if unit != "z"]
    np.testing.assert_allclose(actual.sel(unit=others), expected.sel(unit=others), rtol=1e-9)
    # The steady state: x = 1 / (1 + U tau R r), U tau R = 1.
    transmitted = actual.sel(unit="y_transmitted").isel(time=-1).values[:, 0]
    np.testing.assert_allclose(transmitted, [0.0, 0.5 / 1.5, 0.5], rtol=0.01)


def test_a_static_unit_that_gates_its_own_gate_is_refused():
    network = ba.RateNetwork(("y", "g"), channels="x", W=[[0, 0], [1, 0]], W_in=[[1], [0]],
                             gates={"y": "g"})  # fmt: skip
    learner = ba.learning.PlasticRateNetwork(
        network, ba.learning.Hebb("y", channels="x", rate=1 * Hz)
    )
    with pytest.raises(SimulationError, match="no loop of static units"):
        learner.run(ba.steps({"x": [1.0]}, duration=20 * ms), trials=1, seed=0)
