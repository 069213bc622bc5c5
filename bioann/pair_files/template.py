"""Python source of a translated pair, with the code that constructs the derived model."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import brian2

from bioann.base.as_code import to_code
from bioann.base.decision import Decision
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
    same = shorten_derivation(translation.correspondence)
    network, correspondence = to_code(translation.network), to_code(same)
    units, imports = list_imports(
        (translation.network, same), [ast.parse(text) for text in (network, correspondence)]
    )
    models = ", ".join(f"source.{s}" if s == other else "derived" for s in ("bio", "ann"))
    lines = [
        f'"""{name}: the {kind[other]} of {origin}, and the {kind[side]} derived from it."""',
        "",
        "# Written by 'bioann translate'. The decisions and their reasons:",
        *write_comments(list_translation_texts(translation)),
        "",
        "from pathlib import Path",
        "",
        *([f"from brian2 import {', '.join(units)}"] if units else []),
        "",
        "import bioann as ba",
        *imports,
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


def shorten_derivation(correspondence: Correspondence) -> Correspondence:
    """Leave the points that curves were fitted to out of a correspondence."""
    derivation = correspondence.derivation
    if derivation is None:
        return correspondence
    return dataclasses.replace(correspondence, derivation=derivation.without_points())


def list_translation_texts(translation: Translation) -> list[str]:
    """Return decisions, warnings and ranges of validity of a translation, one phrase each."""
    texts = list_decision_texts(translation.decisions)
    texts += [f"Warning: {flag}" for flag in translation.flags]
    for v in translation.validity[:MAX_DECISIONS]:
        bound = f"error at most {v.bound:.3g}" if v.bound < float("inf") else "no bound"
        texts.append(
            f"{v.unit}: valid for summed inputs from {v.low:.4g} to {v.high:.4g}, where the "
            f"transfer function is accurate to {v.tolerance:.3g} at the design points; {bound}"
        )
    return texts


def list_decision_texts(decisions: Sequence[Decision]) -> list[str]:
    """Return decisions as phrases with their reason; of very many the first, and how many more."""
    texts = []
    for d in decisions[:MAX_DECISIONS]:
        value = d.value if isinstance(d.value, str) else f"{d.value:.6g}"
        texts.append(f"{d.what}: {value} {d.unit}".rstrip() + f" ({d.why})")
    n_more = len(decisions) - MAX_DECISIONS
    return [*texts, f"and {n_more} more"] if n_more > 0 else texts


def write_comments(texts: Iterable[str]) -> list[str]:
    """Return texts as comment lines, one paragraph each."""
    paragraphs = [
        textwrap.wrap(s, 96, initial_indent="#   ", subsequent_indent="#     ") for s in texts
    ]
    return [line for lines in paragraphs for line in lines]


def list_imports(values: Iterable[object], trees: Iterable[ast.AST]) -> tuple[list[str], list[str]]:
    """Return the units of Brian2 in the code of descriptions, and the imports of its classes.

    Parameters
    ----------
    values : iterable of object
        The descriptions.
    trees : iterable of ast.AST
        Their code, parsed.

    Returns
    -------
    units : list of str
        Names to import from ``brian2``.
    imports : list of str
        Import statements, one for each package.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used_names = {n.id for n in nodes if isinstance(n, ast.Name)}
    classes = {c.__name__: c for c in list_classes(tuple(values))}
    units = sorted(u for u in used_names - classes.keys() if hasattr(brian2, u))
    # A cell made from equations has no module: the file defines its class.
    used_classes = [classes[name] for name in sorted(used_names & classes.keys())]
    return units, _write_imports([c for c in used_classes if not hasattr(c, "definition")])


def list_classes(value: object) -> Iterator[type]:
    """Yield the classes of a description and of all descriptions nested in it."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from list_classes(item)
    elif isinstance(value, dict):
        yield from list_classes(tuple(value.values()))
    elif isinstance(value, Description):
        yield type(value)
        for field in dataclasses.fields(value):  # type: ignore[arg-type]
            yield from list_classes(getattr(value, field.name))


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
