"""Python source of a translated pair, with the code that constructs the derived model."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import textwrap
from collections.abc import Iterator

import brian2

from bioann.base.as_code import to_code
from bioann.base.description import Description
from bioann.correspondence import Correspondence
from bioann.translate.translation import Translation

#: Number of decisions that the file lists at most; ``Translation.decision_table()`` has all.
MAX_DECISIONS = 60


def write_pair_source(
    name: str, origin: str, reference: str, side: str, translation: Translation
) -> str:
    """Return the Python source of a translated pair.

    Parameters
    ----------
    name : str
        Name of the new pair, also of its file.
    origin : str
        Name of the pair that was translated.
    reference : str
        Python expression for the translated pair, which the file passes to `bioann.load`.
    side : {'bio', 'ann'}
        The model that was derived from the other.
    translation : Translation
        The derived model, the correspondence, the decisions and the warnings.

    Returns
    -------
    str
        Source of a pair file, with a function ``pair()``.
    """
    other = {"ann": "bio", "bio": "ann"}[side]
    kind = {"ann": "rate network", "bio": "spiking network"}
    same = _shorten_derivation(translation.correspondence)
    network, correspondence = to_code(translation.network), to_code(same)
    nodes = [n for text in (network, correspondence) for n in ast.walk(ast.parse(text))]
    used_names = {n.id for n in nodes if isinstance(n, ast.Name)}
    classes = {c.__name__: c for c in _classes_in((translation.network, same))}
    units = sorted(u for u in used_names - classes.keys() if hasattr(brian2, u))
    models = ", ".join(f"source.{s}" if s == other else "derived" for s in ("bio", "ann"))
    lines = [
        f'"""{name}: the {kind[other]} of {origin}, and the {kind[side]} derived from it."""',
        "",
        "# Written by 'bioann translate'. The decisions and their reasons:",
        *_write_decision_comments(translation),
        "",
        "from pathlib import Path",
        "",
        *([f"from brian2 import {', '.join(units)}"] if units else []),
        "",
        "import bioann as ba",
        *_write_imports([classes[name] for name in sorted(used_names & classes.keys())]),
        "",
        "HERE = Path(__file__).parent",
        "",
        "",
        "def pair() -> ba.Pair:",
        '    """Return the pair."""',
        f"    source = ba.load({reference})",
        f"    derived = {network}",
        f"    correspondence = {correspondence}",
        "    return ba.Pair(",
        f"        {name!r},",
        f"        {models},",
        "        correspondence,",
        f'        question="Does the derived {kind[side]} match the {kind[other]}?",',
        f'        source="translated from {origin}",',
        "        stimulus=source.stimulus,",
        "        settle=source.settle,",
        "        bin_width=source.bin_width,",
        "        trials=source.trials,",
        "    )",
        "",
    ]
    return "\n".join(lines)


def _shorten_derivation(correspondence: Correspondence) -> Correspondence:
    """Leave the points that curves were fitted to out of a correspondence."""
    derivation = correspondence.derivation
    if derivation is None:
        return correspondence
    return dataclasses.replace(correspondence, derivation=derivation.without_points())


def _write_decision_comments(translation: Translation) -> list[str]:
    """Return decisions, warnings and ranges of validity as comment lines."""
    texts = []
    for d in translation.decisions[:MAX_DECISIONS]:
        value = d.value if isinstance(d.value, str) else f"{d.value:.6g}"
        texts.append(f"{d.what}: {value} {d.unit}".rstrip() + f" ({d.why})")
    n_more = len(translation.decisions) - MAX_DECISIONS
    texts += [f"and {n_more} more"] if n_more > 0 else []
    texts += [f"Warning: {flag}" for flag in translation.flags]
    for v in translation.validity[:MAX_DECISIONS]:
        bound = f"error at most {v.bound:.3g}" if v.bound < float("inf") else "no bound"
        texts.append(
            f"{v.unit}: valid for summed inputs from {v.low:.4g} to {v.high:.4g}, where the "
            f"transfer function is accurate to {v.tolerance:.3g} at the design points; {bound}"
        )
    paragraphs = [
        textwrap.wrap(s, 96, initial_indent="#   ", subsequent_indent="#     ") for s in texts
    ]
    return [line for lines in paragraphs for line in lines]


def _classes_in(value: object) -> Iterator[type]:
    """Yield the classes of a description and of all descriptions nested in it."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _classes_in(item)
    elif isinstance(value, dict):
        yield from _classes_in(tuple(value.values()))
    elif isinstance(value, Description):
        yield type(value)
        for field in dataclasses.fields(value):  # type: ignore[arg-type]
            yield from _classes_in(getattr(value, field.name))


def _write_imports(classes: list[type]) -> list[str]:
    """Return one import statement for each package from which classes are imported."""
    names_by_package: dict[str, list[str]] = {}
    for cls in classes:
        names_by_package.setdefault(_public_home(cls), []).append(cls.__name__)
    return [
        f"from {home} import {', '.join(names_by_package[home])}"
        for home in sorted(names_by_package)
    ]


def _public_home(cls: type) -> str:
    """Return the outermost package that exports a class, or else its module."""
    module_path = cls.__module__.split(".")
    packages = (".".join(module_path[:n]) for n in range(1, len(module_path)))
    public_packages = (
        p for p in packages if getattr(importlib.import_module(p), cls.__name__, 0) is cls
    )
    return next(public_packages, cls.__module__)
