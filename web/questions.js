// A question to the derivation checker is {symbols, definitions, J, variable, gradient}, all text. Here: questions
// as a page's address, and the last ones asked.

export const NAMES = ["symbols", "definitions", "J", "variable", "gradient"];
const KEPT = 10;
const KEY = "derivation-questions";

export const same = (a, b) => NAMES.every((name) => (a[name] ?? "") === (b[name] ?? ""));

/** "#symbols=…&J=…" for a question. */
export function toHash(question) {
  return `#${new URLSearchParams(NAMES.map((name) => [name, question[name] ?? ""]))}`;
}

/** The question in an address's part after "#", or null. */
export function fromHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  if (!given.has("J")) return null;
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name) ?? ""]));
}

/** A question in a line, for a menu. */
export function title({ J, variable, gradient }) {
  const line = `∂/∂${variable} of ${J}${gradient ? ` = ${gradient}` : ""}`.replace(/\s+/g, " ");
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

/** The questions kept in `storage`, the latest first; a browser may keep nothing. */
export function recall(storage) {
  try {
    const kept = JSON.parse(storage.getItem(KEY)) ?? [];
    return kept.filter((question) => NAMES.every((name) => typeof question?.[name] === "string"));
  } catch {
    return [];
  }
}

/** Keep a question as the latest. */
export function remember(storage, question) {
  const kept = [question, ...recall(storage).filter((old) => !same(old, question))];
  try {
    storage.setItem(KEY, JSON.stringify(kept.slice(0, KEPT)));
  } catch {
    // A browser that keeps nothing, or no more: the form works all the same.
  }
}
