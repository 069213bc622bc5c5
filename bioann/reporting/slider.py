"""A slider of a page: a figure that a fixed script redraws from numbers, without a server.

The script (``templates/slider.js``) is the only one that a page of a report may run: the policy of
the page names it by its hash. The numbers stand in the page as JSON that is never executed.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bioann.base.errors import DescriptionError
from bioann.base.text import check_texts

#: Longest text of script and numbers together, in bytes.
MAX_BYTES = 100_000


@dataclass(frozen=True)
class Slider:
    """A slider beside the figure that it belongs to; the PDF and print have the figure alone.

    ``label`` names the varied parameter with its unit, ``value_texts`` the values of the slider,
    ``start`` the index of the first that is shown. ``data`` are the numbers of the curves as JSON
    (`bioann.reporting.parameter_section.encode_curves`).
    """

    label: str
    value_texts: tuple[str, ...]
    start: int
    data: str

    def __post_init__(self) -> None:
        check_texts("Slider", label=self.label)
        obj = f"Slider {self.label!r}"
        if not 0 <= self.start < len(self.value_texts):
            n = len(self.value_texts)
            raise DescriptionError(
                obj, "a start among its values", f"{self.start} of {n}", "Use an index."
            )
        size = len(self.data.encode()) + len(read_slider_script().encode())
        if size > MAX_BYTES:
            raise DescriptionError(
                obj,
                f"at most {MAX_BYTES} bytes of script and numbers",
                f"{size}",
                "Show fewer values, responses or conditions.",
            )

    @property
    def safe_data(self) -> str:
        """The numbers as JSON without a character that could end the element around them."""
        escaped = self.data
        for character in "<>&'":
            escaped = escaped.replace(character, f"\\u{ord(character):04x}")
        return escaped


@cache
def read_slider_script() -> str:
    """Return the script that moves sliders, the same in every page."""
    folder = resources.files("bioann.reporting") / "templates"
    return (folder / "slider.js").read_text(encoding="utf-8")


@cache
def hash_slider_script() -> str:
    """Return the hash by which the policy of a page allows the script."""
    digest = hashlib.sha256(read_slider_script().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
