"""Translate the network of an ONNX, NIR or weight file to a spiking network, as a pair file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop.read_network import NETWORK_ENDINGS, read_network
from bioann.ann.interop.read_nir import from_nir
from bioann.ann.layered import LayeredNetwork
from bioann.base.errors import DescriptionError, OutputError
from bioann.base.files import write_atomically
from bioann.base.randomness import make_rng
from bioann.pair_files.network_template import NetworkPair, write_network_source
from bioann.pair_files.translated import check_pair_path
from bioann.translate.explain.plan_explanation import leave_out_softmax
from bioann.translate.to_bio.to_bio import to_bio
from bioann.translate.translation import Translation

#: Endings of files of networks that can be translated.
MODEL_ENDINGS = (*NETWORK_ENDINGS, ".nir")
#: Conditions of the stimulus, each with other random inputs.
N_CONDITIONS = 12


def write_network_translation(
    model: Path,
    out: Path,
    *,
    side: str,
    seed: int,
    activation: str | None = None,
    output: str | None = None,
) -> tuple[Translation, tuple[Path, ...]]:
    """Translate the network of a file, and write it with the result as a pair file.

    Parameters
    ----------
    model : pathlib.Path
        The file: ONNX, NIR, or weights in ``.npz`` or ``.safetensors``.
    out : pathlib.Path
        The pair file to write; its stem becomes the name of the pair. The weights go to a ``.npz``
        file beside it.
    side : {'bio'}
        The model to derive; the file holds a rate network.
    seed : int
        Seed of the calibration and of the stimulus.
    activation : str, optional
        Activation function of the hidden layers of a file that holds weights only.
    output : str, optional
        Name of the tensor of an ONNX file that becomes the output.

    Returns
    -------
    translation : Translation
        The derived network with its decisions and flags.
    files : tuple of pathlib.Path
        The files that were written.

    Raises
    ------
    BioannError
        If the file cannot be read or translated, or a file exists or cannot be written.
    """
    check_pair_path(out, "bioann translate")
    data_file = out.with_suffix(".npz")
    if data_file.exists():
        raise OutputError(
            "bioann translate, --out",
            "no data file of the new pair yet",
            f"{data_file}, which exists",
            "Choose another name or folder; nothing is overwritten.",
        )
    if side != "bio":
        raise DescriptionError(
            "bioann translate, --to",
            "bio, because the file holds a rate network",
            repr(side),
            "Pass --to bio.",
        )
    network, notes = _read_rate_model(model, activation, output)
    rates = network.to_rate_network() if isinstance(network, LayeredNetwork) else network
    translation = to_bio(rates, seed=seed)
    rng = make_rng(seed, "bioann translate", "stimulus")
    inputs = rng.uniform(-1.0, 1.0, (N_CONDITIONS, rates.W_in.shape[1]))
    pair = NetworkPair(out.stem, model.name, network, translation, inputs, notes)
    source, arrays = write_network_source(pair)
    with write_atomically(out, data_file) as (source_path, data_path):
        source_path.write_text(source, encoding="utf-8")
        # NumPy's stub takes keyword arguments for its option to allow pickles.
        np.savez_compressed(data_path, **arrays)  # type: ignore[arg-type]
    return translation, (out, data_file)


def _read_rate_model(
    model: Path, activation: str | None, output: str | None
) -> tuple[Any, tuple[str, ...]]:
    """Return the network of a file without a softmax at its end, and what was assumed."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as messages:
        warnings.simplefilter("always")
        network: Any
        if model.suffix.lower() == ".nir":
            network = from_nir(model)
        else:
            network = read_network(model, output=output, activation=activation)
    notes += [str(message.message) for message in messages if message.category is UserWarning]
    if model.suffix.lower() in (".npz", ".safetensors"):
        chosen = "ReLU, which is assumed" if activation is None else f"{activation}, as stated"
        notes.append(
            f"activation of the hidden layers: {chosen}; the last layer is linear (the file holds "
            "weights only)"
        )
    if isinstance(network, LayeredNetwork):
        network, softmax_notes = leave_out_softmax(network)
        notes += softmax_notes
    return network, tuple(notes)
