"""What the bytecode of a function depends on, without its place in a file.

The digest of a code object covers its instructions, the constants and names that they use, and the
code of functions inside it. It leaves out file, line numbers, docstrings and the names of local
variables: moving or commenting a function does not change it. Bytecode differs between minor
versions of Python.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import types
from collections.abc import Iterator
from typing import Any

#: Flags of a code object that change how it is called.
_CALL_FLAGS = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
_HAS_CONSTANT = frozenset(dis.hasconst)
_HAS_NAME = frozenset(dis.hasname)


def digest_text(text: str | bytes) -> str:
    """Return 16 hexadecimal digits of the BLAKE2b hash of a text."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def digest_code(code: types.CodeType) -> str:
    """Return a digest of a code object, equal in all processes of one minor version of Python.

    Parameters
    ----------
    code : types.CodeType
        Code object of the function, its ``function.__code__``.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    n_arguments = code.co_argcount + code.co_kwonlyargcount
    n_named = n_arguments + bool(code.co_flags & inspect.CO_VARARGS)
    n_named += bool(code.co_flags & inspect.CO_VARKEYWORDS)
    signature = (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags & _CALL_FLAGS,
        code.co_varnames[:n_named],
        code.co_freevars,
        code.co_cellvars,
        code.co_exceptiontable,
    )
    lines = [repr(signature), *map(_describe_instruction, dis.get_instructions(code))]
    return digest_text("\n".join(lines))


def list_global_names(code: types.CodeType) -> tuple[str, ...]:
    """Return the names of globals that a code object loads, and those inside it, in order."""
    names = [
        str(instruction.argval)
        for one in _list_nested_code(code)
        for instruction in dis.get_instructions(one)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    ]
    return tuple(dict.fromkeys(names))


def list_names(code: types.CodeType) -> tuple[str, ...]:
    """Return all names of globals and attributes in a code object and those inside it."""
    names = [name for one in _list_nested_code(code) for name in one.co_names]
    return tuple(dict.fromkeys(names))


def _list_nested_code(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _list_nested_code(constant)


def _describe_instruction(instruction: dis.Instruction) -> str:
    """Return an instruction with the constant or name that it uses, not with its number."""
    if instruction.opcode in _HAS_CONSTANT:
        return f"{instruction.opname} {_describe_constant(instruction.argval)}"
    if instruction.opcode in _HAS_NAME:
        return f"{instruction.opname} {instruction.argval}"
    return f"{instruction.opname} {instruction.arg}"


def _describe_constant(constant: Any) -> str:
    """Return a text that differs for different constants: 1, 1.0 and True are three."""
    if isinstance(constant, types.CodeType):
        return f"code {digest_code(constant)}"
    if isinstance(constant, tuple):
        return f"({', '.join(map(_describe_constant, constant))})"
    if isinstance(constant, frozenset):  # its order depends on PYTHONHASHSEED
        return f"{{{', '.join(sorted(map(_describe_constant, constant)))}}}"
    return f"{type(constant).__name__} {constant!r}"
