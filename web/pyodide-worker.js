// Python in a thread of its own, so that the page stays responsive and Stop can end it.
// In: {id, task, argument}, where task is a function of one of web/*.py, named below.
// Out, at the start: {whole} and {progress} in bytes, {stage}, {lost} if a download fails.
// Out, for a question: {id, kind, text} for each output, {id, done, ok}, {id, broken} if its answer raised an
// error from inside, {ended} if Python itself came to an end.

const tasks = {
  cell: "session.run",
  check: "checker.answer",
  read: "checker.read",
  derivation: "derivation_lines.answer",
  more: "derivation_lines.more",
  sheet: "practice_page.sheet",
  grade: "practice_page.grade",
  hint: "practice_page.hint",
};
const PATIENCE = 8; // seconds without a byte until a download counts as failed
const fetched = self.fetch.bind(self);

let waiting = 0; // downloads that are under way
let silent = 0; // seconds since the last byte; while Python blocks this thread they do not count

function lose(reason) {
  self.postMessage({ lost: reason });
  clearInterval(watch);
}

const watch = setInterval(() => {
  silent = waiting ? silent + 1 : 0;
  if (silent >= PATIENCE) lose("the server has stopped sending");
}, 1000);

/** Fetch, count the bytes, and tell the page at once if that fails: Pyodide alone would wait for ever. */
self.fetch = async (...request) => {
  const name = new URL(request[0]?.url ?? request[0], import.meta.url).pathname.split("/").at(-1);
  waiting += 1;
  try {
    const response = await fetched(...request);
    silent = 0;
    if (!response.ok) throw new Error(`the server answers ${response.status} for ${name}`);
    return new Response(response.body.pipeThrough(counter()), response);
  } catch (error) {
    waiting -= 1;
    lose(error instanceof TypeError ? `${name} could not be fetched` : error.message);
    throw error;
  }
};

function counter() {
  return new TransformStream({
    transform(chunk, controller) {
      silent = 0;
      self.postMessage({ progress: chunk.byteLength });
      controller.enqueue(chunk);
    },
    flush() {
      waiting -= 1;
    },
  });
}

const bytes = async (address) => (await fetch(address)).arrayBuffer();

async function start() {
  const folder = new URL("python/", import.meta.url);
  const manifest = await (await fetch(new URL("manifest.json", folder))).json();
  self.postMessage({ whole: manifest.bytes });
  const home = new URL(manifest.pyodide, folder).href;
  const archives = manifest.archives.map((name) => bytes(new URL(name, folder)));
  await Promise.all(["pyodide.mjs", "pyodide.asm.mjs"].map((name) => bytes(home + name))); // counted; then from the cache
  const { loadPyodide } = await import(`${home}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: home });
  for (const archive of archives) python.unpackArchive(await archive, "zip", { extractDir: "/lib/page" });
  clearInterval(watch);
  self.fetch = fetched;
  self.postMessage({ stage: "Starting SymPy" });
  python.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/lib/page")
import sympy, hwlib.matrix_calculus, page, checker, derivation_lines, practice_page
session = page.Session(${self.name === "anew" ? "anew=True" : ""})`);
  return python;
}

self.postMessage({ stage: "Loading Python" });
const started = start();
started.catch((error) => lose(error.message));

self.onmessage = async ({ data: { id, task, argument } }) => {
  const emit = (kind, text) => self.postMessage({ id, kind, text });
  const python = await started;
  self.postMessage({ stage: "Running" });
  const answer = python.runPython(tasks[task]);
  try {
    self.postMessage({ id, done: true, ok: answer(argument, emit) });
  } catch (error) {
    if (error instanceof python.ffi.PythonError) self.postMessage({ id, broken: error.message });
    else self.postMessage({ ended: String(error.stack ?? error) });
  } finally {
    answer.destroy();
  }
};
