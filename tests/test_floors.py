"""The house has floors: a file imports only from lower ones, or from its own."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import bioann

ROOT = Path(bioann.__file__).parent
FLOORS = (
    {"errors", "extras", "files", "units", "randomness", "criteria", "sentences"},
    {"stimulus", "waveforms", "recording", "half", "neurons", "correspondence"},
    {"bio", "ann"},
    {"translate"},
    {"pair", "catalogue", "connections"},
    {"metrics", "scoring", "rules", "joint", "boundary", "claims", "comparison", "deciding"},
    {"reporting", "store", "sweep"},
    {
        "testing",
        "contract",
        "cli",
        "commands",
        "running",
        "translating",
        "words",
        "doctor",
        "starter",
        "atlas",
    },
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
# The glossary stands outside the house, and pairs and analyses are its guests.
GUESTS = {"__init__", "models", "analyses"}
FILES = [
    f
    for f in sorted(ROOT.rglob("*.py"))
    if f.relative_to(ROOT).with_suffix("").parts[0] not in GUESTS
]


def module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(("bioann", *parts)).removesuffix(".__init__")


def modules_of(node: ast.AST) -> list[str]:
    """The modules that an import statement names (``from bioann import half`` is bioann.model)."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        name = node.module or ""
        return [
            f"{name}.{a.name}" if (ROOT.parent / name.replace(".", "/")).is_dir() else name
            for a in node.names
        ]
    return []


def imported(tree: ast.AST) -> set[str]:
    names = {name for node in ast.walk(tree) for name in modules_of(node)}
    return names - {"bioann"}


def asked_for(tree: ast.AST) -> set[str]:
    """The homes of public names that a file gets lazily, as in ``ba.Pair``."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    names = {n.attr for n in nodes if isinstance(n.value, ast.Name) and n.value.id == "ba"}
    return {bioann._MODULE[name] for name in names & set(bioann._MODULE)}


def room(name: str) -> str:
    """What stands on a floor: ``bioann.bio.cells.lif`` is in ``bio``."""
    return name.split(".")[1]


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=module)
def test_a_file_imports_only_from_lower_floors_or_its_own(file):
    own = room(module(file))
    assert own in FLOOR, f"{own} has no floor yet: give it one in {__file__}"
    tree = parsed(file)
    for name in imported(tree) | asked_for(tree):
        if name.split(".")[0] == "bioann":
            other = room(name)
            assert FLOOR[other] <= FLOOR[own], f"{module(file)} imports {name} from above"
            assert {own, other} != {"bio", "ann"}, "the two halves do not know each other"
            assert own not in {"metrics", "reporting"} or other not in {"bio", "ann"}


@pytest.mark.parametrize("file", FILES, ids=module)
def test_no_import_hides_in_a_function(file):
    functions = [n for n in ast.walk(parsed(file)) if isinstance(n, ast.FunctionDef)]
    hidden = {name for f in functions for name in imported(f) if name.split(".")[0] == "bioann"}
    assert not hidden or room(module(file)) in {"cli", "commands"}


@pytest.mark.parametrize("file", FILES, ids=module)
def test_randomness_does_not_come_from_brian(file):
    drawing = {"rand", "randn", "poisson", "brian2.random", "numpy.random"}
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("brian2"):
            assert not {alias.name for alias in node.names} & drawing
        assert not {n for n in modules_of(node) if n in drawing}


def test_imports_form_no_circle_at_run_time():
    graph = {}
    for file in FILES:
        tree = parsed(file)
        typing_only = [
            n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n)
        ]
        graph[module(file)] = imported(tree) - {n for t in typing_only for n in imported(t)}
    graphlib.TopologicalSorter(graph).prepare()


def test_the_glossary_says_the_same_to_type_checkers_and_at_run_time():
    block = next(n for n in parsed(ROOT / "__init__.py").body if isinstance(n, ast.If))
    told = {
        (alias.name, node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == {
        (name, f"bioann.{home}") for home, names in bioann._HOME.items() for name in names
    }
    assert sorted(bioann.__all__) == sorted(name for name, _ in told)


@pytest.mark.parametrize("name", bioann.__all__)
def test_every_public_name_can_be_had_and_is_documented(name):
    assert getattr(bioann, name).__doc__


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Synapse'"):
        bioann.Synapse  # noqa: B018


def test_importing_bioann_imports_no_simulator():
    heavy = "{'brian2', 'xarray', 'pandas', 'scipy', 'matplotlib'}"
    code = f"import bioann, sys; dir(bioann); print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
