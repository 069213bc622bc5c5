"""What has to work in an environment into which bioann was installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.release.checks import CheckFailedError
from tests.release.environment import Environment, require_file

HERE = Path(__file__).parent
#: Extras for those who change bioann; no feature of the package needs them.
TOOL_EXTRAS = frozenset({"test", "docs", "dev"})
#: Programs that execute notebooks: 75 MB, so they are installed rather than imitated.
NOTEBOOK_TOOLS = ("nbclient", "ipykernel")
#: A quick run of a pair that ships.
RUN = ("-m", "bioann.cli", "run", "inverter", "--trials", "2", "--no-vary")


def check_version(environment: Environment, version: str) -> str:
    """Require that the command works, is of this version, and that no dependency is missing."""
    command = str(Path(environment.python).parent / "bioann")
    output = environment.call(command, "--version").strip()
    if version not in output.split():
        raise CheckFailedError(f"bioann --version prints {output!r}, not {version}")
    environment.call("-m", "pip", "--disable-pip-version-check", "check")
    return output


def check_run(environment: Environment) -> str:
    """Run a pair and require its reports."""
    folder = environment.folder / "work"
    environment.call(*RUN, "--out", "reports")
    for suffix, start in ((".html", b"<"), (".pdf", b"%PDF"), (".json", b"{"), (".csv", b"")):
        require_file(folder / "reports" / f"inverter{suffix}", start)
    require_file(folder / "reports" / "inverter.nc", b"\x89HDF")
    return "HTML, PDF, JSON, CSV and netCDF"


def check_read_only(environment: Environment) -> str:
    """Run a pair where neither the packages nor the home folder can be written."""
    folders = (environment.find_packages(), environment.home)
    environment.forbid_writing(*folders)
    try:
        arguments = (*RUN, "--format", "html", "--out", "read_only")
        environment.call_unprivileged(*arguments, variables=environment.variables)
    finally:
        environment.allow_writing(*folders)
    require_file(environment.folder / "work" / "read_only" / "inverter.html")
    return ""


def check_without_home(environment: Environment) -> str:
    """Run a pair without the variable HOME; the account's own cache may be used."""
    variables = environment.variables
    del variables["HOME"]
    arguments = (*RUN, "--format", "html", "--out", "without_home")
    environment.call_unprivileged(*arguments, variables=variables)
    require_file(environment.folder / "work" / "without_home" / "inverter.html")
    return ""


def check_missing_extras(environment: Environment) -> str:
    """Require that each optional feature names the extra that it lacks."""
    output = environment.call("-P", str(HERE / "missing_extras.py"))
    return judge_missing_extras(json.loads(output.splitlines()[-1]))


def judge_missing_extras(facts: dict[str, Any]) -> str:
    """Judge what `missing_extras` prints; return the extras with their features."""
    messages: dict[str, dict[str, str | None]] = facts["messages"]
    problems = [
        f"{name} does not say to install bioann[{extra}]: {message or 'no error'}"
        for extra, features in messages.items()
        for name, message in features.items()
        if message is None or f"'bioann[{extra}]'" not in message
    ]
    for origin in ("declared", "source"):
        extras = set(facts[origin]) - (TOOL_EXTRAS if origin == "declared" else set())
        if extras != set(messages):
            names = ", ".join(sorted(extras ^ set(messages)))
            problems.append(f"extras that differ between pyproject.toml, code and check: {names}")
    if problems:
        raise CheckFailedError("; ".join(problems))
    return ", ".join(f"{extra} ({', '.join(names)})" for extra, names in messages.items())


def check_notebook(environment: Environment, notebook: Path) -> str:
    """Execute a notebook, and require that it displays a comparison and writes its reports."""
    environment.install(*NOTEBOOK_TOOLS)
    folder = environment.folder / "work"
    program = str(HERE / "execute_notebook.py")
    environment.call("-P", program, str(notebook), str(folder / "executed.ipynb"))
    require_file(folder / "brake.html")
    require_file(folder / "brake.pdf", b"%PDF")
    return judge_notebook(json.loads((folder / "executed.ipynb").read_text(encoding="utf-8")))


def judge_notebook(notebook: dict[str, Any]) -> str:
    """Require an output of HTML with a drawing, and no error, in an executed notebook."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    errors = [output["ename"] for output in outputs if output["output_type"] == "error"]
    if errors:
        raise CheckFailedError(f"the notebook raised {', '.join(errors)}")
    pages = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    if not any("<svg" in page or "<img" in page for page in pages):
        raise CheckFailedError("the notebook shows no figure of the comparison")
    return f"by nbclient; {len(cells)} cells, {sum(map(len, pages)) / 1000:.0f} kB of display"


def check_sdist_tests(environment: Environment, sources: Path, selection: tuple[str, ...]) -> str:
    """Collect all tests of an unpacked source distribution, and run some of them."""
    environment.install("--no-deps", "--editable", str(sources))
    quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    environment.call(*quiet, "--collect-only", folder=sources)
    output = environment.call(*quiet, "-m", "not slow", *selection, folder=sources)
    return f"all collected; {' '.join(selection)}: {output.strip().splitlines()[-1]}"


def check_sdist_docs(environment: Environment, sources: Path) -> str:
    """Build the documentation of an unpacked source distribution, without running programs."""
    arguments = ("-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", "built")
    environment.call(*arguments, folder=sources, BIOANN_DOCS_RUN="0")
    require_file(sources / "built" / "index.html")
    return f"{len(list((sources / 'built').rglob('*.html')))} pages, no warning"
