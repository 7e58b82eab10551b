// The only script that an interactive page loads by itself. <hw-NAME> is defined by NAME.js, and a cell with
// the tag `live` is operated by live-cell.js; either is loaded when it is about to come into view.

const places = document.querySelectorAll(".playground-place, .cell.tag_live");

const moduleOf = (place) =>
  place.localName.startsWith("hw-") ? `./${place.localName.slice(3)}.js` : "./live-cell.js";

const loading = new Map(); // module → its import, while that has not failed
const attempts = new Map(); // module → how often it failed: browsers do not ask for a failed address again

function bring(module) {
  if (!loading.has(module)) {
    const failed = attempts.get(module);
    loading.set(module, import(failed ? `${module}?attempt=${failed}` : module));
  }
  return loading.get(module);
}

/** Load what operates a place; if that fails, say so there, and try again on a click or when the network is back. */
async function load(place) {
  const module = moduleOf(place);
  const attempt = bring(module);
  try {
    await attempt;
  } catch {
    if (loading.get(module) === attempt) {
      loading.delete(module);
      attempts.set(module, (attempts.get(module) ?? 0) + 1);
    }
    const note = document.createElement("p");
    note.className = "live-status";
    note.role = "alert";
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Try again";
    const retry = () => {
      removeEventListener("online", retry);
      note.remove();
      load(place);
    };
    again.onclick = retry;
    addEventListener("online", retry);
    note.append("What makes this interactive could not be loaded. ", again);
    place.after(note);
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      load(target);
    }
  },
  { rootMargin: "200px" },
);

for (const place of places) seen.observe(place);
