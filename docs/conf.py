"""How Sphinx makes pages of this folder: `make docs` writes them to build/docs."""

import sys
import warnings
from pathlib import Path

from sklearn.exceptions import ConvergenceWarning

import glassnet

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

project, author = "glassnet", "The glassnet developers"
copyright = "The glassnet developers, BSD-3-Clause"
version = release = glassnet.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "docstrings",  # the last three live in _extensions/
    "equations",
    "mathml",
]
exclude_patterns = ["_extensions", "gallery"]
default_role = "code"
highlight_language = "text"  # equations are indented on pages that people also read as plain Markdown
nitpicky = True
html_math_renderer = "mathml"
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]  # the gallery's sorting key is a class, which Sphinx cannot compare between builds

# Docstrings give shapes and units where types would stand, so signatures show names and defaults alone.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

# Every page of the gallery is a script. It runs when the pages are made, so no number on it can be out of date.
sphinx_gallery_conf = {
    "examples_dirs": ["gallery/inside", "gallery/howto"],
    "gallery_dirs": ["inside", "howto"],
    "filename_pattern": r"/\d\d_",
    "ignore_pattern": "drawing",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "plot_gallery": "True",
}
warnings.filterwarnings("error", category=ConvergenceWarning)  # a reader would wonder, so the page has to be put right

html_theme = "pydata_sphinx_theme"
html_title = "glassnet"
html_static_path = ["_static"]
html_css_files = ["glassnet.css"]
html_copy_source = False
html_theme_options = {
    "github_url": "https://github.com/glassnet/glassnet",
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "secondary_sidebar_items": ["page-toc"],
}
