import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, pF

from bioann.base.errors import DescriptionError, DimensionError, UnknownNameError
from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.lif import LIF
from bioann.bio.cells.traub_miles import TraubMiles
from bioann.bio.cells.two_compartment import TwoCompartment
from bioann.bio.cells.wang_buzsaki import WangBuzsaki
from bioann.bio.injection import Injection
from bioann.bio.population import Population
from bioann.bio.receptors import AMPA, GABA_A


def test_a_background_has_the_rate_that_gives_its_mean():
    # mean = rate * quantum * tau, in nS: rate = 12 / (0.5 * 0.005) = 4800 Hz.
    background = Background(12 * nS, quantum=0.5 * nS)
    assert background.rate == pytest.approx(4800)
    assert background.rate * 0.5e-9 * 5e-3 == pytest.approx(12e-9)
    slow = Background(12 * nS, GABA_A(tau=20 * ms))
    assert slow.rate * 1e-9 * 20e-3 == pytest.approx(12e-9)


def test_a_conductance_alone_is_an_ampa_background():
    one = Population("a", 3, "GABA", background=3 * nS)
    assert one.background == (Background(3 * nS, AMPA(), 1 * nS),)
    two = Population("a", 3, "GABA", background=[Background(3 * nS), Background(2 * nS, "GABA_A")])
    assert [b.receptor for b in two.background] == [AMPA(), GABA_A()]
    assert Population("a", 3, "GABA").background == ()
    assert Population("a", 3, "GABA", background=0 * nS).background == ()


def test_a_count_may_come_from_numpy():
    assert Population("a", np.int64(3), "GABA") == Population("a", 3, "GABA")
    assert Afferent("x", "a", 1 * nS, fibres=np.int32(4)).fibres == 4


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"name": "4a"}, DescriptionError, "Population, name: .*got '4a'"),
        ({"name": "a b"}, DescriptionError, "letters, digits and underscores"),
        ({"name": ""}, DescriptionError, "Population, name"),
        ({"n": 0}, DescriptionError, "Population 'a', n: wanted a whole number >= 1"),
        ({"n": 2.0}, DescriptionError, "Population 'a', n"),
        ({"n": True}, DescriptionError, "Population 'a', n"),
        ({"transmitter": "glutamat"}, UnknownNameError, "Did you mean 'glutamate'"),
        ({"cell": "LIF"}, DescriptionError, "wanted a cell model"),
        ({"background": -1 * nS}, DescriptionError, "Background: wanted a conductance >= 0"),
        ({"background": 1 * pA}, DimensionError, "Background, conductance"),
        ({"background": 3}, DimensionError, "Background, conductance"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(wrong, kind, message):
    with pytest.raises(kind, match=message):
        Population(**({"name": "a", "n": 3, "transmitter": "GABA"} | wrong))


def test_an_injected_conductance_is_a_magnitude_too():
    assert Injection("a", 10 * pA).conductance == 0
    with pytest.raises(DescriptionError, match="Injection into 'a': wanted a conductance >= 0"):
        Injection("a", conductance=-1 * nS)
    with pytest.raises(UnknownNameError, match="name of a receptor, got 'GABA'"):
        Injection("a", conductance=1 * nS, receptor="GABA")


class TestCells:
    """What cells say of themselves."""

    def test_default_lif(self):
        assert LIF().time_constants() == {"membrane": pytest.approx(20e-3)}
        assert (LIF().resting_potential, LIF().firing_threshold) == (
            pytest.approx(-65e-3),
            pytest.approx(-50e-3),
        )

    def test_default_adex(self):
        assert AdEx().time_constants() == {
            "membrane": pytest.approx(281 / 30 * 1e-3),
            "adaptation": pytest.approx(144e-3),
        }
        assert AdEx().firing_threshold == pytest.approx(-50.4e-3)

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda: LIF(V_r=-50 * mV),
            lambda: LIF(C=0 * pF),
            lambda: LIF(g_L=-1 * nS),
            lambda: LIF(t_ref=-1 * ms),
            lambda: AdEx(V_cut=-60 * mV),
            lambda: AdEx(V_r=-20 * mV),
            lambda: AdEx(Delta_T=0 * mV),
            lambda: AdEx(a=-31 * nS),
            lambda: TraubMiles(V_T=-80 * mV),
            lambda: WangBuzsaki(E_L=-50 * mV),
            lambda: TwoCompartment(E_N=-90 * mV),
        ],
    )
    def test_a_cell_that_cannot_be_is_refused(self, wrong):
        with pytest.raises(DescriptionError, match=r"LIF|AdEx|TraubMiles|WangBuzsaki|TwoComp"):
            wrong()

    @pytest.mark.parametrize("cell", [LIF(), AdEx()])
    def test_every_parameter_is_told_with_its_unit_and_source(self, cell):
        parameters = cell.parameters()
        assert "the pair" not in {p.source for p in parameters}
        assert all(p.symbol and p.meaning and p.unit and p.source for p in parameters)
        assert len(parameters) == len(cell.brian_namespace())

    def test_a_number_of_the_pairs_own_is_not_put_down_to_the_paper(self):
        parameters = {p.meaning: p for p in LIF(C=250 * pF).parameters()}
        assert (
            parameters["membrane capacitance"].value,
            parameters["membrane capacitance"].source,
        ) == (
            "250",
            "the pair",
        )
        assert parameters["leak conductance"].source == LIF().parameters()[1].source
        assert parameters["leak reversal potential"].value == "\N{MINUS SIGN}65"

    @pytest.mark.parametrize("cell", [LIF(), AdEx()])
    def test_cells_start_between_rest_and_threshold(self, cell):
        potentials = cell.draw_initial_state(np.random.default_rng(1), 100)["v"]
        assert (potentials >= cell.resting_potential).all()
        assert (potentials <= cell.firing_threshold).all()
