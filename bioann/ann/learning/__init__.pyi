from .bcm import BCM as BCM
from .error_driven import ErrorDriven as ErrorDriven
from .fast_slow import FastSlow as FastSlow
from .hebb import Hebb as Hebb, Oja as Oja
from .homeostatic import Homeostatic as Homeostatic
from .learning_rule import LearningRule as LearningRule
from .plastic_network import PlasticRateNetwork as PlasticRateNetwork
from .three_factor import ThreeFactor as ThreeFactor
