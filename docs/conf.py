"""Settings of the documentation site, which ``make docs`` builds without the network."""

from __future__ import annotations

import os
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import pandas
from brian2 import BrianLogger

import bioann

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "extensions"))
# As an extension this package would forbid to read pages in parallel; its files are all we need.
MATHJAX = Path(getattr(find_spec("sphinx-mathjax-offline"), "origin", "")).parent
#: Whether tutorials run and missing figures of the gallery are drawn (some minutes).
RUNS_PROGRAMS = os.environ.get("BIOANN_DOCS_RUN", "1") != "0"

project = "bioann"
author = "the bioann authors"
copyright = "the bioann authors"
release = version = bioann.__version__

extensions = [
    "myst_parser",
    "sphinx_design",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_click",
    "sphinx_gallery.gen_gallery",
    "numpydoc",
    "public_names",
    "own_references",
    "subject_gallery",
]
exclude_patterns = ["_build", "extensions", "notebooks", "tutorials", "**/sg_execution_times.rst"]
root_doc = "index"
templates_path = ["templates"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3

# Names in single backticks are links where they name something that is documented.
default_role = "py:obj"
nitpicky = True
add_module_names = False
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc states types in words, with shapes and units
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "tutorial_pages",
    "filename_pattern": r"\.py",
    "plot_gallery": RUNS_PROGRAMS,
    "download_all_examples": False,
    "capture_repr": ("_repr_html_",),  # tables; of Matplotlib's objects the figure is enough
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "write_computation_times": False,
}
suppress_warnings = ["config.cache", "sphinx_gallery.space_in_filename"]
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
pandas.set_option("display.max_colwidth", 160)  # tables that tutorials show are not cut
BrianLogger.suppress_name("unused_brian_object")  # tutorials read networks that they do not run

linkcheck_ignore = [r"https?://.*"]  # links within the site; others would need the network

html_theme = "pydata_sphinx_theme"
html_title = "bioann"
html_static_path = ["static", str(MATHJAX / "static")]
mathjax_path = "mathjax/tex-chtml.js"
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
}
