"""A user's own cells and receptors: translated as declared, and refused where they are not."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pF

import bioann as ba
from bioann.base.declared import from_field
from bioann.base.errors import DescriptionError
from bioann.bio.receptors import AMPA, DeltaSynapse, Receptor
from bioann.bio.theory.adiabatic import adiabatic_rate, effective_time_constant
from bioann.bio.theory.poisson_input import PoissonInput
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.bio.theory.siegert import is_siegert_valid, siegert_rate_of_cell
from bioann.bio.theory.synaptic_input import equivalent_exponential
from bioann.translate.effective_weights.measure import tabulate_effective_weights
from bioann.translate.target import target_population

LIF = ba.cells.LIF(C=50 * pF, g_L=2.5 * nS)


@dataclasses.dataclass(frozen=True)
class Undeclared(ba.cells.Cell):
    """A LIF of 50 pF and 2.5 nS whose fields have names of the user's own."""

    membrane: ba.SI = ba.quantity("pF", 50, above=0)
    leak: ba.SI = ba.quantity("nS", 2.5, above=0)
    rest: ba.SI = ba.quantity("mV", -65)
    peak: ba.SI = ba.quantity("mV", -50)
    back: ba.SI = ba.quantity("mV", -60)
    pause: ba.SI = ba.quantity("ms", 2)

    model = "dv/dt = (leak*(rest - v) + I_syn + I_inj)/membrane : volt (unless refractory)"
    threshold = "v > peak"
    reset = "v = back"

    def steady_rate(self, current, conductance, reversal_current, compartment="soma"):
        """Compute the same as by the equations, without waiting for them."""
        return LIF.steady_rate(current, conductance, reversal_current)


#: What a class declares, and the field that it is.
FIELDS = {
    "capacitance": "membrane",
    "leak_conductance": "leak",
    "resting_potential": "rest",
    "firing_threshold": "peak",
    "reset_potential": "back",
    "refractory_period": "pause",
}


def declare(*left_out):
    """Return an instance of a subclass that declares all but some quantities."""
    members = {name: from_field(field) for name, field in FIELDS.items()}
    members["spike_onset_width"] = 0.0
    for name in left_out:
        del members[name]
    return type("Own", (Undeclared,), members)()


OWN = declare()
INPUT = PoissonInput(400 * Hz, 0.5 * nS, 5 * ms, 0 * mV)


def driven_network(cell, receptor=None, weight=0.5 * nS):
    afferent = ba.Afferent("E", "cell", weight, receptor=receptor, fibres=20, rate=40 * Hz)
    return ba.SpikingNetwork((ba.Population("cell", 5, "glutamate", cell=cell),), (afferent,))


def operating_point(level=0.5):
    return ba.steps({"E": [level]}, duration=100 * ms).mean("time")


def test_the_closed_form_of_the_own_cell_is_the_rate_of_its_equations():
    drive = (np.array(60e-12), np.array(1e-9), np.array(-60e-12))
    assert ba.cells.Cell.steady_rate(OWN, *drive) == pytest.approx(OWN.steady_rate(*drive), 1e-6)


def test_a_spike_of_50_pF_over_10_mV_costs_500_fC():
    translation = ba.to_ann(driven_network(OWN))
    assert translation.decided_number("charge of a spike", "cell") == pytest.approx(500)
    assert translation.decided_number("rheobase", "cell") == pytest.approx(2.5 * 15)
    v = translation.decided_number("effective potential", "cell")
    weight = 20 * 0.5 * 5 * (0 - v) * 40 / 500 / 100  # nS ms mV: fC
    assert translation.network.W_in[0, 0] == pytest.approx(weight, rel=1e-6)


def test_an_own_cell_is_translated_as_the_shipped_cell_that_it_equals():
    own, shipped = (ba.to_ann(driven_network(cell)) for cell in (OWN, LIF))
    for one, other in zip(own.decisions, shipped.decisions, strict=True):
        if isinstance(one.value, float):
            assert one.value == pytest.approx(other.value, rel=1e-4, abs=1e-6), one.what
    ann = ba.RateNetwork(("a", "b"), [[0, 0], [-0.5, 0]], [[1], [1]], channels=("x",))
    options = {"inputs": "current", "transfers": dict.fromkeys(("units_glutamate", "units_GABA"),
               (1.0, 0.0)), "top": 60 * Hz}  # fmt: skip
    own, shipped = (ba.to_bio(ann, cell=cell, **options) for cell in (OWN, LIF))
    for quantity in ("rheobase", "charge of a spike", "potential of driving forces"):
        assert own.decided_number(quantity) == pytest.approx(
            shipped.decided_number(quantity), rel=1e-6
        )


def test_theories_take_what_a_cell_declares():
    assert float(effective_time_constant(OWN, (INPUT,))) == pytest.approx(50e-12 / 3.5e-9)
    for theory in (siegert_rate_of_cell, is_siegert_valid, adiabatic_rate):
        np.testing.assert_allclose(theory(OWN, (INPUT,)), theory(LIF, (INPUT,)), rtol=1e-5)


@pytest.mark.slow
def test_effective_weights_take_what_a_cell_declares():
    own, shipped = (
        tabulate_effective_weights(driven_network(cell), operating_point(), seed=1).iloc[0]
        for cell in (OWN, LIF)
    )
    # The same neurons under the same spikes.
    assert own.effective == pytest.approx(shipped.effective, rel=0.05)
    assert own.drive_mV == pytest.approx(shipped.drive_mV, abs=1e-9)
    # Mean conductance 20 x 20 Hz x 0.5 nS x 5 ms = 1 nS beside 2.5 nS of leak.
    quiet = tabulate_effective_weights(driven_network(OWN), operating_point(0.1), seed=1).iloc[0]
    assert quiet.drive_mV == pytest.approx(65 * 2.5 / (2.5 + 0.2))


def calls_that_need(quantity):
    """Yield the calls that cannot do without a quantity."""
    network = driven_network(declare(quantity))
    cell = declare(quantity)
    ann = ba.RateNetwork(("a",), W_in=[[1.0]], channels=("x",))
    yield lambda: ba.to_ann(network)
    if quantity not in ("capacitance", "leak_conductance", "spike_onset_width"):
        yield lambda: ba.to_bio(ann, cell=cell, rounds=1)
    if quantity != "spike_onset_width":
        yield lambda: tabulate_effective_weights(network, operating_point(), seed=1)
        yield lambda: siegert_rate_of_cell(cell, (INPUT,))
    if quantity in ("capacitance", "leak_conductance"):
        yield lambda: effective_time_constant(cell, (INPUT,))


@pytest.mark.parametrize("quantity", [*FIELDS, "spike_onset_width"])
def test_a_quantity_that_is_not_declared_is_never_assumed(quantity):
    message = rf"Own, {quantity}: wanted .*Declare `{quantity}` as a property or field"
    for call in calls_that_need(quantity):
        with pytest.raises(DescriptionError, match=message):
            call()


@pytest.mark.parametrize("cell", [ba.cells.AdaptingLIF(), ba.cells.TwoCompartment()])
def test_siegert_refuses_a_cell_that_declares_more_than_it_has(cell):
    """They have a threshold, a reset and a leak, and are no LIF cells."""
    with pytest.raises(DescriptionError, match="wanted a leaky integrate-and-fire cell, got one"):
        siegert_rate_of_cell(cell, (INPUT,))


def test_the_soma_of_two_compartments_loses_current_to_its_dendrite():
    cell = ba.cells.TwoCompartment(g_N=0 * nS)
    inputs = presynaptic_inputs(driven_network(cell), "cell", seed=0)
    assert inputs.cell.leak_conductance == pytest.approx(8e-9)
    target = target_population(driven_network(cell), "cell", seed=0)
    assert float(target.membrane_time_constant(np.zeros(()))) == pytest.approx(100 / 8 * 1e-3)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Bare(Receptor):
    """An AMPA receptor whose fields have names of the user's own, nothing declared."""

    fall: ba.SI = ba.quantity("ms", 5, above=0)
    E_rev: ba.SI = ba.quantity("mV", 0)

    name = "own"
    transmitter = "glutamate"
    model = "dg/dt = -g/fall : siemens"
    current = "g*(E_rev - v)"

    def on_spike(self, has_synapse_state=True):
        return "g += w"

    def time_course(self, t):
        return np.where(t < 0, 0.0, np.exp(-t / self.fall))

    def peak_value(self):
        return 1.0

    def time_integral(self):
        return float(self.fall)

    def driving_force(self, v):
        return self.E_rev - v

    def time_constants(self):
        return {}


class Declaring(Bare):
    reversal, decay_time = map(from_field, ("E_rev", "fall"))


def test_an_own_receptor_is_translated_as_the_shipped_one_that_it_equals():
    own, shipped = (ba.to_ann(driven_network(OWN, r)).network for r in (Declaring(), AMPA()))
    np.testing.assert_allclose(own.W_in, shipped.W_in, rtol=1e-9)
    assert own.time_constants() == pytest.approx(shipped.time_constants())
    assert equivalent_exponential(Declaring()) == pytest.approx(equivalent_exponential(AMPA()))


def test_a_receptor_without_a_declared_reversal_is_not_taken_for_a_current():
    for call in (
        lambda: ba.to_ann(driven_network(OWN, Bare())),
        lambda: presynaptic_inputs(driven_network(OWN, Bare()), "cell", seed=0).mean_input(
            {"E": np.ones(1)}, {}
        ),
    ):
        with pytest.raises(DescriptionError, match=r"Bare, reversal: .*None for a current"):
            call()


def test_a_receptor_without_a_current_is_refused():
    silent = type("Silent", (Declaring,), {"current": ""})
    with pytest.raises(DescriptionError, match="'own', current: wanted the Brian2 expression"):
        silent()


@pytest.mark.parametrize(
    "receptor", [ba.receptors.AMPA(), ba.receptors.GABA_A(), ba.receptors.NMDA(),
                 ba.receptors.GABA_B()], ids=lambda receptor: receptor.name,
)  # fmt: skip
def test_a_response_is_over_after_the_decay_time_that_is_declared(receptor):
    later = receptor.time_course(12 * receptor.decay_time) / receptor.peak_value()
    assert 0 < later < 1e-3
    # Its slowest exponential is the declared one.
    t = np.array([6.0, 7.0]) * receptor.decay_time
    late, later = receptor.time_course(t)
    assert later / late == pytest.approx(np.exp(-1), rel=0.02)


def test_a_step_of_the_potential_is_the_charge_of_the_capacitance():
    receptor = DeltaSynapse(transmitter="glutamate")
    network = driven_network(OWN, receptor, weight=0.2 * mV)
    target = target_population(network, "cell", seed=0)
    assert target.charge_per_input_spike(receptor, 0.2e-3, -55e-3) == pytest.approx(10e-15)
    # 20 fibres at 40 Hz times 10 fC are 8 pA: 3.2 mV over 2.5 nS.
    potential = target.mean_potential({"E": np.ones(1)}, {})
    assert potential == pytest.approx(-65e-3 + 3.2e-3)
