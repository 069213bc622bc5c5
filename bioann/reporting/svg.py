"""Drawings as deterministic inline SVG, with ids that are unique in a page."""

from __future__ import annotations

import hashlib
import io
import re
from functools import cache
from importlib import resources

import matplotlib as mpl
import typst
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from bioann.base.errors import DescriptionError
from bioann.base.printable import clean_text

# The em of the templates, in points: sizes leave here in em and so follow the page's font size.
_EM = 12.0

_KEY = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_REFERENCE = re.compile(r"""(\sid="|href="\#|url\(\#)""")
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
# Matplotlib's rule for every element would also hold for the page around an inlined figure.
_GLOBAL_STYLE = re.compile(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>\s*")
# A thousandth of a point is less than a screen or a printer can show; numbers below one may scale.
_NEEDLESS_DIGITS = re.compile(r"(?:(?<=[1-9]\.\d{3})|(?<=\d\d\.\d{3}))\d+")
_ROOT = re.compile(r'<svg viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')
_SYMBOL = re.compile(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>')
_USE = re.compile(r'<use xlink:href="#([^"]+)" x="([^"]*)" y="([^"]*)" fill="([^"]*)"[^>]*/>')


def to_svg(figure: Figure, key: str) -> str:
    """Draw a figure as an SVG element for inlining.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is drawn, not closed.
    key : str
        Prefix of all its ids, a name that no other figure of the page has.

    Returns
    -------
    str
        One ``<svg>`` element: text as paths, no prolog, no metadata, nothing to be fetched, and the
        same bytes for the same figure and key.

    Raises
    ------
    DescriptionError
        If the key cannot be part of an id.
    """
    if not _KEY.fullmatch(key):
        expected, remedy = "a letter, then letters, digits, - or _", "Use a name such as 'scatter'."
        raise DescriptionError("to_svg key", expected, repr(key), remedy)
    svg = _print_svg(figure, key)
    svg = _METADATA.sub("", svg[svg.index("<svg") :])
    if style := _GLOBAL_STYLE.search(svg):
        svg = svg.replace(style[0], "").replace("<svg", f'<svg style="{style[1].strip()}"', 1)
    return prefix_ids(_NEEDLESS_DIGITS.sub("", svg), key).strip()


def _print_svg(figure: Figure, key: str) -> str:
    """Draw a figure once; ``Figure.savefig`` draws one with a layout engine twice."""
    buffer, dpi = io.StringIO(), figure.dpi
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": key}):
        try:
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
        finally:
            figure.dpi = dpi
    return clean_text(buffer.getvalue())  # text is a comment beside its path


def prefix_ids(svg: str, key: str) -> str:
    """Return a drawing whose ids, and the references to them, begin with a key."""
    return _REFERENCE.sub(rf"\g<1>{key}-", svg)


@cache
def equation_svg(typst_math: str, *, inline: bool = False) -> str:
    """Set Typst math as an SVG element in the colour and size of the text around it.

    Parameters
    ----------
    typst_math : str
        What would stand between dollar signs in Typst.
    inline : bool
        Set it for a line of text, with its baseline on that of the line, instead of displayed.

    Returns
    -------
    str
        One ``<svg>`` element, sized in em, drawn in ``currentColor``. It holds no label: the
        template around it says what it is.

    Raises
    ------
    DescriptionError
        If Typst cannot read the formula; holds its diagnostic.
    """
    templates = resources.files("bioann.reporting") / "templates"
    inputs = {"math": typst_math, "inline": "yes" if inline else "no"}
    try:
        # ~1 ms each with the fonts loaded once, so there is nothing to win by batching.
        svg = typst.compile(
            (templates / "equation.typ").read_bytes(),
            format="svg",
            font_paths=embedded_fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs,
        )
    except typst.TypstError as error:
        remedy = f"Write it as in Typst math mode. {'; '.join((error.message, *error.hints))}"
        raise DescriptionError(
            f"Equation {typst_math!r}", "Typst math", "an error", remedy
        ) from error
    key = "eq" + hashlib.sha256(typst_math.encode()).hexdigest()[:8]
    return prefix_ids(_use_text_colour(svg.decode()), key)


@cache
def embedded_fonts() -> typst.Fonts:
    """Fonts that come inside typst: the same on every machine."""
    return typst.Fonts(include_system_fonts=False)


def _use_text_colour(svg: str) -> str:
    """Write glyphs out where they are used, so that the same equation can stand twice in a page."""
    glyphs = dict(_SYMBOL.findall(svg))

    def expand_use(use: re.Match[str]) -> str:
        name, x, y, fill = use.groups()
        return f'<g transform="translate({x} {y})" fill="{fill}">{glyphs[name]}</g>'

    svg = _SYMBOL.sub("", _USE.sub(expand_use, svg)).replace("<defs></defs>", "")
    svg = svg.replace("#000000", "currentColor").replace(' transform="translate(0 0)"', "")

    def write_root(match: re.Match[str]) -> str:
        width, height = (f"{float(size) / _EM:.4g}em" for size in match.groups())
        return (
            f'<svg class="math" viewBox="0 0 {match[1]} {match[2]}" '
            f'style="width:{width};height:{height}" xmlns="http://www.w3.org/2000/svg">'
        )

    return _ROOT.sub(write_root, svg, count=1)
