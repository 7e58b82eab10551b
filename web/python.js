// The page's one Python session: started by the first question, shared by all cells and the checker.

/** What Python weighs, as the build has weighed it: "24 MB". */
export const size = document.querySelector("script[data-python]")?.dataset.python ?? "20 MB";

/**
 * Why a question got no answer. `kind`: "stopped" by the reader; "lost", a download failed; "broken", the answer
 * raised an error from inside, with Python alive; "ended", Python itself came to an end. `details`: for a report.
 */
export class Unanswered extends Error {
  constructor(kind, message, details = "") {
    super(message);
    Object.assign(this, { kind, details });
  }
}

const PATIENCE = 8000; // ms until a worker that has said nothing counts as not loaded

let worker = null;
let loaded = 0;
let whole = 0;
let asked = 0;
let questions = new Map();

/** Counts the sessions: what ran in an earlier one is forgotten. */
export let generation = 1;

/** A worker made from a blob is bound by the page's policy; one with an address of its own only by its server's. */
function open() {
  loaded = 0;
  const address = new URL("pyodide-worker.js", import.meta.url).href;
  const start = URL.createObjectURL(
    new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" }),
  );
  const opened = new Worker(start, { type: "module", name: generation > 1 ? "anew" : "first" });
  const lost = () => worker === opened && lose("pyodide-worker.js could not be fetched");
  const watch = setTimeout(lost, PATIENCE);
  opened.onmessage = ({ data }) => {
    clearTimeout(watch);
    if (worker === opened) receive(data);
  };
  opened.onerror = lost;
  worker = opened;
}

function receive(message) {
  const { id, kind, text, done, ok, broken, ended, lost, progress, stage } = message;
  whole = message.whole ?? whole;
  if (lost) return lose(lost);
  if (ended)
    return end(new Unanswered("ended", "Python has come to an end; the next run starts it anew.", ended));
  if (progress) loaded += progress;
  const first = questions.values().next().value;
  if (stage) first?.onprogress?.({ stage });
  if (progress && whole && loaded - progress < whole) {
    first?.onprogress?.({ stage: "Loading Python", loaded: Math.min(loaded, whole), whole });
    if (loaded >= whole) first?.onprogress?.({ stage: "Starting Python" });
  }
  const question = questions.get(id);
  if (kind) question?.onoutput?.(kind, text);
  if (done || broken) questions.delete(id);
  if (done) question?.resolve(ok);
  if (broken)
    question?.reject(new Unanswered("broken", "Something inside broke on this. Python still runs.", broken));
}

function lose(reason) {
  end(new Unanswered("lost", `Python could not be loaded: ${reason}.`));
}

function end(error) {
  worker?.terminate();
  worker = null;
  generation += 1;
  const unanswered = questions;
  questions = new Map();
  for (const { reject } of unanswered.values()) reject(error);
}

/** Ask the session; resolves with the answer, rejects with an `Unanswered`. */
export function ask(task, argument, { onoutput, onprogress } = {}) {
  if (!worker) open();
  asked += 1;
  onprogress?.({ stage: loaded ? "Running" : "Loading Python" });
  return new Promise((resolve, reject) => {
    questions.set(asked, { resolve, reject, onoutput, onprogress });
    worker.postMessage({ id: asked, task, argument });
  });
}

/** Whether a session has begun: what costs a download is asked only then. */
export const isStarted = () => worker !== null;

/** End what runs, at once; the next question starts a new session. */
export function stop() {
  end(new Unanswered("stopped", "Stopped. The next run starts Python anew."));
}
