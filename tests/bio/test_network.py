import pytest
from brian2 import ms, mV, nA, nS, pA

from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.background import Background
from bioann.bio.cells.lif import LIF
from bioann.bio.engines import Record
from bioann.bio.injection import Injection
from bioann.bio.membrane_potential import Potential
from bioann.bio.network import SpikingNetwork
from bioann.bio.network_flags import find_receptor_flags
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import AMPA, GABA_A, GABA_B, NMDA
from bioann.stimuli.waveforms import steps

E, I = Population("e", 4, "glutamate"), Population("i", 2, "GABA")  # noqa: E741
STIMULUS = steps({"x": [1]}, duration=50 * ms)
MINUS = "\N{MINUS SIGN}"


def test_units_and_channels_are_those_of_the_description():
    network = SpikingNetwork(
        (E, I),
        (Afferent("x", "e", 1 * nS), CurrentAfferent("y", "i", 1 * pA), Afferent("x", "i", 1 * nS)),
    )
    assert network.units == ("e", "i")
    assert network.channels == ("x", "y")
    assert network.sizes == {"e": 4, "i": 2}


def test_one_part_may_be_written_without_a_tuple():
    alone = SpikingNetwork(E, Afferent("x", "e", 1 * nS), Projection("e", "e", 1 * nS))
    assert alone == SpikingNetwork(
        (E,), (Afferent("x", "e", 1 * nS),), [Projection("e", "e", 1 * nS)]
    )


def test_a_population_has_each_receptor_that_something_reaches_it_through_once():
    slow = GABA_A(tau=30 * ms)
    network = SpikingNetwork(
        (Population("e", 4, "glutamate", background=Background(1 * nS, slow)), I),
        (Afferent("x", "e", 1 * nS), CurrentAfferent("x", "e", 1 * pA)),
        (Projection("e", "e", 1 * nS), Projection("i", "e", 1 * nS)),
        (Injection("e", conductance=1 * nS, receptor=slow),),
    )
    assert network.receptors_of("e") == (slow, AMPA(), GABA_A())
    assert network.receptors_of("i") == ()


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: SpikingNetwork(()), DescriptionError, "at least one population"),
        (lambda: SpikingNetwork((E, E)), DescriptionError, "each with its own name"),
        (
            lambda: SpikingNetwork((E,), (Afferent("x", "ee", 1 * nS),)),
            UnknownNameError,
            "Afferent 'x' -> 'ee': .*population, got 'ee'. Did you mean 'e'",
        ),
        (
            lambda: SpikingNetwork((E,), injections=(Injection("z", 1 * pA),)),
            UnknownNameError,
            "population, got 'z'",
        ),
        (
            lambda: SpikingNetwork((E,), projections=(Projection("e", "z", 1 * nS),)),
            UnknownNameError,
            "Projection 'e' -> 'z'",
        ),
        (
            lambda: SpikingNetwork((E,), projections=(Projection("z", "e", 1 * nS),)),
            UnknownNameError,
            "Projection 'z' -> 'e'",
        ),
        (
            lambda: SpikingNetwork((E,), projections=(Projection("e", "e", 1 * nS, name="a b"),)),
            DescriptionError,
            "letters, digits",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


class TestRunning:
    """A run that cannot be done as asked says why."""

    NETWORK = SpikingNetwork((Population("e", 1, "glutamate"),), (Afferent("x", "e", 1 * nS),))

    @pytest.mark.parametrize(
        ("options", "kind", "message"),
        [
            ({"dt": 6 * ms}, SimulationError, "at most the stimulus step, 1 ms"),
            ({"dt": 0.3 * ms}, SimulationError, "whole fraction of the stimulus step, 1 ms"),
            ({"dt": 0 * ms}, SimulationError, "above 0"),
            ({"dt": -0.1 * ms}, SimulationError, "above 0"),
            ({"trials": 0}, SimulationError, "trials"),
            ({"seed": -1}, DescriptionError, "seed"),
            ({"engine": "nump"}, UnknownNameError, "Did you mean 'numpy'"),
            ({"bin_width": 0.5 * ms}, SimulationError, "bin_width"),
        ],
    )
    def test_wrong_settings(self, options, kind, message):
        with pytest.raises(kind, match=message):
            self.NETWORK.run(STIMULUS, **({"trials": 1, "seed": 1} | options))

    def test_the_step_stays_below_the_fastest_time_constant(self):
        fast = SpikingNetwork(
            (Population("e", 1, "glutamate", cell=LIF(g_L=1000 * nS)),),  # 0.2 ms
            (Afferent("x", "e", 1 * nS, receptor=AMPA(tau=0.1 * ms)),),
        )
        with pytest.raises(SimulationError, match=r"at most the AMPA decay in 'e', 0.1 ms"):
            fast.run(STIMULUS, trials=1, seed=1, dt=0.2 * ms)
        fast.run(STIMULUS, trials=1, seed=1, dt=0.1 * ms)

    def test_what_ran_is_written_down(self):
        run = self.NETWORK.run(STIMULUS, trials=2, seed=1, dt=0.5 * ms, engine="numpy")
        assert run.attrs == {"engine": "numpy", "dt": 0.5e-3}
        assert run.rate.dims == ("condition", "trial", "time", "unit")
        assert run.sizes["trial"] == 2
        assert run.n_neurons.values.tolist() == [1]

    def test_no_weight_and_no_synapse_are_silence_and_no_error(self):
        network = SpikingNetwork(
            (E, I), (Afferent("x", "e", 0 * nS),), (Projection("e", "i", 0 * nS),)
        )
        assert network.run(STIMULUS, trials=1, seed=1).sizes["spike"] == 0

    def test_a_silent_stimulus_has_no_spikes(self):
        run = self.NETWORK.run(0 * STIMULUS.assign_attrs(dt=1e-3), trials=1, seed=1)
        assert not run.rate.any()


class TestReading:
    """What a network says of itself to a reader."""

    NETWORK = SpikingNetwork(
        (Population("e", 4, "glutamate", background=3 * nS), I),
        (
            Afferent("x", "e", 0.5 * nS, fibres=20),
            CurrentAfferent("y", "i", -30 * pA),
            Afferent("x", "i", 1 * nS, transmitter="GABA"),
        ),
        (
            Projection("e", "i", 2 * nS),
            Projection("i", "e", 3 * nS),
            Projection("i", "i", 1 * nS, receptor=GABA_A(reversal=-40 * mV), name="odd"),
            Projection("i", "e", 1 * nS, receptor=GABA_A(reversal=-50 * mV), name="even"),
        ),
    )

    def test_the_sign_is_that_of_the_driving_force_at_threshold(self):
        table = self.NETWORK.connections()
        assert table.sign.tolist() == [1, -1, -1, 1, -1, 1, 0]
        assert (table.strength >= 0).all()

    def test_connections_are_told_in_words(self):
        table = self.NETWORK.connections()
        assert table.label.tolist()[:2] == ["AMPA 0.5 nS x 20", "30 pA"]
        assert table.mechanism[4] == "GABA on GABA_A, E_rev \N{MINUS SIGN}80 mV"
        assert table.source_kind.tolist() == ["channel"] * 3 + ["unit"] * 4
        assert list(zip(table.source, table.target, strict=True))[3] == ("e", "i")

    def test_equations_come_once_per_cell_and_receptor(self):
        explanations = self.NETWORK.explain()
        assert [t.caption for t in explanations] == ["LIF cells: e, i", "Synapses"]
        meanings = [p.meaning for p in explanations[1].symbols]
        # Three kinds of GABA_A, which differ in their reversal potentials only.
        assert meanings.count("GABA_A reversal potential") == 3
        assert meanings.count("GABA_A decay time") == 1
        assert "mean background conductance of e (AMPA, Poisson)" in meanings

    def test_silence_saturation_and_unclear_signs_are_flagged(self):
        network = SpikingNetwork(
            (Population("busy", 5, "GABA"), Population("dead", 3, "GABA")),
            (CurrentAfferent("x", "busy", 100_000 * pA),),
            (Projection("busy", "dead", 1 * nS, receptor=GABA_A(reversal=-60 * mV)),),
        )
        flags = network.flags(network.run(STIMULUS, trials=1, seed=1))
        assert "Population 'dead' is silent in every condition." in flags
        assert sum("'busy' reaches" in f and "near saturation" in f for f in flags) == 1
        assert (
            sum(
                "GABA_A in 'dead' reverses at \N{MINUS SIGN}60 mV, between rest" in f for f in flags
            )
            == 1
        )
        assert len(flags) == 3

    @pytest.mark.parametrize(
        ("receptor", "problem"),
        [
            (GABA_A(reversal=70 * mV), "70 mV, above threshold: it excites at every rate."),
            (GABA_B(reversal=-40 * mV), "-40 mV, above threshold: it excites at every rate."),
            (AMPA(reversal=-90 * mV), "-90 mV, at rest or below: it inhibits at every rate."),
            (NMDA(reversal=-65 * mV), "-65 mV, at rest or below: it inhibits at every rate."),
            (AMPA(reversal=-55 * mV), "-55 mV, between rest and threshold: the sign"),
            (GABA_A(reversal=-50 * mV), "-50 mV, between rest and threshold: the sign"),
            (GABA_A(reversal=-65 * mV), ""),  # at rest it shunts
            (GABA_A(), ""),
            (AMPA(), ""),
        ],
    )
    def test_a_reversal_on_the_wrong_side_is_flagged(self, receptor, problem):
        afferent = Afferent("x", "e", 1 * nS, transmitter=receptor.transmitter, receptor=receptor)
        network = SpikingNetwork((E,), (afferent,))
        expected = f"{receptor.name} in 'e' reverses at {problem}".replace("-", MINUS)
        flags = find_receptor_flags(network)
        assert [flag[: len(expected)] for flag in flags] == ([expected] if problem else [])
        assert Potential(network).flags(None) == flags

    @pytest.mark.parametrize(
        ("current", "t_ref", "limited"), [(20, 0, True), (2, 0, False), (20, 2, False)]
    )
    @pytest.mark.parametrize("record", [None, Record(spikes=False)])
    def test_a_spike_due_in_every_step_is_flagged(self, current, t_ref, limited, record):
        # With 20 nA the cell climbs from reset to threshold in one step: 9,950 Hz. A neuron fires
        # at most in every second one.
        cell = LIF(t_ref=t_ref * ms)
        network = SpikingNetwork(
            (Population("a", 1, "GABA", cell=cell), Population("b", 1, "GABA")),
            (CurrentAfferent("x", "a", current * nA),),
        )
        recording = network.run(STIMULUS[:1, :30], trials=1, seed=1, engine="numpy", record=record)
        flags = [f for f in network.flags(recording) if "every second time step of 0.1 ms" in f]
        assert len(flags) == limited
        assert all(f.startswith("Neurons of 'a'") for f in flags)
        if limited:
            assert recording.rate.max() < 0.51 * cell.rate(current * nA)

    def test_likes_are_flagged_in_one_sentence(self):
        unclear = [GABA_A(reversal=e * mV) for e in (-62, -58, -54)]
        network = SpikingNetwork(
            (Population("a", 2, "GABA"), Population("b", 2, "GABA")),
            (CurrentAfferent("x", "a", 0 * pA),),
            tuple(
                Projection("a", "b", 1 * nS, receptor=r, name=f"p{k}")
                for k, r in enumerate(unclear)
            ),
        )
        silent, depends = network.flags(network.run(STIMULUS, trials=1, seed=1))
        assert silent == "2 populations are silent in every condition: 'a' and 'b'."
        values = "-62, -58 and -54 mV".replace("-", "\N{MINUS SIGN}")
        assert f"GABA_A in 'b' reverses at {values}, between rest" in depends


def test_a_network_runs_with_its_own_step_unless_told_otherwise():
    network = SpikingNetwork((E,), dt=0.5 * ms)
    assert network.default_step == 0.5e-3
    assert repr(network).endswith("dt=0.5 * ms)")
    assert network.run(STIMULUS, trials=1, seed=1).attrs["dt"] == 0.5e-3
    assert network.run(STIMULUS, trials=1, seed=1, dt=0.1 * ms).attrs["dt"] == 1e-4
    assert SpikingNetwork((E,)).default_step == 1e-4
    with pytest.raises(DescriptionError, match="SpikingNetwork, dt: wanted a value above 0 ms"):
        SpikingNetwork((E,), dt=0 * ms)
