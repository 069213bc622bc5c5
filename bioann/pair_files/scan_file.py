"""Read the docstring of a file, and whether it defines a function, without parsing all of it.

``bioann list`` looks at every file; to parse each of them would take most of its time.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

# A text in triple or in single quotes: its end is the first quote that no backslash stands before.
_TEXT = (
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
)
_DOCSTRING = re.compile(
    rf"(?:\s|#[^\n]*\n)*([rRuU]?(?:{_TEXT}))[ \t]*(?:#[^\n]*)?(?:\n|\Z)", re.DOTALL
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)


def read_source(path: Path) -> str:
    """Return the text of a Python file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is not UTF-8, or declares another encoding.
    """
    content = path.read_bytes()
    if _CODING.search(b"\n".join(content.split(b"\n", 2)[:2])):
        return ast.unparse(ast.parse(content))
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def find_summary(source: str) -> str:
    """Return the first line of the docstring of a file; empty if it has none.

    Parameters
    ----------
    source : str
        Text of the file.
    """
    match = _DOCSTRING.match(source)
    if match is not None:
        docstring = ast.literal_eval(match[1])
    elif re.match(r"(?:\s|#[^\n]*\n)*[rRuU(]?[\"'(]", source):  # such as a text in parentheses
        docstring = ast.get_docstring(ast.parse(source)) or ""
    else:
        docstring = ""
    return docstring.strip().partition("\n")[0].rstrip()


def defines_function(source: str, name: str) -> bool:
    """Whether a file defines a function outside classes, other functions and conditions.

    Parameters
    ----------
    source : str
        Text of the file.
    name : str
        Name of the function.
    """
    # Comments and texts are matched as a whole, so that a definition inside one does not count.
    tokens = re.compile(rf"#[^\n]*|{_TEXT}|(\ndef[ \t]+{name}[ \t]*\()", re.DOTALL)
    text = f"\n{source}"
    if re.search(rf"\ndef[ \t]+{name}[ \t]*\(", text) is None:
        return False
    return any(match[1] for match in tokens.finditer(text))
