"""Draw ``developers/house.svg``: the folders of the package by floor, with arrows for imports.

An arrow goes from a folder to one that it imports. Where a chain of arrows leads to the same
folder, the direct arrow is left out: without that, most folders would have one to `base`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bioann as ba

PACKAGE = Path(ba.__file__).parent
DEVELOPERS = Path(__file__).parent.parent / "developers"
PAGE, OUTPUT = DEVELOPERS / "house.md", DEVELOPERS / "house.svg"
#: The stub of the package, which offers names of all folders; imported by what stands above it.
PUBLIC_NAMES = "bioann"
#: Linked into the package; they import the public names only, as the files of users do.
OUTSIDE = {"models", "analyses"}

Imports = dict[str, set[str]]


def read_floors(page: Path = PAGE) -> list[list[str]]:
    """Return the names on each floor of the page's table, lowest floor first."""
    rows = re.findall(r"^\| \d+ \| ([^|]+) \|", page.read_text("utf-8"), flags=re.MULTILINE)
    names = [re.findall(r"`([^`]+)`", row) for row in rows]
    return [[PUBLIC_NAMES if "/" in name else name for name in floor] for floor in names]


def list_imported_modules(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the full names of the modules, or of names in them, that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*parts, node.module or ""] if node.level else [node.module or ""])
            yield from (f"{base.rstrip('.')}.{alias.name}" for alias in node.names)


def find_folder(module: str, folders: set[str]) -> str | None:
    """Return the folder of the package in which a module is; None for other packages."""
    top, _, inside = module.partition(".")
    if top != PACKAGE.name:
        return None
    name = inside.partition(".")[0]
    return name if name in folders else PUBLIC_NAMES


def read_imports(package: Path = PACKAGE) -> Imports:
    """Return which folders each folder imports, itself left out; the stub is one of them."""
    paths = [p for p in package.iterdir() if p.name not in OUTSIDE and p.name != "__init__.py"]
    sources = {p.stem: [p] for p in paths if p.suffix == ".py"}
    sources |= {p.name: list(p.rglob("*.py")) for p in paths if (p / "__init__.py").exists()}
    sources[PUBLIC_NAMES] = [package / "__init__.pyi"]
    imports: Imports = {}
    for name, files in sources.items():
        modules = {
            module
            for file in files
            for module in list_imported_modules(
                ast.parse(file.read_text("utf-8")),
                ".".join(file.relative_to(package.parent).parent.parts),
            )
        }
        imports[name] = {f for m in modules if (f := find_folder(m, set(sources)))} - {name}
    return imports


def list_reachable(name: str, imports: Imports) -> set[str]:
    """Return the folders that a folder imports directly or through others."""
    return imports[name].union(*(list_reachable(other, imports) for other in imports[name]))


def leave_out_shortcuts(imports: Imports) -> Imports:
    """Return the imports without those that a chain of others implies."""
    return {
        name: {
            other
            for other in others
            if not any(other in list_reachable(between, imports) for between in others - {other})
        }
        for name, others in imports.items()
    }


def draw_graph(floors: list[list[str]], imports: Imports) -> str:
    """Return the drawing as SVG."""
    import pygraphviz

    graph = pygraphviz.AGraph(
        directed=True, rankdir="TB", nodesep=0.3, ranksep=0.32, bgcolor="white"
    )
    graph.node_attr.update(shape="box", style="rounded,filled", fillcolor="#eaf3f8")
    graph.node_attr.update(color="#0072B2", fontname="Helvetica", fontsize=13, height=0.35)
    graph.edge_attr.update(color="#555555", arrowsize=0.6)
    for number, floor in reversed(list(enumerate(floors, 1))):
        label = f"floor {number}"
        graph.add_node(label, label=str(number), shape="plaintext", style="", fontcolor="#555555")
        for name in floor:
            graph.add_node(name, label="the public names" if name == PUBLIC_NAMES else name)
        graph.add_subgraph([label, *floor], rank="same")
    for number in range(len(floors), 1, -1):
        graph.add_edge(f"floor {number}", f"floor {number - 1}", style="invis", weight=50)
    for name, others in sorted(leave_out_shortcuts(imports).items()):
        for other in sorted(others):
            graph.add_edge(name, other)
    return str(graph.draw(format="svg", prog="dot").decode("utf-8"))


def read_drawn_arrows(svg: str) -> Imports:
    """Return the arrows of a drawing that this module made."""
    text = svg.replace("&#45;", "-").replace("&gt;", ">")
    arrows: Imports = {
        name: set() for name in re.findall(r"<title>(\w+)</title>", text) if name != "G"
    }
    for name, other in re.findall(r"<title>(\w+)->(\w+)</title>", text):
        arrows[name].add(other)
    return arrows


def main() -> None:
    """Write the drawing beside the page that shows it."""
    OUTPUT.write_text(draw_graph(read_floors(), read_imports()), encoding="utf-8")


if __name__ == "__main__":
    main()
