from .agreement import (
    bias as bias,
    gain as gain,
    lag as lag,
    largest_difference as largest_difference,
    offset as offset,
    over_conditions as over_conditions,
    over_time as over_time,
    pearson as pearson,
    relative_difference as relative_difference,
    relative_rmse as relative_rmse,
    rmse as rmse,
)
from .bootstrap import (
    interval as interval,
    mean_over_trials as mean_over_trials,
    resamples as resamples,
    weights as weights,
)
from .contrast import Contrast as Contrast, mean_at as mean_at
from .crossing import (
    CrossingLevel as CrossingLevel,
    falls_below as falls_below,
    find_crossing as find_crossing,
    zero_of_line as zero_of_line,
)
from .curve_shift import Curve as Curve, CurveShift as CurveShift
from .fit_margin import Margin as Margin, margins as margins
from .information_criteria import Family as Family, aicc as aicc, bic as bic
from .input_effects import (
    Turn as Turn,
    effect_along as effect_along,
    effect_of_each as effect_of_each,
    effect_of_level as effect_of_level,
)
from .latency import Latency as Latency
from .measures import (
    Computed as Computed,
    Minus as Minus,
    OfBiology as OfBiology,
    OfOther as OfOther,
)
from .memory import Memory as Memory, lost as lost
from .metric import Metric as Metric
from .psychometric import (
    PsychometricDifference as PsychometricDifference,
    psychometric_curve as psychometric_curve,
    psychometric_difference as psychometric_difference,
)
from .relay_delay import RelayDelay as RelayDelay
from .selection import (
    Highest as Highest,
    MeanBetween as MeanBetween,
    RatioOfMatches as RatioOfMatches,
    TaperedMean as TaperedMean,
    at_levels as at_levels,
    level_of as level_of,
    mean_where as mean_where,
)
from .sign_products import Products as Products
from .signs import (
    sign_agreement as sign_agreement,
    slopes as slopes,
    winner_agreement as winner_agreement,
    winners as winners,
)
from .single_index import IndexRatio as IndexRatio, monotone_r2 as monotone_r2
from .spiking import (
    counts as counts,
    cv_isi as cv_isi,
    fano as fano,
    spiking_scores as spiking_scores,
)
from .transition import Fall as Fall, FallWidth as FallWidth, HalfFall as HalfFall, curve as curve
