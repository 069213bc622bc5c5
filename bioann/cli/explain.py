"""``bioann explain``: what a trained classifier would be as spiking neurons, and what is lost."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import click

from bioann.cli.echo import echo
from bioann.cli.options import engine_option, seed_option
from bioann.cli.startup import speed_up_imports

#: Formats of the report, without their dots.
FORMATS = ("html", "pdf", "json")


@click.command(
    "explain",
    epilog="\b\nExample:\n"
    "  bioann explain classifier.onnx --data digits.npz\n"
    "  bioann explain weights.npz --data X.npy,y.npy --samples 100 --out reports\n"
    "  bioann explain graph.nir",
)
@click.argument(
    "model", metavar="MODEL.onnx|.npz|.safetensors|.nir", type=click.Path(path_type=Path)
)
@click.option(
    "--data",
    metavar="FILE",
    help="Labelled samples that were not used in training: a .npz file with the arrays X and y, "
    "two files X.npy,y.npy, or a .csv file with a column y. Needed, except for a .nir file.",
)
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="Largest number of samples that are simulated.",
)
@click.option(
    "--neurons-per-unit",
    metavar="N,...",
    help="Copies of each neuron: one translation for each number, the first is reported.  "
    "[default: 1,2,4, without what takes too long]",
)
@click.option(
    "--presentation",
    type=click.FloatRange(50),
    default=500,
    show_default=True,
    help="Duration in ms for which each sample is shown.",
)
@click.option("--activation", help="Hidden layers of a file of weights.  [default: relu]")
@click.option("--output", help="Name of the tensor of an ONNX file that is the output.")
@seed_option
@engine_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for MODEL.html, .pdf and .json.",
)
def explain_classifier(
    model: Path,
    data: str | None,
    samples: int,
    neurons_per_unit: str | None,
    presentation: float,
    activation: str | None,
    output: str | None,
    seed: int,
    engine: str,
    out: Path,
) -> None:
    """Translate a trained classifier into spiking neurons, and report what is lost.

    One page: accuracy of both models with intervals, samples on which they disagree and why,
    neurons, synapses, spikes and time of a decision, accuracy against presentation time and neurons
    per unit, and the signs of the weights. No code in a file is executed.

    A graph of NIR is no classifier: its units, time constants and weights are printed instead.
    """
    if model.suffix.lower() == ".nir":
        explain_graph(model)
        return
    with speed_up_imports():
        from brian2 import ms

        from bioann.base.files import check_writable
        from bioann.reporting.explanation_document import summarise_explanation
        from bioann.reporting.report import report
        from bioann.translate.explain.plan_explanation import plan_explanation

    copies = None if neurons_per_unit is None else parse_copies(neurons_per_unit)
    X, y = _read_samples(model, data)
    with warnings.catch_warnings(record=True) as messages:
        warnings.simplefilter("always")
        plan = plan_explanation(
            model, X, y, seed=seed, samples=samples, neurons_per_unit=copies,
            presentation=presentation * ms, engine=engine, output=output, activation=activation,
        )  # fmt: skip
    for message in messages:
        echo(f"note: {message.message}")
    check_writable(out)
    echo(plan.describe())
    explanation = plan.run()
    echo(summarise_explanation(explanation))
    for note in (*explanation.notes, *explanation.translation.flags):
        echo(f"note: {note}")
    paths = [out / f"{model.stem}.{ending}" for ending in FORMATS]
    report(explanation, *paths)
    echo(f"wrote {' '.join(map(str, paths))}")


def _read_samples(model: Path, data: str | None) -> Any:
    """Return the labelled samples; for a file that no data would help, the error that says why."""
    from bioann.ann.interop.foreign_formats import EXPORTS, foreign_ending_error
    from bioann.ann.interop.read_network import NETWORK_ENDINGS
    from bioann.ann.tasks.labelled_files import read_labelled_samples

    if model.suffix.lower() in EXPORTS:
        raise foreign_ending_error(f"model {model}", model.suffix.lower(), NETWORK_ENDINGS)
    if data is None:
        raise click.MissingParameter(param_hint="'--data'", param_type="option")
    return read_labelled_samples(data)


def explain_graph(model: Path) -> None:
    """Print the rate network of a NIR graph, and which scales its translation needs."""
    with speed_up_imports():
        from bioann.ann.activations.transfer_functions import LIFRate
        from bioann.ann.interop.read_nir import from_nir
        from bioann.ann.interop.summarise_rate_network import summarise_rate_network

    network = from_nir(model)
    for line in summarise_rate_network(network):
        echo(line)
    in_hertz = [
        unit
        for unit, phi in zip(network.units, network.activation, strict=True)
        if isinstance(getattr(phi, "inner", phi), LIFRate)
    ]
    if in_hertz:
        echo(
            f"note: {len(in_hertz)} units are spiking neurons, {in_hertz[0]!r} the first; their "
            "activation is a firing rate in Hz. A spiking model from bioann.to_bio needs the rate "
            "of activation 1: divide their height by it, multiply the weights from them by it."
        )
    else:
        echo(f"A spiking model: bioann translate {model.name} --to bio --out pair.py")


def parse_copies(text: str) -> tuple[int, ...]:
    """Return the numbers of ``--neurons-per-unit``; whole numbers separated by commas."""
    try:
        return tuple(int(item) for item in text.split(","))
    except ValueError as error:
        raise click.BadParameter(
            f"wanted whole numbers separated by commas, got {text!r}. Try 1,2,4.",
            param_hint="--neurons-per-unit",
        ) from error
