"""What the pair `digits` shows: the images, and the ten outputs of both models to each."""

from __future__ import annotations

import numpy as np

import bioann as ba
from bioann.reporting.style import INK, Drawing, make_subplots


def draw_outputs(comparison: ba.Comparison) -> Drawing:
    """Draw every image above the outputs of both models to it, and mark what each model chose.

    Parameters
    ----------
    comparison : Comparison
        Of the pair; its conditions are images of 8 x 8 pixels, its matches the ten digits.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    biology, ann = steady["bio"].mean("trial"), steady["ann"]
    stimulus = comparison.responses["stimulus"].isel(stimulus_time=-1)
    pictures = stimulus.transpose("condition", "channel").values.reshape(-1, 8, 8)
    names = [str(name) for name in stimulus.condition.values]
    responses = {"ANN": ann, "biology": biology}
    outputs = {
        name: response.transpose("match", "condition").values
        for name, response in responses.items()
    }
    limit = max(abs(values).max() for values in outputs.values())
    figure, panels = make_subplots(1, 2, height=3.5, sharey=True)
    for panel, (title, values) in zip(panels, outputs.items(), strict=True):
        image = panel.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
        panel.plot(range(len(names)), values.argmax(axis=0), "o", ms=4, mfc="white", mec=INK)
        panel.set(xticks=range(len(names)), yticks=range(len(values)))
        panel.set_xticklabels(names, rotation=90)
        for k, picture in enumerate(pictures):
            inset = panel.inset_axes([k / len(names), 1.01, 1 / len(names), 0.13])
            inset.imshow(picture, cmap="gray", vmin=0, vmax=1)
            inset.set(xticks=[], yticks=[])
        panel.set_title(title, pad=30)
    panels[0].set_ylabel("output for digit")
    figure.colorbar(image, ax=panels, label="output [activation]", shrink=0.8)
    choices = {name: response.argmax(axis=0) for name, response in outputs.items()}
    n_equal = int((choices["ANN"] == choices["biology"]).sum())
    least_output = float(np.min([outputs[name][:, -2:].min(axis=0) for name in outputs]))
    return Drawing(
        figure,
        f"Outputs of both models to {len(names)} images; the largest output is the same digit for "
        f"{n_equal} of them. Least output to the black and the white image: {least_output:.1f}.",
        "Neurons give the outputs of the units, below zero as well, and choose the same digit for "
        f"{n_equal} of {len(names)} images. Circle: the largest output. Not even an all-black or "
        f"an all-white image makes every output 1. n: 1 neuron a unit and transmitter, "
        f"{steady.sizes['trial']} trials, one training.",
    )
