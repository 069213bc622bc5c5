from .activation_fits import ActivationFits as ActivationFits
from .activity_map import ActivityMap as ActivityMap
from .bars import ConditionBars as ConditionBars
from .computed_curves import (
    ComputedCurves as ComputedCurves,
    ComputedPoints as ComputedPoints,
    Curves as Curves,
    MeasureCurves as MeasureCurves,
)
from .decision_curves import (
    ChronometricCurves as ChronometricCurves,
    PsychometricCurves as PsychometricCurves,
)
from .named_figures import Drawing as Drawing, draw_figure as draw_figure
from .output_matrix import OutputMatrix as OutputMatrix
from .panels import PanelFigure as PanelFigure, Panels as Panels
from .response_curves import (
    ChannelEffects as ChannelEffects,
    EffectCurves as EffectCurves,
    ResponseCurves as ResponseCurves,
    TimeCourses as TimeCourses,
)
from .response_map import ResponseMap as ResponseMap
from .response_profile import ResponseProfile as ResponseProfile
from .score_curves import ScoreCurves as ScoreCurves
from .spike_raster import SpikeRaster as SpikeRaster
from .study_curves import StudyCurves as StudyCurves
