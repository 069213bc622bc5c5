"""Finds the simulations of a Brian2 script that follow its first one."""

from __future__ import annotations

import ast


def flag_later_runs(source: str) -> list[str]:
    """Return a sentence if a script calls ``run()`` several times, or in a loop; else none.

    Parameters
    ----------
    source : str
        Text of the script.
    """
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if _is_run(node)]
    loops = (ast.For, ast.While, ast.ListComp)
    is_repeated = any(
        _is_run(inner)
        for node in ast.walk(tree)
        if isinstance(node, loops)
        for inner in ast.walk(node)
    )
    if len(calls) < 2 and not is_repeated:
        return []
    count = "in a loop" if is_repeated else f"{len(calls)} times"
    return [
        f"the script calls run() {count}: this is its network at the first call with a duration; "
        "what the script changes between calls (weights, rates, parameters) is not in it"
    ]


def _is_run(node: ast.AST) -> bool:
    """Return whether a node is a call of ``run``, with a duration that is not written as 0."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    constants = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
    return name == "run" and 0 not in constants
