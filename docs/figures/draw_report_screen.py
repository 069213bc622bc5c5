"""Photograph the first screen of a report, with the numbers of ``start/reading_a_report.md``.

``python docs/figures/draw_report_screen.py reports/inverter.html`` needs Chromium. The numbers are
added to a copy of the page, beside the elements that they name, so that they move with the layout.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

#: What each number of the legend stands beside, as CSS selectors of a report, from number 1 on.
ELEMENTS = (
    ".question",
    ".summary",
    "#key-figure",
    "#scale-figure",
    ".verdicts",
    "#contents",
)
MARK = """
{selector} {{ position: relative; }}
{selector}::before {{ content: "{number}"; position: absolute; left: -46px; top: 0; width: 34px;
  height: 34px; border-radius: 17px; background: #D55E00; color: white; text-align: center;
  font: bold 20px/34px sans-serif; z-index: 9; display: block; }}
nav.contents {{ overflow: visible; }}
"""
WIDTH, HEIGHT = 1280, 900
OUTPUT = Path(__file__).parent.parent / "start" / "report_screen.png"
#: Colours of the palette: few enough for a small file, enough for soft edges of letters.
COLOURS = 240


def add_marks(page: str) -> str:
    """Return a report with a numbered mark beside each of the elements."""
    missing = [s for s in ELEMENTS if f'="{s[1:]}"' not in page]
    if missing:
        raise SystemExit(f"The report has none of: {', '.join(missing)}")
    marks = (MARK.format(selector=s, number=i) for i, s in enumerate(ELEMENTS, 1))
    return page.replace("</head>", f"<style>{''.join(marks)}</style></head>", 1)


def take_screenshot(page: str) -> bytes:
    """Return the first screen of a page as Chromium shows it, as PNG."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        raise SystemExit("Chromium is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        source, image = Path(folder) / "report.html", Path(folder) / "screen.png"
        source.write_text(page, encoding="utf-8")
        options = ("--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu")
        size = (f"--window-size={WIDTH},{HEIGHT}", f"--user-data-dir={folder}/profile")
        command = (browser, *options, *size, f"--screenshot={image}", source.as_uri())
        subprocess.run(command, check=True, capture_output=True)
        return image.read_bytes()


def main(report: str) -> None:
    """Write the picture beside the page that shows it."""
    screen = take_screenshot(add_marks(Path(report).read_text("utf-8")))
    image = (
        Image.open(io.BytesIO(screen))
        .convert("RGB")
        .quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=0)
    )
    image.save(OUTPUT, optimize=True)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:])
