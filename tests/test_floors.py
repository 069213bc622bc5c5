"""The house has floors: a folder imports only from lower floors or from itself."""

import ast
import collections
import graphlib
from pathlib import Path

import pytest

import bioann as ba

ROOT = Path(ba.__file__).parent
#: Folders and top-level modules, lowest floor first; those on one floor do not see each other.
FLOORS = (
    {"base"},
    {"stimuli", "metrics"},
    {"claims", "recordings"},
    {"model", "correspondence"},
    {"bio", "ann"},
    {"translate", "parameters"},
    {"runs"},
    {"pair", "studies"},
    {"comparison", "pair_files"},
    {"testing", "robustness"},
    {"reporting"},
    {"batch"},
    {"sweeps"},
    {"explorer", "lessons"},
    {"cli"},
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
#: Stand on the face of the package (``import bioann as ba``), like any user.
ON_THE_FACE = {"models", "analyses"}
#: May import the face, because they stand above it.
ABOVE_THE_FACE = {"cli"}
#: Imports Brian2 late, so that ``bioann --help`` answers at once.
LATE_IMPORTS = {"cli"}
#: Names that do not tell what they hold.
VAGUE_NAMES = {
    *("asked", "begun", "drawn", "each", "ends", "found", "given", "held", "kept", "known", "left"),
    *("made", "met", "miss", "moved", "off", "own", "part", "parts", "place", "reached", "rest"),
    *("room", "said", "seen", "shown", "sides", "thing", "things", "told", "wanted", "way"),
    "worth",
}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(("bioann", *parts)).removesuffix(".__init__")


TREES = {
    module_name(file): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(ROOT.rglob("*.py"))
    if file.relative_to(ROOT).parts[0] not in ON_THE_FACE
}
del TREES["bioann"]
#: Names on the short list that are the field's own here: the left of two populations, an OFF cell.
ALLOWED_NAMES: set[str] = {"left", "off"}


def imported_modules(tree: ast.AST) -> set[str]:
    """Return the bioann modules that a file names; ``from bioann import model`` is one."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            modules = {f"{base}.{alias.name}" for alias in node.names}
            names |= modules & TREES.keys() or {base}
    return {name for name in names if name.split(".")[0] == "bioann"}


def folder(module: str) -> str:
    return module.split(".")[1]


def outermost_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return functions and methods, without those inside them."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [n for scope in (tree, *classes) for n in scope.body if isinstance(n, ast.FunctionDef)]


def function_names(tree: ast.AST) -> list[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [node.name for node in nodes if not node.name.startswith("__")]


def assigned_names(tree: ast.AST) -> list[str]:
    """Return the names of parameters and of everything that is assigned to."""
    nodes = list(ast.walk(tree))
    variables = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return variables + [n.arg for n in nodes if isinstance(n, ast.arg)]


def report(offenders: list[str]) -> str:
    return "\n".join(["", *offenders])


def test_the_top_level_is_folders_with_a_floor_and_at_most_six_files():
    modules = {name.split(".")[1] for name in TREES}
    assert modules == FLOOR.keys(), "a folder without a floor, or a floor without a folder"
    files = [file.name for file in ROOT.iterdir() if file.is_file()]
    assert len(files) <= 6, files


def test_a_folder_imports_only_from_lower_floors_or_from_itself():
    offenders = []
    for module, tree in TREES.items():
        own = folder(module)
        for name in imported_modules(tree):
            if name == "bioann":
                if own not in ABOVE_THE_FACE:
                    offenders.append(f"{module} imports the public names, which stand above it")
            elif folder(name) != own and FLOOR[folder(name)] >= FLOOR[own]:
                offenders.append(f"{module} imports {name}, which is not below it")
            elif own == "reporting" and folder(name) in {"bio", "ann"}:
                offenders.append(f"{module} imports {name}: a report reads recordings, not models")
    assert not offenders, report(offenders)


def test_imports_form_no_circle_typing_included():
    graph = {module: imported_modules(tree) - {"bioann"} for module, tree in TREES.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_import_hides_in_a_function():
    offenders = [
        f"{module}: {function.name} imports {name}"
        for module, tree in TREES.items()
        if folder(module) not in LATE_IMPORTS
        for function in outermost_functions(tree)
        for name in imported_modules(function)
    ]
    assert not offenders, report(offenders)


def test_descriptions_do_not_import_what_executes_them():
    described = {"bioann.bio.description", "bioann.bio.cells.description", "bioann.ann.description"}
    executing = ("bioann.bio.engines", "bioann.bio.builder", "bioann.ann.simulate")
    offenders = [
        f"{module} imports {name}"
        for module in described
        for name in imported_modules(TREES[module])
        if name.startswith(executing)
    ]
    assert not offenders, report(offenders)


def test_only_the_cpp_engine_knows_the_private_cpp_of_brian():
    offenders = [
        module
        for module, tree in TREES.items()
        if not module.startswith("bioann.bio.engines.cpp")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "cpp_standalone" in (node.module or "")
    ]
    assert not offenders, report(offenders)


def test_randomness_does_not_come_from_brian_or_from_a_global_generator():
    drawing = {"rand", "randn", "poisson", "random"}
    offenders = [
        f"{module} imports {alias.name} from {node.module}"
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("brian2", "numpy"))
        for alias in node.names
        if alias.name in drawing or node.module in {"brian2.random", "numpy.random"}
    ]
    assert not offenders, report(offenders)


def test_functions_of_one_word_are_not_called_alike_in_two_modules():
    homes = collections.defaultdict(set)
    for module, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                homes[node.name].add(module)
    offenders = [
        f"{name}: {', '.join(sorted(modules))}"
        for name, modules in sorted(homes.items())
        if len(modules) > 1 and "_" not in name.strip("_")
    ]
    assert not offenders, report(offenders)


def test_names_say_what_they_hold():
    offenders = [
        f"{module}: {name}"
        for module, tree in TREES.items()
        for name in assigned_names(tree) + function_names(tree)
        if name in VAGUE_NAMES - ALLOWED_NAMES
    ]
    assert not offenders, report(sorted(set(offenders)))
