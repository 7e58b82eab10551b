// What a reader has practiced, kept in the browser: how many problems of a family and a level were solved and tried.

const KEY = "practice";
export const LEVELS = [1, 2, 3, 4, 5];
const RIGHT_TO_RISE = 2; // problems solved in a row, without a hint, until the level rises

/** {"family|level": [solved, tried]} as the browser has kept it; nothing where it keeps nothing. */
export function recall(storage) {
  try {
    const kept = Object.entries(JSON.parse(storage.getItem(KEY)) ?? {});
    return Object.fromEntries(kept.filter(([, counts]) => counts?.every?.(Number.isInteger)));
  } catch {
    return {};
  }
}

/** The record with one problem more, kept if the browser keeps anything. */
export function remember(storage, { family, level }, solved) {
  const record = recall(storage);
  const [right, tried] = record[`${family}|${level}`] ?? [0, 0];
  record[`${family}|${level}`] = [right + (solved ? 1 : 0), tried + 1];
  try {
    storage.setItem(KEY, JSON.stringify(record));
  } catch {
    // A browser that keeps nothing: the map shows this visit's last problem alone.
  }
  return record;
}

export function forget(storage) {
  try {
    storage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}

/** The next level: up after some solved in a row without help, down after one given up. `row`: the last outcomes. */
export function adapted(level, row) {
  if (row.at(-1) === "shown") return Math.max(1, level - 1);
  const last = row.slice(-RIGHT_TO_RISE);
  const rises = last.length === RIGHT_TO_RISE && last.every((outcome) => outcome === "alone");
  return rises ? Math.min(LEVELS.at(-1), level + 1) : level;
}
