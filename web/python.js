// The page's one Python session: started by the first question, shared by all cells and the checker.

const size = document.querySelector("script[data-python]")?.dataset.python ?? "20 MB";
const whole = 1e6 * parseFloat(size);

let worker = null;
let loaded = 0;
let asked = 0;
let questions = new Map();

/** Counts the sessions: what ran in an earlier one is forgotten. */
export let generation = 1;

function open() {
  loaded = 0;
  worker = new Worker(new URL("pyodide-worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => end(event.message || "the worker could not be started");
}

function receive({ id, kind, text, done, ok, failure, progress, stage }) {
  if (progress) loaded += progress;
  const first = questions.values().next().value;
  if (progress) first?.onprogress?.({ stage: `Loading Python, ${size}`, loaded, whole });
  if (stage) first?.onprogress?.({ stage });
  const question = questions.get(id);
  if (kind) question?.onoutput?.(kind, text);
  if (failure) end(failure);
  if (done) {
    questions.delete(id);
    question?.resolve(ok);
  }
}

function end(reason) {
  worker?.terminate();
  worker = null;
  generation += 1;
  const unanswered = questions;
  questions = new Map();
  for (const { reject } of unanswered.values()) reject(new Error(reason));
}

/** Ask the session; resolves with the answer, rejects when Python could not start or was stopped. */
export function ask(task, argument, { onoutput, onprogress } = {}) {
  if (!worker) open();
  asked += 1;
  onprogress?.({ stage: loaded ? "Running" : `Loading Python, ${size}` });
  return new Promise((resolve, reject) => {
    questions.set(asked, { resolve, reject, onoutput, onprogress });
    worker.postMessage({ id: asked, task, argument });
  });
}

/** End what runs, at once; the next question starts a new session. */
export function stop() {
  end("Stopped. The next run starts a new session.");
}
