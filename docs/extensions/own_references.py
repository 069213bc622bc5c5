"""Resolve names of the package: every name of ours must exist, and links to its public address."""

from __future__ import annotations

import functools
import pkgutil
from typing import Any

from docutils import nodes
from public_names import list_groups
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


@functools.cache
def list_public_addresses() -> dict[int, str]:
    """Return the public address of each object, by its identity."""
    addresses: dict[int, str] = {}
    for group in list_groups():
        for address in group.addresses:
            addresses[id(pkgutil.resolve_name(address))] = address
    return addresses


def find_object(name: str) -> object | None:
    """Return the object of ours that a name means, or None if there is none."""
    address = f"bioann.{name[3:]}" if name.startswith("ba.") else name
    try:
        return pkgutil.resolve_name(address)
    except (ImportError, AttributeError, ValueError):
        return None


def resolve_reference(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Link a name of ours to its page; leave text that names nothing of ours without a link.

    A name that starts with ``bioann.`` or ``ba.`` and does not exist remains unresolved, so that
    the build fails.
    """
    name = node.get("reftarget", "")
    if node.get("refdomain") != "py":
        return None
    is_own = name.startswith(("bioann.", "ba."))
    value = find_object(name if is_own else f"bioann.{name}")
    if value is None:
        return None if is_own else content
    address = list_public_addresses().get(id(value))
    return link_address(app, env, node, content, address) if address else content


def link_address(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Any, address: str
) -> nodes.Node:
    """Return a link to the page of a public name."""
    domain = env.domains["py"]
    link = domain.resolve_any_xref(
        env, node.get("refdoc", env.docname), app.builder, address, node, content
    )
    return link[0][1] if link else content


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the resolver with Sphinx."""
    app.connect("missing-reference", resolve_reference)
    return {"parallel_read_safe": True}
