"""Lessons: guided pages with two sliders each, driven by simulated responses of a named pair.

A `Lesson` describes a page and never runs anything; `compute_responses` runs both models of its
pair at every position of the sliders; `write_lessons` writes pages and notebooks.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
