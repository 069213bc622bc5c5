"""What ``import bioann as ba`` offers: each name once, documented, imported when first used."""

import inspect
import subprocess
import sys

import pytest

import bioann as ba


def test_every_public_name_can_be_had_and_is_documented():
    spaces = {"bioann": ba} | {
        name: value for name in dir(ba) if inspect.ismodule(value := getattr(ba, name))
    }
    offenders = [
        f"{space}.{name}"
        for space, module in spaces.items()
        for name in dir(module)
        if not name.startswith("_")
        and (getattr(getattr(module, name), "__module__", None) or "").startswith("bioann")
        and not (getattr(module, name).__doc__ or "").strip()
    ]
    assert not offenders, "\n".join(offenders)
    assert len(dir(ba)) <= 96, "the top level is for what most people use; see the sub-namespaces"


def test_importing_bioann_imports_no_simulator_and_help_is_one_page():
    heavy = "{'brian2', 'xarray', 'pandas', 'scipy', 'matplotlib', 'numpy'}"
    code = (
        f"import bioann, sys; dir(bioann); print(sorted({heavy} & set(sys.modules)));"
        "import pydoc; print(len(pydoc.render_doc(bioann).splitlines()))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules, lines = output.stdout.splitlines()
    assert modules == "[]"
    assert int(lines) < 100


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Synapse"):
        ba.Synapse  # noqa: B018
