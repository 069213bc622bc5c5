"""Files that a reader of networks or weights refuses although they hold some, and what to do."""

from __future__ import annotations

from collections.abc import Collection

from bioann.base.errors import BioannError, ForeignFileError, unknown_name_error

_PICKLE = "a file in a format that can run code when it is read"
_TORCH = (
    "In PyTorch: torch.onnx.export(module.eval(), (example_input,), 'model.onnx'); or, for weights "
    "alone: safetensors.torch.save_file(module.state_dict(), 'weights.safetensors'). A module in "
    "memory goes into bioann.from_torch(module)."
)
_SKLEARN = (
    "Load it in scikit-learn where you trust it, and pass the estimator: "
    "bioann.from_sklearn(estimator)."
)
_KERAS = (
    "In Keras: model.export('model.onnx', format='onnx'); or, for weights alone: "
    "numpy.savez('weights.npz', *model.get_weights())."
)
#: By the ending of a file: what it is, and how it is exported by its own software, or read.
EXPORTS = {
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin", ".pt2"), (_PICKLE, _TORCH)),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), (_PICKLE, _SKLEARN)),
    **dict.fromkeys((".keras", ".h5", ".hdf5", ".pb", ".tflite"), ("a file of Keras", _KERAS)),
    ".nir": ("a graph of neurons", "Read it with bioann.from_nir(path), as a rate network."),
}


def foreign_ending_error(obj: str, ending: str, known_endings: Collection[str]) -> BioannError:
    """Build the error for the ending of a file that cannot be read.

    Parameters
    ----------
    obj : str
        The file, such as ``"model a.pt"``.
    ending : str
        Its ending in small letters, with the dot.
    known_endings : collection of str
        The endings that can be read.

    Returns
    -------
    BioannError
        Its remedy is the lines that export or read the file, if the ending is in `EXPORTS`.
    """
    if ending not in EXPORTS:
        return unknown_name_error(obj, "file ending", ending, known_endings)
    got, remedy = EXPORTS[ending]
    return ForeignFileError(obj, f"a file that ends in {', '.join(known_endings)}", got, remedy)
