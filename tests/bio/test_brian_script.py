"""Scripts as people write them become build functions without a change to their equations."""

import functools

import brian2 as b2
import numpy as np
import pytest
from brian2 import Hz, ms, nA
from brian2.devices.device import reset_device

from bioann.base.errors import SimulationError, UnknownNameError
from bioann.bio.brian_inputs import make_channel_arrays, start_stimulus
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.brian_sources import make_spike_monitor
from bioann.bio.brian_state import call_build, isolate_brian_state
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [1.5]}, duration=40 * ms, onset=10 * ms)
tau = 10 * ms


@pytest.fixture(autouse=True)
def _numpy_target():
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    yield
    b2.prefs.codegen.target = before


def run(build, populations, **options):
    return BrianNetwork(build, populations, "x").run(STIMULUS, trials=1, seed=1, **options)


def driven(inputs, rng, warm_up=0 * ms):
    drive = inputs["x"]  # noqa: F841 - the equation reads it
    cell = b2.NeuronGroup(
        1, "dv/dt = (drive(t) - v)/tau : 1", threshold="v > 1", reset="v = 0", method="euler"
    )
    network = b2.Network(cell)
    if warm_up:
        network.run(warm_up)
    return network


def with_own_step(inputs, rng):
    b2.defaultclock.dt = 0.05 * ms
    return driven(inputs, rng)


@pytest.fixture(scope="module")
def driven_run():
    return run(driven, {"cell": 1})


# Names of the module, of the function and of the variables ----------------------------------------


def first_spike(dt):
    """Return when forward Euler first finds v above 1, in seconds."""
    return 10e-3 + np.floor(np.log(1 - 1 / 1.5) / np.log(1 - dt / 10e-3)) * dt


def test_equations_find_constants_and_populations_the_names_of_variables(driven_run):
    # tau stands in the module, drive in the function; the group has no name of its own.
    assert driven_run.spike_time.values[0] == pytest.approx(first_spike(1e-4), abs=1e-9)


def decorated(function):
    @functools.wraps(function)
    def call(*arguments):
        return function(*arguments)

    return call


def make_helped(inputs, rng):
    tau = 5 * ms
    return driven_with(inputs) if tau else None


def driven_with(inputs):
    tau = 20 * ms
    assert tau
    return b2.Network(b2.NeuronGroup(1, "v : 1", threshold="v > 1"))


class Callable:
    def __call__(self, inputs, rng):
        return make_helped(inputs, rng)


@pytest.mark.parametrize(
    "build", [make_helped, decorated(make_helped), functools.partial(make_helped), Callable()]
)
def test_the_function_that_makes_the_network_gives_the_names(build):
    original = b2.Network.__init__
    _, namespace = call_build(build, {}, None)
    assert namespace["tau"] == 20 * ms
    assert namespace["STIMULUS"] is STIMULUS
    assert b2.Network.__init__ is original


def test_an_unknown_identifier_is_named_with_its_remedy():
    def build(inputs, rng):
        return b2.Network(b2.NeuronGroup(1, "dv/dt = -v/lost : 1", threshold="v > 1", name="P"))

    wanted = (
        r"got KeyError: The identifier \"lost\" could not be resolved \(object 'P'\)\. "
        "Define it in the function that makes the network"
    )
    with pytest.raises(SimulationError, match=wanted):
        run(build, {"P": 1})


def test_an_error_in_build_is_told_with_its_line():
    def build(inputs, rng):
        return b2.Network(b2.NeuronGroup(1, "v : 1", threshold="v > 1", names="P"))

    line = build.__code__.co_firstlineno + 1
    place = rf"got TypeError: .*'names'.* \(test_brian_script.py, line {line}\)"  # 3.13 adds a hint
    with pytest.raises(SimulationError, match=place):
        run(build, {"P": 1})


def test_a_script_that_runs_itself_is_told_to_leave_that_out():
    def build(inputs, rng):
        group = b2.NeuronGroup(1, "v : 1", threshold="v > 1")
        b2.run(0 * ms)
        return b2.Network(group)

    with pytest.raises(SimulationError, match=r"already been simulated.*leave run\(\.\.\.\) out"):
        run(build, {"group": 1})


def test_a_network_is_made_anew_for_each_lane():
    network = b2.Network(b2.NeuronGroup(1, "v : 1", threshold="v > 1", name="g"))
    half = BrianNetwork(lambda inputs, rng: network, {"g": 1}, "x")
    with pytest.raises(SimulationError, match="one that has been recorded before"):
        half.run(STIMULUS, trials=2, seed=1)


# Which groups can be recorded ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed():
    def build():
        P = b2.NeuronGroup(10, "v : 1", threshold="v > 1", reset="v = 0", name="P")
        E, inhibitory = P[:8], P[8:]
        external = b2.PoissonGroup(3, 10 * Hz)
        clicks = b2.SpikeGeneratorGroup(2, [0], [1] * ms)
        events = b2.NeuronGroup(4, "v : 1", events={"fire": "v > 1"})
        silent = b2.NeuronGroup(5, "dv/dt = -v/tau : 1", name="silent")
        many = b2.NeuronGroup(6, "v : 1", threshold="v > 1", reset="")
        S = b2.Synapses(E, P, name="S")
        forgotten = b2.NeuronGroup(7, "v : 1", threshold="v > 1")
        gates = b2.NeuronGroup(9, "v : 1", events={"on": "v > 1", "off": "v < 0"}, name="gates")
        network = b2.Network(gates, P, external, clicks, events, silent, many, S)
        assert len(inhibitory) < len(forgotten)
        return network

    return call_build(build)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        *(("P", 10), ("E", 8), ("inhibitory", 2), ("P_subgroup", 8), ("external", 3)),
        *(("clicks", 2), ("events", 4), ("P_subgroup_1", 2)),
        # As Brian2 would name them if there were no other groups in memory.
        *(("neurongroup", 4), ("neurongroup_1", 6)),
    ],
)
def test_every_group_that_spikes_can_be_recorded(mixed, name, size):
    network, namespace = mixed
    assert len(make_spike_monitor(network, namespace, name, size).source) == size
    with pytest.raises(SimulationError, match=f"wanted {size + 1} neurons, got {size}"):
        make_spike_monitor(network, namespace, name, size + 1)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("silent", 5, "wanted a group with a threshold, got a NeuronGroup without, which never"),
        ("gates", 9, r"never spikes but has the events on, off\. Give it threshold"),
        ("S", 1, "wanted a group in the network that build.* returns, got a Synapses"),
        ("forgotten", 7, r"got a NeuronGroup that is not in it\. Return Network\(collect\(\)\)"),
    ],
)
def test_what_never_spikes_is_refused_with_the_reason(mixed, name, size, message):
    with pytest.raises(SimulationError, match=message):
        make_spike_monitor(*mixed, name, size)


def test_names_that_do_not_exist_are_refused_with_those_that_do(mixed):
    with pytest.raises(UnknownNameError, match="Did you mean 'external'"):
        make_spike_monitor(*mixed, "externals", 3)
    with pytest.raises(UnknownNameError, match=r"match a block of it, Match\('P\[:8\]', \.\.\.\)"):
        make_spike_monitor(*mixed, "P[:8]", 8)


def test_the_spikes_of_a_subgroup_are_its_own():
    def build(inputs, rng):
        P = b2.NeuronGroup(5, "dv/dt = 0/second : 1", threshold="v > 1", reset="v = 0")
        P.v = [0, 2, 0, 2, 2]
        first, others = P[:2], P[2:]
        return b2.Network(P, b2.Synapses(first, others))

    recording = run(build, {"P": 5, "first": 2, "others": 3})
    spikes = list(zip(recording.spike_unit.values, recording.spike_neuron.values, strict=True))
    assert spikes == [(0, 1), (0, 3), (0, 4), (1, 1), (2, 1), (2, 2)]


# Time ---------------------------------------------------------------------------------------------


def test_after_a_warm_up_the_stimulus_begins(driven_run):
    # The cell rests until the onset, so that the warm-up, too long for it, leaves no trace.
    warm = run(functools.partial(driven, warm_up=25 * ms), {"cell": 1})
    np.testing.assert_allclose(warm.spike_time, driven_run.spike_time, atol=1e-9)
    assert warm.sizes["spike"] > 1


def test_network_operations_read_the_stimulus_from_its_beginning():
    arrays = make_channel_arrays(STIMULUS.isel(condition=0), ("x",))
    network = b2.Network()
    network.t_ = 0.025
    assert [arrays["x"](t * ms) for t in (9, 10)] == [0, 1.5]
    start_stimulus(arrays, network, {})
    assert [arrays["x"](t * ms) for t in (9, 34, 35)] == [0, 0, 1.5]


@pytest.mark.parametrize(
    ("time", "objects", "message"),
    [
        (0.0255, {}, r"wanted a warm-up of whole stimulus steps \(1 ms\), got a network that has "),
        (0.025, {"own": b2.TimedArray([1, 2] * nA, dt=ms, name="own")}, "because own counts time"),
        (0.025, {"network": b2.SpikeGeneratorGroup(1, [0], [0] * ms, name="clicks")}, "clicks cou"),
    ],
)
def test_a_warm_up_that_cannot_be_aligned_is_refused(time, objects, message):
    network = b2.Network(objects.get("network", ()))
    network.t_ = time
    arrays = make_channel_arrays(STIMULUS.isel(condition=0), ("x",))
    with pytest.raises(SimulationError, match=message):
        start_stimulus(arrays, network, objects)


def test_the_step_that_build_sets_is_the_one_recorded(driven_run):
    recording = run(with_own_step, {"cell": 1})
    assert (driven_run.attrs["dt"], recording.attrs["dt"]) == (1e-4, 5e-5)
    assert recording.spike_time.values[0] == pytest.approx(first_spike(5e-5), abs=1e-9)
    with pytest.raises(SimulationError, match=r"this time step, 0\.1 ms, got 0\.05 ms, wh"):
        run(with_own_step, {"cell": 1}, dt=0.1 * ms)


def test_a_potential_that_is_no_number_is_an_error():
    def build(inputs, rng):
        return b2.Network(b2.NeuronGroup(1, "dv/dt = sqrt(v - 1)/tau : 1", threshold="v > 9"))

    with pytest.raises(SimulationError, match="wanted numbers in v at the end of the run, got NaN"):
        run(build, {"neurongroup": 1})


# What belongs to the user -------------------------------------------------------------------------


def test_clock_preferences_device_and_generator_of_the_user_are_restored():
    clock, step, device = b2.get_device().defaultclock, b2.defaultclock.dt_, b2.get_device()
    before = dict(b2.prefs)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    with isolate_brian_state():
        b2.defaultclock.dt = 0.7 * ms
        b2.prefs.core.default_float_dtype = np.float32
        b2.seed(3)
        b2.set_device("cpp_standalone", build_on_run=False)
    assert b2.get_device() is device
    assert (device.defaultclock is clock, b2.defaultclock.dt_) == (True, step)
    assert dict(b2.prefs) == before
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_a_script_runs_on_the_runtime_device():
    b2.set_device("cpp_standalone", build_on_run=False)
    try:
        with isolate_brian_state(), pytest.raises(SimulationError, match="Leave set_device"):
            call_build(lambda: b2.set_device("cpp_standalone") or b2.Network())
        assert type(b2.get_device()).__name__ == "CPPStandaloneDevice"
    finally:
        reset_device()


def test_trials_differ_even_if_the_script_seeds_the_generator():
    def build(inputs, rng):
        b2.seed(1)
        source = b2.PoissonGroup(20, 200 * Hz)
        return b2.Network(source)

    recording = BrianNetwork(build, {"source": 20}, "x").run(STIMULUS, trials=2, seed=1)
    first, second = (recording.spike_trial.values == k for k in (0, 1))
    assert first.sum() > 50
    assert (
        recording.spike_time.values[first].tolist() != recording.spike_time.values[second].tolist()
    )
