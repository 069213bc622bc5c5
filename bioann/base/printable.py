"""Characters that a terminal or a page would obey instead of showing them."""

from __future__ import annotations

import re

#: Control characters but tab and newline (an escape sequence can rewrite a terminal), and halves of
#: characters, which no file can hold.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\u2028\u2029]")
#: Characters of no width, and those that turn the direction of writing: text that looks like other.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """Return a text as it can be printed: on a terminal, in a page, in a PDF.

    Parameters
    ----------
    text : str
        Any text, for example a question that somebody wrote in a pair file.

    Returns
    -------
    str
        Control characters are replaced by U+FFFD, so that they are seen; characters of no width and
        marks of direction are left out. Tabs and newlines stay.
    """
    visible = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", visible)


def clean_line(text: str) -> str:
    """Return a text as one line of printable characters, its spaces, tabs and newlines joined."""
    return " ".join(clean_text(text).split())


def is_printable(text: str) -> bool:
    """Return whether a text has at least one character, and shows all that it has."""
    if text.isascii():  # at once: a stimulus may have thousands of labels
        return text.isprintable() and bool(text.strip())
    return bool(text.strip()) and "\t" not in text and "\n" not in text and clean_text(text) == text
