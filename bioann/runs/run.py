"""A run: a pair and what was recorded of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import xarray as xr

from bioann.base.description import Description, DescriptionType
from bioann.base.errors import DescriptionError, PairError
from bioann.base.text import shorten_repr
from bioann.base.type_checks import check_field_types
from bioann.base.views import render_for_notebook
from bioann.recordings.wirings import describe_wirings
from bioann.runs.description import PairDescription
from bioann.runs.pair_record import check_experiment

PairT = TypeVar("PairT", bound=PairDescription)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Run(Generic[PairT], metaclass=DescriptionType):
    """A pair together with its recording: what ``Pair.run`` returns and `compare` takes.

    A recording that was read from a file identifies its pair by a hash of description and code;
    ``Run(pair, recording)`` puts the two together again.

    Parameters
    ----------
    pair : Pair
        The pair that was run.
    recording : xarray.DataTree
        Nodes ``stimulus``, ``bio`` (spiking model) and ``ann`` (rate model), and those of the
        references and controls that were run: see ``Pair.run``. Its attributes are the provenance.
    is_new : bool, optional
        Whether the recording was made just now by this pair, which then is not checked.

    Raises
    ------
    PairError
        If the recording is that of another pair; the message lists what differs.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> pair = ba.Pair("identity", bio, ann, correspondence, stimulus=stimulus)
    >>> run = pair.run(trials=5, seed=1)
    >>> sorted(run.recording.children)
    ['ann', 'bio', 'ceiling', 'chance', 'stimulus']
    """

    pair: PairT
    recording: xr.DataTree
    is_new: bool = False

    def __post_init__(self) -> None:
        """Check that the recording is one of this pair."""
        if not isinstance(self.pair, Description):
            got = shorten_repr(self.pair)
            raise DescriptionError("Run, pair", "a Pair", got, "Pass the pair that was run.")
        check_field_types(dataclasses.fields(self), vars(self), type(self), "Run")
        if self.pair.name != self.recording.attrs.get("pair", ""):
            raise wrong_pair_error(self.recording, f"pair {self.pair.name!r}")
        if not self.is_new:
            check_experiment(self.pair, self.recording.attrs)

    def __getitem__(self, node: str) -> Any:
        """Return a node of the recording, such as ``run["bio"]``."""
        return self.recording[node]

    @property
    def children(self) -> Mapping[str, xr.DataTree]:
        """Nodes of the recording, by name."""
        return self.recording.children

    @property
    def attrs(self) -> dict[Any, Any]:
        """Provenance: pair and its hash, seed, trials, engine, time step, window, versions."""
        return self.recording.attrs

    def __repr__(self) -> str:
        attrs, nodes = self.attrs, ", ".join(self.children)
        return (
            f"Run of pair {self.pair.name!r}: {attrs.get('trials')} trial(s)"
            f"{describe_wirings(self['bio'])}, "
            f"seed {attrs.get('seed')}; {nodes}"
        )

    def _repr_html_(self) -> str:
        return render_for_notebook("run", self)


def wrong_pair_error(recording: xr.DataTree, got: str) -> PairError:
    """Return the error of a recording without its pair; `got` is what came in its place."""
    name = str(recording.attrs.get("pair", ""))
    return PairError(
        f"run of pair {name!r}", "the pair that was run", got, f"Pass pair=bioann.load({name!r})."
    )
