"""Write a translated pair as a Python file, the derived model as the code that makes it."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import textwrap
from collections.abc import Iterator

import brian2

from bioann.base.units import Description, to_code
from bioann.translate.translation import Translation

#: Decisions that the file tells at most; the rest is in ``Translation.decision_table()``.
MAX_DECISIONS = 60


def write_pair_source(
    name: str, origin: str, reference: str, side: str, translation: Translation
) -> str:
    """Write the file.

    Parameters
    ----------
    name : str
        Name of the new pair.
    origin : str
        Name of the pair that was translated.
    reference : str
        Python expression that `bioann.load` takes for it.
    side : {'bio', 'ann'}
        Which model was derived.
    translation : Translation
        The derived model, what is read as what, and what was decided.

    Returns
    -------
    str
        Python source, with a function ``pair()``.
    """
    other = {"ann": "bio", "bio": "ann"}[side]
    kind = {"ann": "rate network", "bio": "spiking network"}
    network, correspondence = to_code(translation.network), to_code(translation.correspondence)
    nodes = [n for text in (network, correspondence) for n in ast.walk(ast.parse(text))]
    used_names = {n.id for n in nodes if isinstance(n, ast.Name)}
    classes = {
        c.__name__: c for c in _classes_in((translation.network, translation.correspondence))
    }
    units = sorted(u for u in used_names - classes.keys() if hasattr(brian2, u))
    models = ", ".join(f"source.{s}" if s == other else "derived" for s in ("bio", "ann"))
    lines = [
        f'"""{name}: the {kind[other]} of {origin}, and the {kind[side]} derived from it."""',
        "",
        "# Written by 'bioann translate'. What was decided, and why:",
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
        f'        question="How far does the derived {kind[side]} answer as the {kind[other]}?",',
        f'        source="translated from {origin}",',
        "        stimulus=source.stimulus,",
        "        settle=source.settle,",
        "        bin_width=source.bin_width,",
        "        trials=source.trials,",
        "    )",
        "",
    ]
    return "\n".join(lines)


def _write_decision_comments(translation: Translation) -> list[str]:
    """Tell decisions and flags as comments."""
    texts = []
    for d in translation.decisions[:MAX_DECISIONS]:
        value = d.value if isinstance(d.value, str) else f"{d.value:.6g}"
        texts.append(f"{d.what}: {value} {d.unit}".rstrip() + f" ({d.why})")
    n_more = len(translation.decisions) - MAX_DECISIONS
    texts += [f"and {n_more} more"] if n_more > 0 else []
    texts += [f"Beware: {flag}" for flag in translation.flags]
    for v in translation.validity[:MAX_DECISIONS]:
        bound = f"error at most {v.bound:.3g}" if v.bound < float("inf") else "no bound"
        texts.append(
            f"{v.unit}: valid for sums from {v.low:.4g} to {v.high:.4g} where the curve is right "
            f"to {v.tolerance:.3g} at the nearest points of the design, {bound}"
        )
    paragraphs = [
        textwrap.wrap(s, 96, initial_indent="#   ", subsequent_indent="#     ") for s in texts
    ]
    return [line for lines in paragraphs for line in lines]


def _classes_in(value: object) -> Iterator[type]:
    """Yield the class of every description that a description is made of, itself included."""
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
    """Write one import statement for each package that classes are public in."""
    names_by_package: dict[str, list[str]] = {}
    for cls in classes:
        names_by_package.setdefault(_public_home(cls), []).append(cls.__name__)
    return [
        f"from {home} import {', '.join(names_by_package[home])}"
        for home in sorted(names_by_package)
    ]


def _public_home(cls: type) -> str:
    """Return the shortest package on the way to a class that offers it by name."""
    module_path = cls.__module__.split(".")
    packages = (".".join(module_path[:n]) for n in range(1, len(module_path)))
    public_packages = (
        p for p in packages if getattr(importlib.import_module(p), cls.__name__, 0) is cls
    )
    return next(public_packages, cls.__module__)
