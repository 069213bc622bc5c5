"""Figures that a pair can choose for its report: ``figures=(ba.figures.ResponseCurves("light"),)``.

Each is a description that is called with a comparison and returns a drawing; `Panels` puts several
side by side.

>>> import bioann as ba
>>> figure = ba.figures.ResponseCurves("light", models=("bio", "ann"))
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
