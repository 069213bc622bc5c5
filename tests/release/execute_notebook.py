"""Run in an environment with nbclient: execute a notebook and write it with its outputs."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main() -> None:
    """Execute ``sys.argv[1]`` in the working directory and write ``sys.argv[2]``."""
    notebook = nbformat.read(sys.argv[1], as_version=4)
    folder = {"metadata": {"path": str(Path.cwd())}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder).execute()
    nbformat.validate(notebook)
    nbformat.write(notebook, sys.argv[2])


if __name__ == "__main__":
    main()
