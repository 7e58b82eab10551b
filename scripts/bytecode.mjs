// Compile what the page's Python imports at its start, in that Python itself: importing SymPy then takes a
// tenth of the time.
//     node scripts/bytecode.mjs PYODIDE TARGET.zip ARCHIVE.zip …
// PYODIDE is the folder of the npm package; the archives are those that the page unpacks.

import { readFile, rename, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [home, target, ...archives] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${home}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${home}/` });
for (const archive of archives)
  python.unpackArchive(new Uint8Array(await readFile(archive)), "zip", { extractDir: "/lib/page" });

// An import leaves its bytecode beside the source, marked with the source's time, which another machine's copy
// has not. So each is marked as one that needs no check (PEP 552): flags 1, and eight bytes that nobody reads.
const compiled = python.runPython(`
import io, sys, zipfile
from pathlib import Path

sys.dont_write_bytecode = False
sys.path.insert(0, "/lib/page")
import sympy, hwlib.matrix_calculus, page, checker

content = io.BytesIO()
with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(Path("/lib/page").rglob("*.pyc")):
        code = path.read_bytes()
        archive.writestr(str(path.relative_to("/lib/page")), code[:4] + (1).to_bytes(4, "little") + bytes(8) + code[16:])
content.getvalue()
`);
await writeFile(`${target}.partial`, compiled.toJs());
await rename(`${target}.partial`, target);
