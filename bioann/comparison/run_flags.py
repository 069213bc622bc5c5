"""Flags of a run: of its models, of its numbers of trials and wirings, of a derived model."""

from __future__ import annotations

from bioann import model
from bioann.ann.network import RateNetwork
from bioann.base.derivation import Flag
from bioann.comparison.looks import read_looks
from bioann.pair import Pair
from bioann.recordings.wirings import count_wirings
from bioann.runs.provenance import DIVERGED_SHUFFLES
from bioann.runs.run import Run
from bioann.translate.to_ann.validity import OUT_OF_RANGE_KIND, flag_out_of_range
from bioann.translate.translation import Translation


def collect_flags(run: Run[Pair]) -> tuple[str, ...]:
    """Return the flags of a run that its models, its trials and a translation give reason to."""
    looks = read_looks(run.attrs)
    flags = [] if looks is None else [looks.describe_look(int(run.attrs["trials"]))]
    flags += [
        *model.flags_of(run.pair.bio, run["bio"].to_dataset()),
        *model.flags_of(run.pair.ann, run["ann"].to_dataset()),
        *flag_derivation(run),
    ]
    if run["bio"].sizes["trial"] < 5 and run["bio"].attrs.get("random") != 0:
        flags.append("Fewer than five trials: the intervals are coarse.")
    if model.has_drawn_wiring(run.pair.bio) and count_wirings(run["bio"]) == 1:
        flags.append(
            "Connections or parameters of the network are random, and all trials have the same "
            "ones: the intervals leave out how much one wiring differs from another."
        )
    return (*flags, *flag_chance_level(run))


def flag_chance_level(run: Run[Pair]) -> tuple[str, ...]:
    """Flag a chance level that is missing, or that leaves out some of the shuffled rate models."""
    n_diverged, with_chance = int(run.attrs.get(DIVERGED_SHUFFLES, 0)), "chance" in run.children
    if n_diverged and with_chance:
        n = n_diverged + run["chance"].sizes["shuffle"]
        return (
            f"The chance level leaves out {n_diverged} of {n} rate models with shuffled signs, "
            "which diverge.",
        )
    if n_diverged:
        return ("No chance level: with shuffled signs the rate model diverges.",)
    if not with_chance:
        return ("No chance level: the rate model has no weights whose signs could be turned.",)
    return ()


def flag_derivation(run: Run[Pair]) -> tuple[str, ...]:
    """Return the flags of the derived model, evaluated for the stimulus that was run.

    Parameters
    ----------
    run : Run
        Run of a pair.

    Returns
    -------
    tuple of str
        One sentence for each flag; empty if no model was derived (`bioann.to_ann`,
        `bioann.to_bio`).
    """
    correspondence = run.pair.correspondence
    derivation = correspondence.derivation
    if derivation is None:
        return ()
    out_of_range = _flag_out_of_range(run)
    evaluated_units = {flag.component for flag in out_of_range}
    flags = [
        flag
        for flag in derivation.flags
        if flag.kind != OUT_OF_RANGE_KIND or flag.component not in evaluated_units
    ]
    return tuple(f"Translation: {flag}" for flag in (*flags, *out_of_range))


def _flag_out_of_range(run: Run[Pair]) -> tuple[Flag, ...]:
    """Flag the units of a derived rate network that leave the range of their curves."""
    network, correspondence = run.pair.ann, run.pair.correspondence
    if not isinstance(network, RateNetwork) or correspondence.derivation is None:
        return ()
    flags = correspondence.derivation.flags
    validity = tuple(v for v in correspondence.derivation.validity if v.unit in network.units)
    if not validity:
        return ()
    translation = Translation(network, correspondence, (), flags, validity)
    stimulus = run["stimulus"]["stimulus"].rename(stimulus_time="time")
    return flag_out_of_range(translation, stimulus)
