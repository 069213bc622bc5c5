"""A study: a function that computes labelled data for one seed, with claims about the data."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.annotations import is_real_number
from bioann.base.arguments import is_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_names, shorten_repr
from bioann.claims.claim import Claim
from bioann.claims.pair_metrics import check_figures, collect_metrics, find_answering_claim
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.score import Score
from bioann.metrics.metric import Metric

#: Dimension of the data of all seeds.
SEED_DIMENSION = "seed"
#: Fewest seeds of a study in which something is random: an interval over fewer is of little use
#: (Student's t with 3 degrees of freedom is 1.6 times as wide as that of many).
MIN_SEEDS = 5
#: Most seeds, so that those of two runs cannot overlap.
MAX_SEEDS = 1000
#: How a measure of a study may be estimated; others need trials that can be weighted.
STUDY_ESTIMATORS = ("plug-in", "unbiased")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Study(Description):
    """A question that is answered by training or counting over seeds.

    A measure of a study, ``bioann.measure(function, "name")``, is a function of the data of all
    seeds, an `xarray.Dataset`, that returns an `xarray.DataArray`. Where its values keep the
    dimension ``seed`` or one of `shared`, they are averaged over it; otherwise the function is
    called again without each seed. Of every label of the other dimensions there is one score. A
    ``function()`` without parameters is a closed form, and exact.

    Parameters
    ----------
    name : str
        Short name, that of its file: letters, digits and ``_``, a letter first.
    compute : callable
        ``compute(seed, settings)`` returns an `xarray.Dataset` of one seed, without the dimension
        ``seed``. Without `seeds` it is ``compute(settings)``, and without `settings` that argument
        is left out. All that is random follows from the seed.
    returns : mapping of str to tuple of str
        Variables that `compute` returns, numbers or truth values, with their dimensions.
    coordinates : mapping of str to sequence of str or float, optional
        Labels of every dimension of `returns`.
    units : mapping of str to str, optional
        Units of variables and dimensions that have one.
    seeds : int, optional
        Number of seeds, at least 5; 0 if nothing is random: all measures are exact then.
    settings : dataclass, optional
        A frozen dataclass with everything that changes the data, besides the seed.
    shared : tuple of str, optional
        Dimensions of samples that are the same for all seeds, such as test images: the scores vary
        between them, too, and they are not counted once more for each seed.
    timings : tuple of str, optional
        Variables that are measured computing times. Another run with the same seed has others, so
        measures of claims do not get them: a verdict must not depend on the clock.
    question, source : str, optional
        Question that the study answers, one sentence, and where it comes from.
    claims : tuple of Claim, optional
        What is believed, with the rules of the verdicts.
    measures : tuple of Measure or Score, optional
        Measures that no claim names.
    figures : tuple of callable, optional
        Pictures, such as `bioann.figures.StudyCurves`, or any ``figure(result) -> Drawing``. The
        first opens the report.

    Raises
    ------
    DescriptionError
        If there are fewer than 5 seeds, a dimension has no labels, or a claim names a measure of a
        pair, or labels that the study does not have.

    Examples
    --------
    >>> import bioann as ba
    >>> import numpy as np
    >>> import xarray as xr
    >>> def draw_mean(seed):
    ...     return xr.Dataset({"mean": np.random.default_rng(seed).normal(size=100).mean()})
    ...
    >>> mean = ba.measure(lambda data: data["mean"], "mean").at()
    >>> study = ba.Study("means", draw_mean, {"mean": ()}, seeds=5, measures=(mean,))
    """

    name: str
    compute: Callable[..., Any]
    returns: Mapping[str, tuple[str, ...]]
    coordinates: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    seeds: int = 0
    settings: Any = None
    shared: tuple[str, ...] = ()
    timings: tuple[str, ...] = ()
    question: str = ""
    source: str = ""
    claims: tuple[Any, ...] = ()
    measures: tuple[Any, ...] = ()
    figures: tuple[Callable[..., Any], ...] = ()

    def check(self) -> None:
        """Check seeds, dimensions and labels, and that the claims are about them."""
        # A single one needs no tuple.
        for field in ("claims", "measures", "figures", "shared", "timings"):
            values = getattr(self, field)
            self.set_field(field, tuple(values) if isinstance(values, (tuple, list)) else (values,))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", str(self.name)):
            raise DescriptionError(
                "Study, name",
                "letters, digits and _, a letter first: files are named by it",
                repr(self.name),
                "Write it like 'my_study'.",
            )
        check_seed_count(self.seeds, self.title())
        self._check_function()
        self._check_dimensions()
        for claim in self.claims:
            if not isinstance(claim, Claim):
                raise DescriptionError(
                    f"{self.title()}, claims",
                    "claims",
                    shorten_repr(claim),
                    'Write Claim("D1", "sentence", "source", measure.at(layer="first") >= 0.9).',
                )
            for rule in claim.rule.single_rules:
                self._check_margin(rule, claim)
            for score in claim.rule.scores:
                self._check_score(score, f"{self.title()}, claim {claim.id!r}, {score.text!r}")
        self._check_metrics()
        check_figures(self.figures, self.title())
        find_answering_claim(self.claims, self.title())

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the claims, then the others, each once."""
        others = [getattr(measure, "metric", measure) for measure in self.measures]
        return collect_metrics(self.claims, others)

    @property
    def judged_metrics(self) -> tuple[Metric, ...]:
        """The metrics of the claims, each once."""
        return collect_metrics(self.claims, ())

    @property
    def answering_claim(self) -> Claim | None:
        """The claim that answers the question: the one with answers, or else the first."""
        return find_answering_claim(self.claims, self.title())

    @property
    def is_exact(self) -> bool:
        """Whether nothing in it is random."""
        return self.seeds == 0

    def _check_function(self) -> None:
        if self.settings is not None and not _is_frozen_dataclass(self.settings):
            raise DescriptionError(
                f"{self.title()}, settings",
                "a frozen dataclass",
                shorten_repr(self.settings),
                "Write @dataclasses.dataclass(frozen=True) above its class.",
            )
        arguments = [SEED_DIMENSION] * (self.seeds > 0) + ["settings"] * (self.settings is not None)
        try:
            inspect.signature(self.compute).bind(*arguments)
        except (TypeError, ValueError) as error:
            raise DescriptionError(
                f"{self.title()}, compute",
                f"a function compute({', '.join(arguments)})",
                f"{shorten_repr(self.compute)} ({error})",
                "It takes the seed if the study has seeds, then the settings if it has any.",
            ) from error

    def _check_dimensions(self) -> None:
        names = (*self.returns, *self.coordinates)
        check_names(names, f"{self.title()}, names of variables and dimensions")
        if not self.returns:
            remedy = 'Write returns={"accuracy": ("regime",)}.'
            raise DescriptionError(f"{self.title()}, returns", "variables", "none", remedy)
        dims = dict.fromkeys(itertools.chain.from_iterable(self.returns.values()))
        if SEED_DIMENSION in {*names, *dims}:
            raise DescriptionError(
                f"{self.title()}, returns",
                "the variables of one seed",
                f"the name {SEED_DIMENSION!r}",
                "Leave that dimension out: it joins the data of all seeds.",
            )
        for dim in dims:
            if dim not in self.coordinates:
                raise unknown_name_error(
                    f"{self.title()}, coordinates", "dimension with labels", dim, self.coordinates
                )
        for dim, labels in self.coordinates.items():
            self._check_labels(dim, tuple(labels))
            if dim not in dims:
                raise unknown_name_error(f"{self.title()}, coordinates", "dimension", dim, dims)
        for name in self.shared:
            if name not in dims:
                raise unknown_name_error(f"{self.title()}, shared", "dimension", name, dims)
        if self.shared and not self.seeds:
            raise DescriptionError(
                f"{self.title()}, shared",
                "samples that several seeds share",
                f"{self.shared!r} of a study without seeds",
                "Give the study seeds=5, or leave shared out.",
            )
        for name in self.timings:
            if name not in self.returns:
                raise unknown_name_error(f"{self.title()}, timings", "variable", name, self.returns)
        for name in self.units:
            if name not in names:
                raise unknown_name_error(f"{self.title()}, units", "variable", name, names)

    def _check_labels(self, dim: str, labels: tuple[Any, ...]) -> None:
        are_texts = all(isinstance(label, str) for label in labels)
        are_numbers = all(map(is_real_number, labels))
        if not labels or len(set(labels)) < len(labels) or not (are_texts or are_numbers):
            raise DescriptionError(
                f"{self.title()}, coordinates, {dim!r}",
                "labels that differ, all texts or all numbers",
                shorten_repr(labels),
                'Write coordinates={"layer": ("first", "second")}.',
            )

    def _check_margin(self, rule: Any, claim: Claim) -> None:
        if isinstance(rule, Equivalent) and rule.margin is None:
            raise DescriptionError(
                f"{self.title()}, claim {claim.id!r}, {rule.text!r}",
                "a margin of the rule",
                "none, and a study has none of its own",
                'Write Equivalent(score, margin=bioann.Margin(0.1, "why")).',
            )

    def _check_score(self, score: Score, obj: str) -> None:
        metric = score.metric
        if not isinstance(metric, Metric) or metric.models or score.column != "value":
            raise DescriptionError(
                obj,
                "a measure of the data of the study",
                "a measure of the models of a pair",
                'Write bioann.measure(function, "name").at(layer="first").',
            )
        for dim, label in score.labels.items():
            known_dims = [name for name in self.coordinates if name not in self.shared]
            if dim not in known_dims:
                raise unknown_name_error(obj, "dimension", dim, known_dims)
            if label not in tuple(self.coordinates[dim]):
                labels = map(str, self.coordinates[dim])
                raise unknown_name_error(obj, f"label of {dim!r}", label, labels)

    def _check_metrics(self) -> None:
        names = set()
        for metric in self.metrics:
            obj = f"{self.title()}, measure {metric.name!r}"
            if metric.estimator not in STUDY_ESTIMATORS:
                raise unknown_name_error(obj, "estimator", metric.estimator, STUDY_ESTIMATORS)
            if metric.name in names:
                remedy = "Give one of them another name."
                raise DescriptionError(obj, "one measure of that name", "two that differ", remedy)
            names.add(metric.name)


def check_seed_count(seeds: Any, obj: str) -> int:
    """Check a number of seeds: 0, or from `MIN_SEEDS` to `MAX_SEEDS`; `obj` has it, for errors."""
    if is_whole_number(seeds, 0) and (seeds == 0 or MIN_SEEDS <= seeds <= MAX_SEEDS):
        return int(seeds)
    raise DescriptionError(
        f"{obj}, seeds",
        f"at least {MIN_SEEDS} and at most {MAX_SEEDS} seeds, or 0 if nothing is random",
        shorten_repr(seeds),
        "Compute fewer conditions rather than fewer seeds: an interval needs them.",
    )


def list_seeds(seed: int, count: int) -> np.ndarray:
    """Return the seeds of a run: those of two runs with different seeds do not overlap.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 or larger.
    count : int
        Number of seeds, at most `MAX_SEEDS`.
    """
    return MAX_SEEDS * seed + np.arange(count)


def _is_frozen_dataclass(value: Any) -> bool:
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)
