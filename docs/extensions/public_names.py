"""Write the reference pages: the public names, by the kinds in the stubs of the package."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sphinx.application import Sphinx
from sphinx.config import Config

import bioann

PACKAGE = Path(bioann.__file__).parent
#: A comment of the stub that names the kind of the imports below it.
KIND = re.compile(r"^# (.+)$")


@dataclass(frozen=True)
class NameGroup:
    """Public names of one kind, or those of one namespace.

    Parameters
    ----------
    title : str
        Title of the page.
    addresses : tuple of str
        Where the names are, such as ``"bioann.cells.LIF"``, in the order of the stub.
    introduction : str
        First paragraph of the page.
    """

    title: str
    addresses: tuple[str, ...]
    introduction: str = ""

    @property
    def page(self) -> str:
        """Name of the page's file, without an ending."""
        return re.sub(r"\W+", "_", self.title).strip("_").lower()


def list_stub_names(stub: Path) -> dict[str, list[str]]:
    """Return the names that a stub imports, by the comment above them; ``""`` where none is."""
    text = stub.read_text("utf-8")
    kinds = {i: m[1] for i, line in enumerate(text.splitlines(), 1) if (m := KIND.match(line))}
    groups: dict[str, list[str]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            kind = next((kinds[i] for i in range(node.lineno, 0, -1) if i in kinds), "")
            groups.setdefault(kind, []).extend(alias.asname or alias.name for alias in node.names)
    return groups


def list_groups() -> list[NameGroup]:
    """Return one group per kind of top-level names, then one per namespace."""
    kinds = list_stub_names(PACKAGE / "__init__.pyi")
    namespaces = sorted(kinds.pop("namespaces"))
    top_level = {name: f"bioann.{name}" for names in kinds.values() for name in names}
    groups = [
        NameGroup(f"{kind[0].upper()}{kind[1:]}", tuple(top_level[name] for name in names))
        for kind, names in kinds.items()
    ]
    for namespace in namespaces:
        module = getattr(bioann, namespace)
        # A name that is at the top level, too, has its page there.
        addresses = (
            top_level.get(name, f"bioann.{namespace}.{name}")
            for name in list_namespace_names(module)
        )
        groups.append(
            NameGroup(f"bioann.{namespace}", tuple(addresses), inspect.getdoc(module) or "")
        )
    return groups


def list_namespace_names(module: ModuleType) -> list[str]:
    """Return the names of a namespace: those of its stub, or what the module itself defines."""
    stub = Path(module.__file__ or "").with_suffix(".pyi")
    if stub.exists():
        return [name for names in list_stub_names(stub).values() for name in names]
    return [
        name
        for name, value in vars(module).items()
        if name[0] != "_" and getattr(value, "__module__", "").startswith(module.__name__)
    ]


def write_page(group: NameGroup, folder: Path) -> None:
    """Write the page of a group: its names with the first sentences of their docstrings."""
    rows = "\n".join(f"   {address}" for address in group.addresses)
    text = (
        f"{group.title}\n{'=' * len(group.title)}\n\n{group.introduction}\n\n"
        f".. autosummary::\n   :toctree: api\n   :nosignatures:\n\n{rows}\n"
    )
    write_if_changed(folder / f"{group.page}.rst", text)


def write_if_changed(path: Path, text: str) -> None:
    """Write a file unless it has this text, because Sphinx reads again what is newer."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_reference(app: Sphinx, config: Config) -> None:
    """Write a page per group, and the contents of the reference."""
    folder = Path(app.srcdir) / "reference" / "names"
    groups = list_groups()
    for group in groups:
        write_page(group, folder)
    pages = "\n".join(f"   {group.page}" for group in groups)
    title = "Public names"
    write_if_changed(
        folder / "index.rst",
        f"{title}\n{'=' * len(title)}\n\nEach name is at ``bioann.NAME``, and in a namespace where "
        f"its page says so.\n\n.. toctree::\n   :maxdepth: 1\n\n{pages}\n",
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the pages with Sphinx, before it looks for documents."""
    app.connect("config-inited", write_reference)
    return {"parallel_read_safe": True}
