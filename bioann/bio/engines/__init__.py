"""What executes a run, and where its time goes."""

from bioann.bio.engines.choice import ENGINES, check
from bioann.bio.engines.outcome import Record
from bioann.bio.engines.run import run
from bioann.bio.engines.runtime import target

__all__ = ["ENGINES", "Record", "check", "run", "target"]
