// Python in a thread of its own, so that the page stays responsive and Stop can end it.
// In: {id, task, argument}, where task is a function of web/page.py or web/checker.py named below.
// Out: {progress}, {stage}, {id, kind, text} for each output, {id, done, ok}, {id, failure}.

const tasks = { cell: "session.run", check: "checker.answer" };
const fetched = self.fetch.bind(self);

/** Count the bytes of everything that is fetched while Python starts. */
self.fetch = async (...request) => {
  const response = await fetched(...request);
  if (!response.ok || !response.body) return response;
  const counter = new TransformStream({
    transform(chunk, controller) {
      self.postMessage({ progress: chunk.byteLength });
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
};

async function bytes(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded (${response.status})`);
  return response.arrayBuffer();
}

async function start() {
  const folder = new URL("python/", import.meta.url);
  const manifest = await (await fetched(new URL("manifest.json", folder))).json();
  const archives = manifest.archives.map((name) => bytes(new URL(name, folder)));
  const home = new URL(manifest.pyodide, folder).href;
  const { loadPyodide } = await import(`${home}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: home });
  for (const archive of archives) python.unpackArchive(await archive, "zip", { extractDir: "/lib/page" });
  self.postMessage({ stage: "Starting SymPy" });
  python.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/lib/page")
import sympy, hwlib.matrix_calculus, page, checker
session = page.Session()`);
  return python;
}

const started = start();
started.catch(() => {}); // each question reports it

self.onmessage = async ({ data: { id, task, argument } }) => {
  const emit = (kind, text) => self.postMessage({ id, kind, text });
  try {
    const python = await started;
    self.postMessage({ stage: "Running" });
    const answer = python.runPython(tasks[task]);
    self.postMessage({ id, done: true, ok: answer(argument, emit) });
    answer.destroy();
  } catch (error) {
    self.postMessage({ id, failure: error.message });
  }
};
