"""Run in an environment without extras: print what each optional feature says, as JSON.

The features stand by the extra that they need. The output also holds the extras that the installed
package declares and those that its source names, so that no feature is forgotten here.
"""

from __future__ import annotations

import ast
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path

import xarray as xr

import bioann as ba
from bioann.ann.layers.dense import Dense
from bioann.base.errors import MissingExtraError
from bioann.batch.executors import connect_to_dask
from bioann.explorer.serve import serve_explorer
from bioann.recordings.to_neo import SPIKE_FIELDS


def make_network() -> ba.LayeredNetwork:
    """Return the smallest network that can be trained and written."""
    return ba.LayeredNetwork((Dense.of_size(2, 1, "linear"),))


def make_recording() -> xr.Dataset:
    """Return a recording without any spike."""
    return xr.Dataset({name: ("spike", []) for name in SPIKE_FIELDS})


def find_scheduler() -> None:
    """Connect to a scheduler of dask that is not there."""
    with connect_to_dask("tcp://127.0.0.1:1"):
        pass


def open_explorer() -> None:
    """Serve the page of a pair."""
    serve_explorer(
        "inverter", settings={}, port=0, engine="auto", folder=Path.cwd(), on_start=print
    )


FEATURES: dict[str, dict[str, Callable[[], object]]] = {
    "train": {"train": lambda: ba.train(make_network(), ba.tasks.xor(), seeds=(1,))},
    "data": {
        "tasks.digits": lambda: ba.tasks.digits(),
        "tasks.openml_images": lambda: ba.tasks.openml_images("mnist"),
    },
    "interop": {
        "from_onnx": lambda: ba.from_onnx("network.onnx"),
        "to_onnx": lambda: ba.to_onnx(make_network(), "network.onnx"),
    },
    "torch": {"to_torch": lambda: ba.to_torch(make_network())},
    "cluster": {"sweep with a scheduler": find_scheduler},
    "app": {"bioann play": open_explorer},
    "neo": {"to_neo": lambda: ba.to_neo(make_recording())},
}


def find_message(feature: Callable[[], object]) -> str | None:
    """Return the error that names an extra; None if the feature works, as with the extra."""
    try:
        feature()
    except MissingExtraError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def find_extras_in_source() -> list[str]:
    """Return the extras that calls of ``import_optional`` name."""
    extras = set()
    for file in Path(ba.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "import_optional(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_optional":
                extra = node.args[1]
                extras.add(extra.value if isinstance(extra, ast.Constant) else ast.unparse(extra))
    return sorted(extras)


def main() -> None:
    """Print the messages."""
    metadata = importlib.metadata.metadata("bioann")
    messages = {
        extra: {name: find_message(feature) for name, feature in features.items()}
        for extra, features in FEATURES.items()
    }
    declared = metadata.get_all("Provides-Extra") or []
    print(
        json.dumps({"messages": messages, "declared": declared, "source": find_extras_in_source()})
    )


if __name__ == "__main__":
    main()
