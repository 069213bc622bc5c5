from .adapting_lif import AdaptingLIF as AdaptingLIF
from .adex import AdEx as AdEx
from .branched_cell import BranchedCell as BranchedCell
from .cell import Cell as Cell
from .eif import EIF as EIF
from .equation_cell import EquationCell as EquationCell
from .gap_junctions import GapJunctions as GapJunctions
from .grid_timed import GridAdEx as GridAdEx, GridEIF as GridEIF, GridLIF as GridLIF
from .lif import LIF as LIF
from .traub_miles import TraubMiles as TraubMiles
from .two_compartment import TwoCompartment as TwoCompartment
from .wang_buzsaki import WangBuzsaki as WangBuzsaki
