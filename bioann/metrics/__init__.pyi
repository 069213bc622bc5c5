from .across_models import ModelDifference as ModelDifference, ModelRatio as ModelRatio
from .agreement import (
    BIAS as BIAS,
    CORRELATION_OVER_CONDITIONS as CORRELATION_OVER_CONDITIONS,
    CORRELATION_OVER_TIME as CORRELATION_OVER_TIME,
    GAIN as GAIN,
    LAG as LAG,
    OFFSET as OFFSET,
    RMSE as RMSE,
    correlation_over_conditions as correlation_over_conditions,
    correlation_over_time as correlation_over_time,
    max_difference_percent as max_difference_percent,
    mean_bias as mean_bias,
    pearson_correlation as pearson_correlation,
    relative_rmse as relative_rmse,
    relative_rmse_percent as relative_rmse_percent,
    response_gain as response_gain,
    response_offset as response_offset,
    rmse as rmse,
)
from .aicc_difference import AiccDifference as AiccDifference
from .at_levels import AtLevels as AtLevels
from .constant import Constant as Constant
from .contrast import Contrast as Contrast, mean_at_levels as mean_at_levels
from .contrast_gain import (
    ContrastGain as ContrastGain,
    ResponseContrast as ResponseContrast,
    UnsignedContrast as UnsignedContrast,
    response_contrast as response_contrast,
)
from .coordinate_zero import (
    CoordinateSlope as CoordinateSlope,
    CoordinateZero as CoordinateZero,
)
from .cross_slope import CrossSlope as CrossSlope
from .crossing import (
    CrossingLevel as CrossingLevel,
    find_crossing as find_crossing,
    find_first_below as find_first_below,
    fit_zero_crossing as fit_zero_crossing,
)
from .curve_shift import CurveShift as CurveShift, ResponseCurve as ResponseCurve
from .decay_time import DecayTime as DecayTime
from .decision_time import (
    DecisionTime as DecisionTime,
    chronometric_curve as chronometric_curve,
)
from .difference import Difference as Difference, Ratio as Ratio
from .dose_ratio import DoseRatio as DoseRatio, SchildSlope as SchildSlope
from .drift_diffusion import DriftDiffusion as DriftDiffusion
from .early_excess import EarlyExcess as EarlyExcess
from .estimate import (
    CONFIDENCE_LEVEL as CONFIDENCE_LEVEL,
    Estimate as Estimate,
    JackknifeEstimate as JackknifeEstimate,
    ResampledEstimate as ResampledEstimate,
    find_p_value as find_p_value,
)
from .exponential_lobe import ExponentialLobe as ExponentialLobe
from .extreme_response import (
    LowestResponse as LowestResponse,
    PeakResponse as PeakResponse,
)
from .failure import (
    HighestFailingResponse as HighestFailingResponse,
    LowestFailingInput as LowestFailingInput,
    mark_failures as mark_failures,
)
from .first_spike_time import FirstSpikeTime as FirstSpikeTime
from .forgetting_curves import (
    ForgettingFit as ForgettingFit,
    fit_forgetting_curve as fit_forgetting_curve,
)
from .in_each_trial import (
    InEachTrial as InEachTrial,
    bins_as_conditions as bins_as_conditions,
)
from .information_criteria import CurveFamily as CurveFamily, aicc as aicc, bic as bic
from .input_effects import (
    EffectTurningLevel as EffectTurningLevel,
    LowestEffect as LowestEffect,
    SignChangePoint as SignChangePoint,
    effect_along as effect_along,
    effect_of_level as effect_of_level,
    effects_of_channels as effects_of_channels,
)
from .jackknife import (
    Sampling as Sampling,
    TrialWeights as TrialWeights,
    estimate_over_trials as estimate_over_trials,
    make_trial_weights as make_trial_weights,
)
from .lag import response_lag as response_lag
from .latency import Latency as Latency
from .linear_contrast_gain import LinearContrastGain as LinearContrastGain
from .magnification import (
    MagnificationExponent as MagnificationExponent,
    magnification_exponent as magnification_exponent,
)
from .map_order import TopographicError as TopographicError
from .memory import MemoryTimeConstant as MemoryTimeConstant, response_loss as response_loss
from .metric import Metric as Metric
from .of_match import OfMatch as OfMatch
from .parametric import ParametricMetric as ParametricMetric, TrialQuantity as TrialQuantity
from .pattern_overlap import mean_overlap as mean_overlap, overlap_ratio as overlap_ratio
from .profile import (
    ProfileCorrelation as ProfileCorrelation,
    ProfileSlope as ProfileSlope,
)
from .psychometric import (
    PsychometricDifference as PsychometricDifference,
    psychometric_curve as psychometric_curve,
    psychometric_metric as psychometric_metric,
)
from .recovery_time import RecoveryTime as RecoveryTime
from .relaxation import RelaxationTime as RelaxationTime
from .relay_delay import RelayDelay as RelayDelay
from .response_between import ResponseBetween as ResponseBetween
from .response_slope import ResponseSlope as ResponseSlope
from .savings import Savings as Savings
from .selection import (
    DifferenceOfMatches as DifferenceOfMatches,
    MeanBetween as MeanBetween,
    MeanResponse as MeanResponse,
    RatioOfMatches as RatioOfMatches,
    TaperedMean as TaperedMean,
    condition_levels as condition_levels,
    conditions_at as conditions_at,
    mean_over_conditions as mean_over_conditions,
)
from .share_correct import ShareCorrect as ShareCorrect
from .sign_products import CorrectSignProducts as CorrectSignProducts
from .signs import (
    RATE_INPUT_SLOPE as RATE_INPUT_SLOPE,
    SIGN_AGREEMENT as SIGN_AGREEMENT,
    SPIKING_INPUT_SLOPE as SPIKING_INPUT_SLOPE,
    WINNER_AGREEMENT as WINNER_AGREEMENT,
    estimate_input_slopes as estimate_input_slopes,
    mark_winners as mark_winners,
    sign_agreement as sign_agreement,
    winner_agreement as winner_agreement,
)
from .single_index import (
    MONOTONE_R2 as MONOTONE_R2,
    WeightRatio as WeightRatio,
    monotone_r2 as monotone_r2,
)
from .size_tuning import (
    PreferredSize as PreferredSize,
    SuppressionIndex as SuppressionIndex,
    predict_preferred_radius as predict_preferred_radius,
)
from .spiking import (
    CV_OF_ISI as CV_OF_ISI,
    FANO_FACTOR as FANO_FACTOR,
    SpikeMetric as SpikeMetric,
    count_spikes as count_spikes,
    cv_of_isi as cv_of_isi,
    estimate_spiking as estimate_spiking,
    fano_factor as fano_factor,
)
from .sum_explained import SumExplained as SumExplained
from .transition import (
    TransitionHeight as TransitionHeight,
    TransitionMidpoint as TransitionMidpoint,
    TransitionWidth as TransitionWidth,
    mean_by_coordinate as mean_by_coordinate,
)
from .tuning_centre import TuningCentre as TuningCentre
from .winners import WinnerJumps as WinnerJumps, WinnerShare as WinnerShare
