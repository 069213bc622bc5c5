from .branches import Branches as Branches
from .convolution import Conv2d as Conv2d
from .dense import Dense as Dense
from .dropout import Dropout as Dropout
from .dynamic_quantisation import DynamicQuantize as DynamicQuantize
from .excitatory_inhibitory import ExcitatoryInhibitory as ExcitatoryInhibitory
from .flatten import Flatten as Flatten
from .gru import GRU as GRU
from .layer import Layer as Layer
from .lstm import LSTM as LSTM
from .pointwise import Pointwise as Pointwise
from .pooling import AveragePool as AveragePool, MaxPool as MaxPool
from .radial_basis import RadialBasis as RadialBasis
from .rearrange import Rearrange as Rearrange
from .recurrent import Recurrent as Recurrent
from .rescale import Rescale as Rescale
from .self_organising_map import SelfOrganisingMap as SelfOrganisingMap
from .softmax import LogSoftmax as LogSoftmax, Softmax as Softmax
from .sub_lstm import SubLSTM as SubLSTM
from .whole_sequence import WholeSequence as WholeSequence
