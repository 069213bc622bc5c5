from .agreement import (
    bias as bias,
)
from .agreement import (
    gain as gain,
)
from .agreement import (
    lag as lag,
)
from .agreement import (
    largest_difference as largest_difference,
)
from .agreement import (
    offset as offset,
)
from .agreement import (
    over_conditions as over_conditions,
)
from .agreement import (
    over_time as over_time,
)
from .agreement import (
    pearson as pearson,
)
from .agreement import (
    relative_difference as relative_difference,
)
from .agreement import (
    relative_rmse as relative_rmse,
)
from .agreement import (
    rmse as rmse,
)
from .bootstrap import (
    interval as interval,
)
from .bootstrap import (
    mean_over_trials as mean_over_trials,
)
from .bootstrap import (
    resamples as resamples,
)
from .bootstrap import (
    weights as weights,
)
from .contrast import Contrast as Contrast
from .contrast import mean_at as mean_at
from .crossing import (
    CrossingLevel as CrossingLevel,
)
from .crossing import (
    crossing as crossing,
)
from .crossing import (
    falls_below as falls_below,
)
from .crossing import (
    zero_of_line as zero_of_line,
)
from .curve_shift import Curve as Curve
from .curve_shift import CurveShift as CurveShift
from .fit_margin import Margin as Margin
from .fit_margin import margins as margins
from .information_criteria import Family as Family
from .information_criteria import aicc as aicc
from .information_criteria import bic as bic
from .input_effects import (
    Turn as Turn,
)
from .input_effects import (
    effect_along as effect_along,
)
from .input_effects import (
    effect_of_each as effect_of_each,
)
from .input_effects import (
    effect_of_level as effect_of_level,
)
from .latency import Latency as Latency
from .measures import (
    Computed as Computed,
)
from .measures import (
    Minus as Minus,
)
from .measures import (
    OfBiology as OfBiology,
)
from .measures import (
    OfOther as OfOther,
)
from .memory import Memory as Memory
from .memory import lost as lost
from .metric import Metric as Metric
from .psychometric import (
    PsychometricDifference as PsychometricDifference,
)
from .psychometric import (
    psychometric as psychometric,
)
from .psychometric import (
    psychometric_difference as psychometric_difference,
)
from .relay_delay import RelayDelay as RelayDelay
from .selection import (
    Highest as Highest,
)
from .selection import (
    MeanBetween as MeanBetween,
)
from .selection import (
    RatioOfMatches as RatioOfMatches,
)
from .selection import (
    TaperedMean as TaperedMean,
)
from .selection import (
    at_levels as at_levels,
)
from .selection import (
    level_of as level_of,
)
from .selection import (
    mean_where as mean_where,
)
from .sign_products import Products as Products
from .signs import (
    sign_agreement as sign_agreement,
)
from .signs import (
    slopes as slopes,
)
from .signs import (
    winner_agreement as winner_agreement,
)
from .signs import (
    winners as winners,
)
from .single_index import IndexRatio as IndexRatio
from .single_index import monotone_r2 as monotone_r2
from .spiking import (
    counts as counts,
)
from .spiking import (
    cv_isi as cv_isi,
)
from .spiking import (
    fano as fano,
)
from .spiking import (
    spiking_scores as spiking_scores,
)
from .transition import Fall as Fall
from .transition import FallWidth as FallWidth
from .transition import HalfFall as HalfFall
from .transition import curve as curve
