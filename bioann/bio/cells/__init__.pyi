from .adapting_lif import AdaptingLIF as AdaptingLIF
from .adex import AdEx as AdEx
from .cell import Cell as Cell
from .eif import EIF as EIF
from .lif import LIF as LIF
from .traub_miles import TraubMiles as TraubMiles
from .two_compartment import TwoCompartment as TwoCompartment
from .wang_buzsaki import WangBuzsaki as WangBuzsaki
