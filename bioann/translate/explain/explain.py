"""Ask of a trained classifier what it would be as spiking neurons, and what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brian2 import ms

from bioann.base.arguments import name_argument_errors
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.units import SI
from bioann.translate.explain.explanation import Explanation
from bioann.translate.explain.plan_explanation import DEFAULT_SAMPLES, plan_explanation


@name_argument_errors
def explain(
    model: Any,
    X: Any,
    y: Any,
    *,
    seed: int = DEFAULT_SEED,
    samples: int = DEFAULT_SAMPLES,
    neurons_per_unit: Sequence[int] | None = None,
    presentation: SI = 500 * ms,
    engine: str = "auto",
    output: str | None = None,
    activation: Any = None,
) -> Explanation:
    """Translate a trained classifier into Dale-conforming conductance neurons, and list the loss.

    Up to 100 of the samples calibrate the translation (`bioann.to_bio`); others, at most `samples`,
    are shown to both models. Pass samples that were not used in training: accuracies are those of
    what is passed.

    Parameters
    ----------
    model : LayeredNetwork, str or pathlib.Path
        The classifier, or a file that holds it: ONNX, ``.npz`` or ``.safetensors``
        (`bioann.interop.read_network`). A softmax at its end is left out.
    X : array_like, shape (sample, ...) or (sample, channel)
        Inputs in the units in which it was trained.
    y : array_like, shape (sample,)
        Class of each sample, whole numbers from 0.
    seed : int, optional
        Seed of the choice of samples and of the runs.
    samples : int, optional
        Largest number of samples that are simulated.
    neurons_per_unit : sequence of int, optional
        Copies of each neuron, one translation for each number; the first is reported, the others
        show what more neurons gain. Unless given 1, 2 and 4, without those that would take longer
        than a minute.
    presentation : quantity, optional
        Duration for which each sample is shown, at least 50 ms. The decision is the class with
        the highest mean rate in the last 60 % of it.
    engine : str, optional
        Engine of the spiking model, as for `SpikingNetwork.run`.
    output, activation : optional
        What files leave open, as for `bioann.interop.read_network`.

    Returns
    -------
    Explanation
        Tables of losses, costs, disagreements and signs; `bioann.report` writes it as a page.

    Raises
    ------
    StimulusError
        If inputs or labels do not fit the network.
    DescriptionError
        If neurons cannot express the network, or an option is out of range.
    ForeignFileError
        If a file is broken.

    Examples
    --------
    >>> import bioann as ba
    >>> explanation = ba.explain("classifier.onnx", X_test, y_test)  # doctest: +SKIP
    >>> ba.report(explanation, "classifier.html", "classifier.pdf")  # doctest: +SKIP
    """
    return plan_explanation(
        model,
        X,
        y,
        seed=seed,
        samples=samples,
        neurons_per_unit=neurons_per_unit,
        presentation=presentation,
        engine=engine,
        output=output,
        activation=activation,
    ).run()
