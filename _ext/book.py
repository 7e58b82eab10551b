"""What this book adds to Jupyter Book: a chapter's two halves, the system's theme, pages without dead scripts."""

import shutil
from pathlib import Path


def read_notebooks(app, config):
    """Of a chapter's two halves, .md and .ipynb, build the executed one."""
    source = Path(app.srcdir)
    twins = (
        path.relative_to(source).as_posix()
        for folder in (source, source / "chapters")
        for path in folder.glob("*.md")
        if path.with_suffix(".ipynb").exists()
    )
    config.exclude_patterns = [*config.exclude_patterns, *twins]


def turn_on_buttons(app, config):
    """With a repository in _config.yml: launch buttons (Binder, Colab) and 'Suggest edit'."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options["use_repository_button"] = options["use_edit_page_button"] = True
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        }


def edit_the_source(app, pagename, templatename, context, doctree):
    """Let 'Suggest edit' open a chapter's .md, which people edit, and not the .ipynb made from it."""
    for group in context["header_buttons"]:
        for button in group.get("buttons", []):
            if button.get("label") == "source-edit-button":
                button["url"] = button["url"].replace(".ipynb", ".md")


def offer_markdown(app, pagename, templatename, context, doctree):
    """Put a chapter's .md beside its .ipynb among the downloads, and into the site."""
    source = Path(app.srcdir) / f"{pagename}.md"
    if context.get("page_source_suffix") != ".ipynb" or not source.exists():
        return
    target = Path(app.outdir) / "_sources" / f"{pagename}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    for group in context["header_buttons"]:
        if group["label"] == "download-buttons":
            notebook = group["buttons"][0]
            markdown = {
                "url": f"{context['pathto']('_sources', 1)}/{pagename}.md",
                "text": ".md",
                "tooltip": "Download Markdown source",
                "label": "download-markdown-button",
            }
            group["buttons"].insert(1, {**notebook, **markdown})


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out the scripts of Thebe, which this book does not use and which log an error."""
    context["script_files"] = [file for file in context["script_files"] if "thebe" not in str(file).lower()]
    context["css_files"] = [file for file in context["css_files"] if "thebe" not in str(file).lower()]


def follow_the_system(app, error):
    """Let a reader who has chosen no theme get the system's before the first paint, not after it."""
    if error or app.builder.name != "html":
        return
    late = 'dataset.theme = localStorage.getItem("theme") || "auto"'
    early = """dataset.theme =
      localStorage.getItem("mode") !== "auto" && localStorage.getItem("theme")
      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")"""
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if late in text:
            path.write_text(text.replace(late, early), encoding="utf-8")


def teach_singlehtml(app):
    """Give the one-page builder, from which the PDF is printed, every node that the HTML builder knows.

    Sphinx falls back from `singlehtml` to `html` only where no extension has registered anything for it.
    """
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = {**handlers.get("html", {}), **handlers.get("singlehtml", {})}


def setup(app):
    app.connect("builder-inited", teach_singlehtml)
    app.connect("config-inited", read_notebooks)
    app.connect("config-inited", turn_on_buttons)
    app.connect("html-page-context", edit_the_source, priority=502)
    app.connect("html-page-context", offer_markdown, priority=502)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", follow_the_system)
    return {"parallel_read_safe": True}
