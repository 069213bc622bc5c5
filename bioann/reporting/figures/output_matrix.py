"""All outputs of both models to all conditions at once, with the images that they saw."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bioann.reporting import style
from bioann.reporting.figures.panels import PanelFigure
from bioann.reporting.figures.summaries import average_over_window, average_trials

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OutputMatrix(PanelFigure):
    """Steady responses of all matches to all conditions, the largest of each marked.

    Parameters
    ----------
    image_shape : tuple of int
        Rows and columns of the images whose pixels the channels are, in their order; drawn above.
    model : str, optional
        Draw only this model.
    """

    image_shape: tuple[int, int]
    model: str = ""
    height: float = dataclasses.field(default=3.5, kw_only=True)
    share_y: bool = dataclasses.field(default=True, kw_only=True)

    def split(self) -> tuple[PanelFigure, ...]:
        """Return a figure for each model."""
        titles = {"ann": "rate model", "bio": "spiking model"}
        return tuple(
            dataclasses.replace(self, model=model, heading=title) for model, title in titles.items()
        )

    def draw_panel(self, panel: Axes, comparison: Any) -> str:
        """Draw the matrix of one model, its choices and the images."""
        steady, stimulus = average_over_window(comparison)
        outputs = average_trials(steady[self.model]).transpose("match", "condition")
        limit = max(float(abs(average_trials(steady[model])).max()) for model in ("bio", "ann"))
        colours: style.ArtistKwargs = {"cmap": "PuOr", "vmin": -limit, "vmax": limit}
        mesh = panel.imshow(outputs, aspect="auto", **colours)
        names, n = outputs.match.values, outputs.sizes["condition"]
        choices = outputs.values.argmax(axis=0)
        panel.plot(range(n), choices, "o", ms=4, mfc="white", mec=style.INK)
        panel.set_xticks(range(n), outputs.condition.values, rotation=90)
        panel.set_yticks(range(len(names)), names)
        pictures = stimulus.transpose("condition", "channel").values
        for k, picture in enumerate(pictures.reshape(-1, *self.image_shape)):
            inset = panel.inset_axes((k / n, 1.01, 1 / n, 0.13))
            inset.imshow(picture, cmap="gray", vmin=0, vmax=1)
            inset.set(xticks=[], yticks=[])
        if self.model == "bio":  # the last panel; both have the same colours
            panel.figure.colorbar(mesh, ax=panel, label="output [activation]")
        return f"Largest output of {self.heading}: {', '.join(map(str, names[choices]))}."

    def describe_marks(self, comparison: Any) -> str:
        """Count the conditions in which both models have the same largest output."""
        steady, _ = average_over_window(comparison)
        bio, ann = (average_trials(steady[model]).argmax("match") for model in ("bio", "ann"))
        n_equal = int((bio == ann).sum())
        return f"Circle: the largest output, the same for {n_equal} of {bio.size} conditions."
