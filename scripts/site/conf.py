"""Settings of Sphinx, which makes the documents a site: `make docs`.

Nothing of the site comes from elsewhere: no font, no script, no style. The search runs in the
browser, over an index that is built with the pages.
"""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "Vigie"
html_title = "Vigie"
extensions = ["myst_parser"]
root_doc = "index"
source_suffix = {".md": "markdown"}
myst_heading_anchors = 6  # a heading has the anchor that a forge gives it
myst_links_external_new_tab = False
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["vigie.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
html_theme_options = {
    "footer_icons": [],
    "light_css_variables": {"color-brand-primary": "#0a4aa8", "color-brand-content": "#0a4aa8", "color-brand-visited": "#6a1b9a"},
    "dark_css_variables": {"color-brand-primary": "#8ab8ff", "color-brand-content": "#8ab8ff", "color-brand-visited": "#d0a8ff"},
}


def setup(app: Sphinx) -> None:
    """Take the notations of our own pages for plain text."""
    for name in ("timeline", "mermaid"):
        app.add_lexer(name, TextLexer)
