"""Execute chapters from nothing and write both halves of each pair, the .md and the .ipynb.

The files are byte-identical to the old ones when nothing changed: cell ids come from the cells' sources, and
no times are written into a notebook. How long a chapter took goes to studies/execution.json, when it changed.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from hwlib import files, machine

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
EXECUTION = ROOT / "studies" / "execution.json"


def sources():
    """Return the .md of every page with code, in the order of execution: what collects the verdicts comes last."""
    pages = {
        path: path.read_text(encoding="utf-8") for path in [*sorted(CHAPTERS.glob("*.md")), *ROOT.glob("intro.md")]
    }
    with_code = [path for path, text in pages.items() if "jupytext:" in text[:200]]
    return sorted(with_code, key=lambda path: "claims.collect()" in pages[path])


def read(path):
    """Return the notebook in a chapter's .md, with the header that Jupytext itself would write."""
    normal = jupytext.writes(jupytext.read(path, fmt="md:myst"), fmt="md:myst")
    return with_ids(jupytext.reads(normal, fmt="md:myst"))


def with_ids(notebook):
    """Give every cell an id that depends on the cells' sources alone."""
    seen = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"
    return notebook


def execute(notebook):
    """Run all cells in a fresh kernel whose folder is chapters/, with a progress line."""
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]

    def progress(cell, cell_index):
        if cell_index in code and sys.stderr.isatty():
            print(f"\r  cell {code.index(cell_index) + 1} of {len(code)} ", end="", file=sys.stderr, flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        resources={"metadata": {"path": str(CHAPTERS)}},
        extra_arguments=["--log-level=ERROR"],
        on_cell_start=progress,
    )
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
    notebook.metadata.pop("language_info", None)


def merge_streams(outputs):
    """Join consecutive pieces of one stream: where the kernel cut them is a matter of chance."""
    merged = []
    for output in outputs:
        previous = merged[-1] if merged else None
        if previous and output.output_type == previous.output_type == "stream" and output.name == previous.name:
            previous.text += output.text
        else:
            merged.append(output)
    return merged


def write(path, text):
    """Replace a file by a text, at once, and say whether it changed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    files.write_text(path, text)
    return True


def record(name, seconds):
    """Note the time, versions and system of a chapter's last execution that changed it."""
    known = json.loads(EXECUTION.read_text(encoding="utf-8")) if EXECUTION.exists() else {}
    versions = machine.versions("numpy", "sympy", "matplotlib", "tensorflow", "scikit-learn")
    known[name] = {
        "seconds": round(seconds, 1),
        "python": versions.pop("python"),
        **{fact: machine.processor()[fact] for fact in ("system", "cores")},
        "versions": versions,
    }
    write(EXECUTION, json.dumps(known, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapter", nargs="*", help="beginnings of chapter names, such as 03; default: all")
    wanted = tuple(parser.parse_args().chapter)
    chosen = [path for path in sources() if not wanted or path.name.startswith(wanted)]
    if not chosen:
        known = ", ".join(path.stem for path in sources())
        sys.exit(f"no chapter begins with {' or '.join(wanted)}; there are {known}")
    for path in chosen:
        print(f"{path.stem} …", flush=True)
        notebook, start = read(path), time.perf_counter()
        try:
            execute(notebook)
        except CellExecutionError as error:
            sys.exit(f"{path.relative_to(ROOT)} stopped; nothing was written.\n{error}")
        seconds = time.perf_counter() - start
        write(path, jupytext.writes(notebook, fmt="md:myst"))
        changed = write(path.with_suffix(".ipynb"), nbformat.writes(notebook) + "\n")
        if changed and path.stem[0].isdigit():
            record(path.stem, seconds)
        print(f"  {seconds:.1f} s, {'changed' if changed else 'unchanged'}", flush=True)


if __name__ == "__main__":
    main()
