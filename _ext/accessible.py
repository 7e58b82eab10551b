"""Mends what axe-core finds in the finished pages, in the theme's and Sphinx's own markup."""

import re
from pathlib import Path

REPAIRS = (
    # The search button shows "Search Ctrl+K"; a label that hides part of it confuses voice control.
    (re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="Search"'), r"\1"),
    # So it is with "Show code cell source".
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # The arrow that opens a chapter's further pages in the sidebar has no name.
    (
        re.compile(r'<summary><span class="toctree-toggle"'),
        '<summary aria-label="Further pages of this chapter"><span class="toctree-toggle"',
    ),
    # The title in the sidebar is outside of every landmark.
    (
        re.compile(r'<div class="bd-sidebar-primary bd-sidebar([^"]*)"(?! role)'),
        r'<div class="bd-sidebar-primary bd-sidebar\1" role="region" aria-label="Sidebar"',
    ),
    # The empty corner of a table is no header.
    (re.compile(r'<th class="head">(?:<p></p>)?</th>'), "<td></td>"),
    # References are a list whose entries have a role that ARIA has given up.
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
)


def repair(app, error):
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        old = new = path.read_text(encoding="utf-8")
        for pattern, replacement in REPAIRS:
            new = pattern.sub(replacement, new)
        if new != old:
            path.write_text(new, encoding="utf-8")


def setup(app):
    app.connect("build-finished", repair)
    return {"parallel_read_safe": True}
