"""The book builds without a warning, and the repository stays what it promises to be."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bench_web import pages

ROOT = Path(__file__).resolve().parent.parent


def tracked():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).exists()]


def test_the_strict_build_makes_every_page_of_the_table_of_contents(book):
    assert (book / "index.html").exists()
    assert [page for page in pages() if not (book / f"{page}.html").exists()] == []


def test_formulas_are_typeset_at_build_and_live_ones_by_the_sites_own_mathjax(book):
    for page in pages():
        html = (book / f"{page}.html").read_text(encoding="utf-8")
        assert "tex-chtml.js" not in html and "cdn." not in html, page
        assert "\\(" not in re.sub(r"(?s)<(code|pre|script)\b.*?</\1>", "", html), page
        assert html.count("<mjx-assistive-mml") == html.count("<mjx-container"), page
    live = json.loads((book / "_static" / "web" / "typeset.json").read_text(encoding="utf-8"))
    assert (book / "_static" / "web" / live["script"]).exists()


@pytest.mark.parametrize("page", [page for page in pages() if (ROOT / f"{page}.ipynb").exists()])
def test_each_chapter_can_be_downloaded_as_notebook_and_as_markdown(book, page):
    html = (book / f"{page}.html").read_text(encoding="utf-8")
    for suffix in (".ipynb", ".md"):
        assert f'_sources/{page}{suffix}"' in html
        assert (book / "_sources" / f"{page}{suffix}").read_bytes() == (ROOT / f"{page}{suffix}").read_bytes()


def test_one_setting_turns_on_launch_buttons_and_suggest_edit(tmp_path):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = "https://github.com/someone/a-copy"
    for name in ("_ext", "_static"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "chapters").mkdir()
    for name in ("references.bib", "references.md", "01-one-hot.md", "01-one-hot.ipynb"):
        (tmp_path / "chapters" / name).symlink_to(ROOT / "chapters" / name)
    (tmp_path / "start.md").write_text("# Start\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: start\nchapters: [{file: chapters/01-one-hot}]\n")
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
    command = [Path(sys.executable).with_name("jupyter-book"), "build", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    html = (tmp_path / "_build" / "html" / "chapters" / "01-one-hot.html").read_text(encoding="utf-8")
    assert "mybinder.org/v2/gh/someone/a-copy/main" in html
    assert "colab.research.google.com/github/someone/a-copy/blob/main/chapters/01-one-hot.ipynb" in html
    assert "github.com/someone/a-copy/edit/main/chapters/01-one-hot.md" in html


def test_nothing_in_the_repository_is_larger_than_12_megabytes():
    assert [path.name for path in tracked() if path.stat().st_size > 12e6] == []


def test_only_data_is_binary():
    binary = [path for path in tracked() if b"\0" in path.read_bytes()[:8000] and path.parent.name != "data"]
    assert binary == []


def test_the_readme_fits_a_screen_and_a_half():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 90
