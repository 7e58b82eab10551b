"""Both halves of each pair say the same, and the script that writes them keeps its promises."""

import json

import jupytext
import nbformat
import notebooks
import pytest
from jupytext.compare import compare_notebooks

PAIRS = notebooks.sources()
EACH = pytest.mark.parametrize("source", PAIRS, ids=lambda path: path.stem)
CELLS = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

```{code-cell} ipython3
%s
```
"""


@EACH
def test_the_notebook_is_what_its_markdown_says(source):
    made = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    compare_notebooks(made, notebooks.read(source), fmt="md:myst", compare_outputs=False)


@EACH
def test_the_markdown_is_in_the_form_that_the_script_writes(source):
    assert jupytext.writes(notebooks.read(source), fmt="md:myst") == source.read_text(encoding="utf-8")


@EACH
def test_every_cell_was_executed_in_order_and_without_an_error(source):
    cells = [c for c in nbformat.read(source.with_suffix(".ipynb"), 4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@EACH
def test_no_output_holds_a_warning_or_a_path_of_some_machine(source):
    for cell in nbformat.read(source.with_suffix(".ipynb"), 4).cells:
        for output in cell.get("outputs", []):
            text = json.dumps(output)
            assert output.get("name") != "stderr", text
            assert "/home/" not in text and "/site-packages/" not in text and str(notebooks.ROOT) not in text


def test_every_notebook_is_half_of_a_pair():
    made = [*notebooks.CHAPTERS.glob("*.ipynb"), *notebooks.ROOT.glob("*.ipynb")]
    assert {path.stem for path in made} == {path.stem for path in PAIRS}


@pytest.fixture
def chapters(tmp_path, monkeypatch):
    """A folder of chapters for the script to work on."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "CHAPTERS", tmp_path)
    monkeypatch.setattr(notebooks, "EXECUTION", tmp_path / "execution.json")
    return tmp_path


def write_chapter(folder, name, code):
    front, body = (CELLS % code).split("\n", 1)
    (folder / f"{name}.md").write_text(f"{front}\njupytext: {{}}\n{body}", encoding="utf-8")


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["notebooks.py", *arguments])
    notebooks.main()


def test_a_second_execution_writes_the_same_bytes(chapters, monkeypatch, capsys):
    write_chapter(chapters, "01-first", "print('a')\nprint('b')\n1 + 1")
    run(monkeypatch)
    first = {path.name: path.read_bytes() for path in chapters.iterdir()}
    run(monkeypatch)
    assert {path.name: path.read_bytes() for path in chapters.iterdir()} == first
    assert "unchanged" in capsys.readouterr().out
    assert set(first) == {"01-first.md", "01-first.ipynb", "execution.json"}


def test_only_the_chapters_asked_for_are_executed(chapters, monkeypatch):
    write_chapter(chapters, "01-first", "1")
    write_chapter(chapters, "02-second", "2")
    run(monkeypatch, "02")
    assert not (chapters / "01-first.ipynb").exists() and (chapters / "02-second.ipynb").exists()


def test_a_cell_that_fails_stops_the_script_and_leaves_the_notebook_as_it_was(chapters, monkeypatch):
    write_chapter(chapters, "01-first", "1 / 0")
    (chapters / "01-first.ipynb").write_text("old")
    with pytest.raises(SystemExit, match="(?s)01-first.md stopped; nothing was written.*ZeroDivisionError"):
        run(monkeypatch)
    assert (chapters / "01-first.ipynb").read_text() == "old"


def test_an_unknown_chapter_is_answered_with_the_known_ones(chapters, monkeypatch):
    write_chapter(chapters, "01-first", "1")
    with pytest.raises(SystemExit, match="no chapter begins with 09; there are 01-first"):
        run(monkeypatch, "09")


def test_cells_with_one_source_get_different_ids():
    source = CELLS % "1" + (CELLS % "1").split("---\n")[2]
    ids = [cell.id for cell in notebooks.with_ids(jupytext.reads(source, fmt="md:myst")).cells]
    assert len(ids) == len(set(ids)) == 4
