"""The report of an explanation: what a classifier would be as neurons, and what is lost."""

from __future__ import annotations

from functools import lru_cache

from bioann.base.text import format_number
from bioann.reporting.document import Block, Document, Notice, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.classifier import draw_accuracy, draw_layer_signs
from bioann.translate.explain.decisions_over_time import UNDECIDED
from bioann.translate.explain.explanation import Explanation
from bioann.translate.explain.losses import AGREEMENT, LOSS, RATE_ACCURACY, SPIKING_ACCURACY

QUESTION = "What would this network be as neurons that obey Dale's principle, and what is lost?"
#: Disagreements that the table lists at most.
MAX_DISAGREEMENTS = 12


# The HTML and the PDF share one document, because drawing takes most of the time.
@lru_cache(maxsize=2)
def make_explanation_document(explanation: Explanation) -> Document:
    """Write the report of an explanation.

    Parameters
    ----------
    explanation : Explanation
        The result of `bioann.explain`.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    return Document(
        title=f"{explanation.name} as spiking neurons",
        question=QUESTION,
        summary=summarise_explanation(explanation),
        verdicts=(),
        sections=(
            _make_loss_section(explanation),
            _make_neuron_section(explanation),
            _make_sign_section(explanation),
            _make_disagreement_section(explanation),
            _make_limits_section(explanation),
        ),
        key_figure=to_figure_block(draw_accuracy(explanation), "accuracy"),
        footer=f"bioann explain, {explanation.name}, seed {explanation.provenance['seed']}",
    )


def summarise_explanation(explanation: Explanation) -> str:
    """Summarise losses and costs in a few sentences."""
    cost = explanation.costs.iloc[0]
    n = len(explanation.labels)
    return (
        f"As {cost.neurons:,.0f} spiking neurons the network classifies "
        f"{_format_share(explanation, SPIKING_ACCURACY)} of {n} samples correctly, and as a rate "
        f"model {_format_share(explanation, RATE_ACCURACY)}; accuracy lost: "
        f"{_format_points(explanation)}. Both decide alike on "
        f"{_format_share(explanation, AGREEMENT)}. A decision takes {cost.decision_s * 1e3:.0f} ms "
        f"(median) and {cost.spikes:,.0f} spikes in a presentation of "
        f"{explanation.provenance['presentation']}."
    )


def _format_share(explanation: Explanation, quantity: str) -> str:
    value, low, high = explanation.get_loss(quantity)
    return f"{value:.1%} [{low:.1%}, {high:.1%}]"


def _format_points(explanation: Explanation) -> str:
    points = [100 * x for x in explanation.get_loss(LOSS)]
    value, low, high = (f"{x:z.1f}".replace("-", "\N{MINUS SIGN}") for x in points)
    return f"{value} percentage points [{low}, {high}]"


def _make_loss_section(explanation: Explanation) -> Section:
    rows = tuple(
        (
            quantity,
            _format_points(explanation) if quantity == LOSS else _format_share(
                explanation, quantity),
        )
        for quantity in (RATE_ACCURACY, SPIKING_ACCURACY, LOSS, AGREEMENT)
    )  # fmt: skip
    table = Table(
        "Accuracy of both models",
        ("quantity", "value [95 % CI]"),
        rows,
        f"n: {len(explanation.labels)} of the {explanation.n_available} samples that were passed, "
        "chosen at random. Shares: exact binomial intervals; accuracy lost: paired interval of "
        "Bonett and Price (2012). Accuracies are those of these samples: if the network was "
        "trained on them, both are too high.",
        ("left", "right"),
    )
    return Section("What is lost", (table,))


def _make_neuron_section(explanation: Explanation) -> Section:
    sizes = "-".join(map(str, explanation.sizes))
    rows = tuple(
        (
            f"{row.neurons_per_unit}",
            f"{row.neurons:,}",
            f"{row.dale_neurons:,}",
            f"{row.synapses:,}",
            f"{row.spikes:,.0f}",
            f"{row.decision_s * 1e3:.0f} ({row.slow_decision_s * 1e3:.0f})",
            f"{row.accuracy:.1%}",
        )
        for row in explanation.costs.itertuples()
    )
    return Section(
        "What it would be",
        (
            Paragraph(
                f"The rate model has {sizes} inputs and units and {explanation.n_weights:,} "
                "weights. Each unit and each input becomes a glutamatergic neuron (two, ON and "
                "OFF, where it can be negative) and, if it has negative weights, a GABAergic "
                "partner with the same input. A positive weight becomes an excitatory "
                "conductance, a negative one an inhibitory conductance of the partner."
            ),
            Table(
                "Size and cost of the spiking model",
                ("neurons per unit", "neurons", "for Dale's principle", "synapses",
                 "spikes per sample", "decision time [ms]", "accuracy"),
                rows,
                "Decision time: shortest presentation from which on the decision stays the same; "
                "median, in brackets the 95 % quantile. Spikes: of all neurons, during a "
                f"presentation of {explanation.provenance['presentation']}.",
            ),
        ),
    )  # fmt: skip


def _make_sign_section(explanation: Explanation) -> Section:
    layers = explanation.census.layers
    rows = tuple(
        (
            row.layer,
            row.weights,
            f"{row.n:,}",
            f"{row.negative:.1%}",
            f"{row.mixed:.1%}",
            *map(format_number, (row.excitation, row.inhibition, row.balance)),
        )
        for row in layers.itertuples()
    )
    table = Table(
        "Signs of the weights by layer",
        ("layer", "array", "weights", "negative", "sources of both signs", "E", "I", "balance"),
        rows,
        "E, I: sums of the positive weights and of the magnitudes of the negative ones; balance: "
        "(E \N{MINUS SIGN} I) / (E + I). A source whose weights have both signs does not "
        "correspond to one neuron.",
    )
    return Section("Signs", (to_figure_block(draw_layer_signs(layers), "signs"), table))


def _make_disagreement_section(explanation: Explanation) -> Section:
    table = explanation.disagreements
    if not len(table):
        n = len(explanation.labels)
        text = f"Both models made the same decision on each of {n} samples."
        return Section("Disagreements", (Notice("good", text), *_make_cause_table(explanation)))
    rows = tuple(
        (
            f"{row.sample}",
            f"{row.label}",
            *("none" if choice == UNDECIDED else f"{choice}" for choice in (row.rate, row.spiking)),
            row.diagnosis,
        )
        for row in table.head(MAX_DISAGREEMENTS).itertuples()
    )
    n_more = len(table) - len(rows)
    more = f" {n_more} more disagreements are in the JSON file." if n_more else ""
    blocks: list[Block] = [
        Table(
            f"Samples on which the models disagree: {len(table)} of {len(explanation.labels)}",
            ("sample", "class", "rate model", "spiking model", "diagnosis"),
            rows,
            "Sample: row in the data, from 0. None: several outputs are the largest. Diagnosis: "
            "how close the decision is in both models, then the layers in which errors arise, "
            f"with their cause.{more}",
        ),
        *_make_cause_table(explanation),
    ]
    return Section("Disagreements", tuple(blocks))


def _make_cause_table(explanation: Explanation) -> tuple[Table, ...]:
    """Tabulate where errors arise, over all samples on which the models disagree."""
    causes = explanation.causes
    if not len(causes):
        return ()
    rows = tuple(
        (row.layer, f"{row.units.count(',') + 1}", row.cause, row.evidence, row.do)
        for row in causes.itertuples()
    )
    scope = "the samples above" if len(explanation.disagreements) else "all samples"
    return (
        Table(
            f"Where units differ from their targets, over {scope}",
            ("layer", "units", "cause", "evidence", "remedy"),
            rows,
            "Units whose root mean square error exceeds 5 % of the layer's largest activation.",
        ),
    )


def _make_limits_section(explanation: Explanation) -> Section:
    n = len(explanation.labels)
    source = (
        f"on {explanation.n_calibration} other samples"
        if explanation.n_calibration
        else "on drawn inputs"
    )
    settings = "; ".join(f"{name}: {value}" for name, value in explanation.provenance.items())
    blocks: list[Block] = [
        Paragraph(
            f"Gains and offsets are calibrated {source}; the {n} samples serve for the comparison "
            f"only. Half the time step changes {explanation.n_changed} of {n} decisions. "
            "The decision is the output with the highest mean rate in the last 60 % of the "
            f"presentation. {settings}."
        ),
        *(Notice("note", note) for note in explanation.notes),
        *(Notice("warning", str(flag)) for flag in explanation.translation.flags),
    ]
    return Section("Method and limitations", tuple(blocks))
