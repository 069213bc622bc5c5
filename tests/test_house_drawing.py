"""The page on the structure of the package, and its drawing, show the folders and imports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FIGURES = Path(__file__).parent.parent / "docs" / "figures"


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


house = load_script(FIGURES / "draw_house.py")
IMPORTS = house.read_imports()
FLOORS = house.read_floors()


def test_the_table_has_every_folder_once() -> None:
    names = [name for floor in FLOORS for name in floor]
    assert sorted(names) == sorted(IMPORTS)


def test_the_table_has_every_import_going_down() -> None:
    floor_of = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    upward = [(n, o) for n, others in IMPORTS.items() for o in others if floor_of[o] >= floor_of[n]]
    assert upward == []


def test_the_drawing_has_the_folders_and_imports_of_the_source() -> None:
    drawn = house.read_drawn_arrows(house.OUTPUT.read_text("utf-8"))
    expected = house.leave_out_shortcuts(IMPORTS)
    assert drawn == expected, "python docs/figures/draw_house.py draws it anew"


def test_shortcuts_are_left_out_and_nothing_becomes_unreachable() -> None:
    chain = {"top": {"middle", "low"}, "middle": {"low"}, "low": set()}
    assert house.leave_out_shortcuts(chain) == {"top": {"middle"}, "middle": {"low"}, "low": set()}
    reduced = house.leave_out_shortcuts(IMPORTS)
    for name in IMPORTS:
        assert house.list_reachable(name, reduced) == house.list_reachable(name, IMPORTS)


def test_relative_and_nested_imports_count(tmp_path: Path) -> None:
    package = tmp_path / "bioann"
    for name in ("base", "bio"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text("")
    (package / "__init__.pyi").write_text("from .bio.cell import Cell as Cell\n")
    (package / "base" / "units.py").write_text("import numpy\n")
    source = "def f():\n    from ..base.units import SI\n    import bioann.model\n"
    (package / "bio" / "cell.py").write_text(source)
    (package / "model.py").write_text("from bioann import base\nimport bioann as ba\n")
    assert house.read_imports(package) == {
        "base": set(),
        "bio": {"base", "model"},
        "bioann": {"bio"},
        "model": {"base", "bioann"},
    }


@pytest.mark.parametrize("name", ["base", "cli"])
def test_a_drawing_is_read_as_it_was_drawn(name: str) -> None:
    arrows = {"base": set(), "cli": {"base"}}
    drawn = house.read_drawn_arrows(house.draw_graph([["base"], ["cli"]], arrows))
    assert drawn[name] == arrows[name]
