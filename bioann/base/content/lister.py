"""Lists the values that an object consists of, whatever its kind."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import types
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.content.bytecode import digest_code, list_global_names, list_names
from bioann.base.content.libraries import (
    describe_library_object,
    find_library_instance,
    is_library,
)
from bioann.base.content.members import (
    is_default,
    list_fields,
    list_items,
    list_members,
    list_state,
)
from bioann.base.content.text import (
    describe_array,
    describe_quantity,
    describe_value,
    hash_values,
    is_value,
)
from bioann.base.heterogeneity import HeterogeneousQuantity

#: Values at most that are listed of one description; whatever comes after counts as unhashed.
MAX_VALUES = 200_000
#: Values at most that are listed of one tuple, list or dict; of a larger one a digest.
MAX_LISTED = 1_500
#: Methods that dataclasses get by themselves.
_GENERATED = frozenset(
    (
        *("__repr__", "__eq__", "__init__", "__hash__", "__setattr__", "__delattr__"),
        *("__lt__", "__le__", "__gt__", "__ge__", "__replace__"),
    )
)


class ContentLister:
    """Lists values by path; each ``add_...`` method lists one kind of object.

    Parameters
    ----------
    containers : dict of int to tuple
        Containers that hold nothing but data and their values, by the id of the container:
        listers of one call have them in common.
    without : collection of str, optional
        Fields of the outermost description that are left out.
    omit_defaults : bool, optional
        Whether to leave out default values of bioann's own classes.
    """

    def __init__(
        self,
        containers: dict[int, tuple[Any, dict[str, str]]],
        without: Collection[str] = (),
        omit_defaults: bool = False,
    ) -> None:
        self.containers, self.without = containers, without
        self.omit_defaults = omit_defaults
        self.values: dict[str, str] = {}
        self.unhashed: list[str] = []
        self.libraries: set[str] = set()
        self.open_objects: list[int] = []  # ids of the objects that the current one is inside
        self.names: dict[tuple[str, int], str] = {}  # of globals and classes, which are listed once
        self.objects: list[object] = []  # keeps them alive: an id names one object only
        self.count = 0

    def add(self, path: str, value: Any) -> None:
        """List a value of any kind under a path."""
        self.count += 1
        if self.count > MAX_VALUES:
            self.add_unhashed(path, value)
        elif is_value(value):
            self.values[path] = describe_value(value)
        elif isinstance(value, np.ndarray):
            self.add_array(path, value)
        elif id(value) in self.open_objects:
            level = len(self.open_objects) - self.open_objects.index(id(value))
            self.values[path] = f"the object {level} level(s) above"
        else:
            self.open_objects.append(id(value))
            self.objects.append(value)
            self.add_object(path, value)
            self.open_objects.pop()

    def add_object(self, path: str, value: Any) -> None:
        """List an object that has members: a description, a container, a function, a class."""
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            self.add_fields(path, value)
        elif isinstance(value, types.FunctionType):
            self.add_function(path, value)
        elif isinstance(value, type):
            self.add_class(path, value)
        elif isinstance(value, types.ModuleType):
            self.add_library(path, value.__name__, value.__name__)
        elif (name := describe_library_object(value)) is not None:
            self.add_library(path, name, name)
        elif isinstance(value, (tuple, list, dict)):
            self.add_container(path, value)
        elif (members := list_members(value)) is not None:
            self.add_members(path, members)
        else:
            self.add_instance(path, value)

    def add_container(self, path: str, container: Any) -> None:
        """List the items of a container; of a large one its length and a digest."""
        if id(container) not in self.containers:
            n_names, n_unhashed = len(self.names), len(self.unhashed)
            outer_values, self.values = self.values, {}
            self.add_members(path, list_items(container))
            values = {name.removeprefix(path): text for name, text in self.values.items()}
            inner_values, self.values = self.values, outer_values
            if len(values) > MAX_LISTED:
                values = {"": f"{len(container)} items {hash_values(values)}"}
                inner_values = {path: values[""]}
            if (n_names, n_unhashed) != (len(self.names), len(self.unhashed)):
                self.values |= inner_values  # names of globals are listed where they come first
                return
            self.containers[id(container)] = container, values
        _, values = self.containers[id(container)]
        self.values |= {f"{path}{name}": text for name, text in values.items()}

    def add_members(self, path: str, members: Mapping[str, Any]) -> None:
        """List members, whose names are the continuations of the path."""
        for name, member in members.items():
            self.add(f"{path}{name}" if path else name.removeprefix("."), member)

    def add_array(self, path: str, array: np.ndarray) -> None:
        """List an array by its bytes; one of objects element by element."""
        if array.dtype.hasobject:
            self.values[path] = self.digest_members({f"[{k}]": v for k, v in enumerate(array.flat)})
        else:
            self.values[path] = describe_array(array)

    def digest_members(self, members: Mapping[str, Any]) -> str:
        """Return one text for members whose paths would tell a reader nothing."""
        outer_values, self.values = self.values, {}
        self.add_members("", members)
        inner_values, self.values = self.values, outer_values
        return f"{len(members)} values {hash_values(inner_values)}"

    def add_fields(self, path: str, description: Any) -> None:
        """List class and fields of a dataclass."""
        kind: Any = type(description)
        self.add_class(path, kind)
        omits_defaults = self.omit_defaults and is_library(kind.__module__)
        for field, default in list_fields(kind):
            value = getattr(description, field.name)
            if (omits_defaults and is_default(value, default)) or (
                not path and field.name in self.without
            ):
                continue
            field_path = f"{path}.{field.name}" if path else field.name
            if isinstance(value, HeterogeneousQuantity):
                self.add(field_path, value.source)
            elif "unit" in field.metadata and isinstance(value, float):
                self.values[field_path] = describe_quantity(value, description.unit_of(field))
            else:
                self.add(field_path, value)

    def add_instance(self, path: str, value: Any) -> None:
        """List an object that is no dataclass: members of a user's class, a digest of others."""
        members, module = list_state(value), type(value).__module__
        if members is None:
            self.add_unhashed(path, value)
        elif is_library(module):
            if (name := find_library_instance(value)) is not None:
                self.add_library(path, module, name)
                return
            self.add_library(path, module, f"{type(value).__qualname__} ")
            self.values[path] += self.digest_members(members)
        else:
            self.add_class(path, type(value))
            self.add_members(path, members)

    def add_function(self, path: str, function: types.FunctionType) -> None:
        """List code, defaults and closure of a function, and the globals that it uses."""
        module = function.__module__ or ""
        if is_library(module):
            name = f"{module}.{function.__qualname__}"
            self.add_library(path, module, name)
            if "<locals>" not in name:  # made by a function of the library: its closure counts
                return
        else:
            self.values[path] = f"code {digest_code(function.__code__)}"
        code = function.__code__
        arguments = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        named = dict(zip(arguments[code.co_argcount - len(defaults) :], defaults, strict=True))
        named |= function.__kwdefaults__ or {}
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # an empty cell: the variable has no value yet
                named[name] = cell.cell_contents
        self.add_members(path, {f".{name}": value for name, value in named.items()})
        if not is_library(module):
            self.add_globals(function)

    def add_globals(self, function: types.FunctionType) -> None:
        """List the globals that a function uses, each once for all functions of a file."""
        code, namespace = function.__code__, function.__globals__
        for name in list_global_names(code):
            if name.startswith("__") or name not in namespace:
                continue
            value = namespace[name]
            if isinstance(value, types.ModuleType) and not is_library(value.__name__):
                for member in list_names(code):
                    if hasattr(value, member):
                        self.add_global(f"{name}.{member}", vars(value), getattr(value, member))
            else:
                self.add_global(name, namespace, value)

    def add_global(self, name: str, namespace: dict[str, Any], value: Any) -> None:
        """List a global of a user's file unless it is listed already."""
        is_new, path = self.find_name(f"global {name}", namespace)
        if is_new:
            folder = Path(str(namespace.get("__file__", ""))).resolve().parent
            if isinstance(value, Path) and value.is_relative_to(folder):
                value = value.relative_to(folder)
            self.add(path, value)

    def find_name(self, name: str, owner: object) -> tuple[bool, str]:
        """Return whether a name of an owner is new, and the path under which it is listed."""
        key = (name, id(owner))
        if key in self.names:
            return False, self.names[key]
        self.objects.append(owner)
        namesakes = sum(1 for other, _ in self.names if other == name)
        self.names[key] = f"{name} ({namesakes + 1})" if namesakes else name
        return True, self.names[key]

    def add_class(self, path: str, kind: type) -> None:
        """List the name of a class, and the members of a user's class once."""
        if is_library(kind.__module__):
            self.add_library(path, kind.__module__, kind.__qualname__)
            return
        is_new, name = self.find_name(f"class {kind.__name__}", kind)
        self.values[path] = name
        if is_new:
            fields = (
                {f.name for f in dataclasses.fields(kind)}
                if dataclasses.is_dataclass(kind)
                else set()
            )
            for attribute, member in vars(kind).items():
                if attribute not in fields and _is_written(attribute, member):
                    self.add(f"{name}.{attribute}", member)
            for k, base in enumerate(kind.__bases__):
                self.add(f"{name}, base {k}", base)

    def add_library(self, path: str, module: str, name: str) -> None:
        """List code of a library by its name; its version stands beside the list."""
        self.libraries.add(module.partition(".")[0])
        self.values[path] = name

    def add_unhashed(self, path: str, value: Any) -> None:
        """List an object whose content cannot be read, by its name."""
        names = (getattr(value, attribute, None) for attribute in ("__qualname__", "__name__"))
        name = next(filter(None, names), type(value).__qualname__)
        self.values[path] = f"unhashed {name}"
        self.unhashed.append(f"{path} ({name})" if path else str(name))


def _is_written(attribute: str, member: Any) -> bool:
    """Whether an attribute of a class was written by its author, and matters."""
    if isinstance(member, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        return False
    if attribute in _GENERATED and isinstance(member, types.FunctionType):
        return member.__code__.co_filename != "<string>"
    wrapped = (types.FunctionType, classmethod, staticmethod, property, functools.partial)
    return isinstance(member, wrapped) or not attribute.startswith(("__", "_abc_"))
