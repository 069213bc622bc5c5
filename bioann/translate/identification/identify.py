r"""Identify a rate network from the steady responses of any model.

.. math:: r_i = \phi_i\Big(\sum_k w_{ik} u_k + b_i\Big)

A weight from a channel is the effect of all paths from it to the unit: stimuli alone do not tell a
connection between two units from weights of the channels, so that units are not connected.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Hz, ms

from bioann.ann.network import RateNetwork
from bioann.ann.signs.constraints import DaleColumns, Free, SignConstraint, WeightSources
from bioann.base.errors import DescriptionError
from bioann.bio.network import SpikingNetwork
from bioann.bio.recorded_model import RecordedModel
from bioann.correspondence import Correspondence, Match
from bioann.translate.identification.assess_units import assess_units
from bioann.translate.identification.identified_unit import IdentifiedUnit, identify_unit
from bioann.translate.identification.options import IdentificationOptions
from bioann.translate.identification.steady_responses import (
    SteadyResponses,
    measure_responses,
    read_recorded_responses,
)
from bioann.translate.identification.stimulus_design import make_stimulus_design, read_ranges
from bioann.translate.to_ann.design_points import list_rectified_channels
from bioann.translate.translation import Translation


def identify_rate_network(
    model: Any,
    options: IdentificationOptions,
    *,
    scale: float,
    span: Mapping[str, tuple[float, float]] | None,
    seed: int,
    engine: str,
) -> Translation:
    """Identify a rate network; parameters as for `bioann.to_ann`, with `scale` in Hz.

    Parameters
    ----------
    model : Model
        Any model that runs on steps, or recorded data.
    options : IdentificationOptions
        Stimuli, trials, averaged window, and sign constraint.
    scale : float
        Rate in Hz that corresponds to activation 1.
    span : mapping of str to (float, float), optional
        Lowest and highest level of each channel.
    seed : int
        Seed of the design and of the run.
    engine : str
        Engine of the run.

    Returns
    -------
    Translation
        A static or first-order unit for each unit of the model.
    """
    if isinstance(model, RecordedModel):
        if span is not None:
            expected = "None for recorded data, whose levels are their range"
            raise DescriptionError("to_ann, span", expected, repr(span), "Leave out span.")
        responses = read_recorded_responses(model, options, scale)
    else:
        ranges = read_ranges(tuple(model.channels), span, _find_signed_channels(model))
        design = make_stimulus_design(
            tuple(model.channels), ranges, options.stimuli, options.held_out, seed=seed
        )
        responses = measure_responses(model, design, options, scale, seed=seed, engine=engine)
    names = tuple(map(str, model.units))
    free_units = tuple(identify_unit(responses, k, name) for k, name in enumerate(names))
    units = free_units
    if not isinstance(options.constraint, Free):
        bounds = find_sign_bounds(options.constraint, free_units, responses, seed)
        constrained_units = (
            identify_unit(responses, k, name, (bounds[0][k], bounds[1][k]))
            for k, name in enumerate(names)
        )
        # What a weighted sum cannot say is measured without constraint.
        units = tuple(
            dataclasses.replace(one, interaction=free_unit.interaction)
            for one, free_unit in zip(constrained_units, free_units, strict=True)
        )
    network = _build_network(units, responses)
    matches = tuple(Match(name, name, scale=scale * Hz) for name in names)
    assessment = assess_units(
        network, units, free_units, responses, options, scale=scale, seed=seed, model=model
    )
    return Translation(network, Correspondence(matches), *assessment)


def _find_signed_channels(model: Any) -> set[str]:
    """Return the channels whose negative part a described network reads."""
    if not isinstance(model, SpikingNetwork):
        return set()
    return {name for name, coding in list_rectified_channels(model) if coding == "off"}


def find_sign_bounds(
    constraint: SignConstraint,
    units: tuple[IdentifiedUnit, ...],
    responses: SteadyResponses,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of all weights under a constraint, from those of unconstrained fits.

    Parameters
    ----------
    constraint : SignConstraint
        The constraint.
    units : tuple of IdentifiedUnit
        Units without constraint.
    responses : SteadyResponses
        Their responses, for the ranges of the channels.
    seed : int
        Seed of signs that a constraint draws.

    Returns
    -------
    low, high : numpy.ndarray, shape (unit, channel)
        Bounds of the weights from the channels that vary.
    """
    design = responses.design
    width = (design.high - design.low)[design.is_varied]
    weights = np.array([one.unit.weights for one in units]) * width
    if isinstance(constraint, DaleColumns):  # it keeps the signs of columns that have a single one
        signs = np.where((weights * np.abs(weights)).sum(axis=0) < 0, -1.0, 1.0)
        weights = signs * np.abs(weights)
        if not weights.any():
            weights = weights + 1.0
    low, high = constraint.compute_bounds(weights, WeightSources("input", seed))
    return np.asarray(low), np.asarray(high)


def _build_network(units: tuple[IdentifiedUnit, ...], responses: SteadyResponses) -> RateNetwork:
    """Build the rate network of identified units; channels that do not vary have no weight."""
    design = responses.design
    weights = np.zeros((len(units), len(design.channels)))
    weights[:, design.is_varied] = [one.unit.weights for one in units]
    taus = [one.step_response.tau for one in units]
    return RateNetwork(
        tuple(one.name for one in units),
        None,
        weights,
        np.array([one.unit.bias for one in units]),
        tuple(tau * 1e3 * ms if tau else None for tau in taus),
        tuple(one.unit.activation for one in units),
        design.channels,
    )
