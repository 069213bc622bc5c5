from .axis import LessonAxis as LessonAxis
from .catalogue import find_lesson as find_lesson, list_lessons as list_lessons
from .effects import (
    Effect as Effect,
    EffectiveWeight as EffectiveWeight,
    LossPerRate as LossPerRate,
    ResponseItself as ResponseItself,
)
from .figure import draw_responses as draw_responses
from .lesson import AtlasVerdict as AtlasVerdict, Lesson as Lesson, Prediction as Prediction
from .responses import LessonResponses as LessonResponses, compute_responses as compute_responses
from .write import write_lessons as write_lessons
