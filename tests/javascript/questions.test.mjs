import assert from "node:assert/strict";
import test from "node:test";
import { fromHash, recall, remember, same, title, toHash } from "../../web/questions.js";

const QUESTION = {
  symbols: "X: m×n\nη, a&b=c#%",
  definitions: "",
  J: "tr(Xᵀ·X) + 1",
  variable: "X",
  gradient: "2*X",
};

/** A browser's storage, which may refuse to keep anything. */
function storage({ full = false } = {}) {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => {
      if (full) throw new Error("QuotaExceededError");
      kept.set(key, value);
    },
  };
}

const asked = (k) => ({ ...QUESTION, J: `tr(${k}*X)` });

test("a question comes back from its address, whatever it is made of", () => {
  assert.deepEqual(fromHash(toHash(QUESTION)), QUESTION);
  assert.equal(fromHash("#a-heading"), null);
});

test("the last questions are kept, the latest first and each once", () => {
  const store = storage();
  for (let k = 0; k < 15; k++) remember(store, asked(k));
  remember(store, asked(9));
  const kept = recall(store);
  assert.equal(kept.length, 10);
  assert.deepEqual(kept.slice(0, 2), [asked(9), asked(14)]);
  assert.equal(kept.filter((question) => same(question, asked(9))).length, 1);
});

test("what a browser holds that is no question is passed over", () => {
  for (const text of ["no JSON", "null", "{}", '[{"J": 3}, null, 7]']) {
    const store = storage();
    store.kept.set("derivation-questions", text);
    assert.deepEqual(recall(store), [], text);
  }
});

test("a browser that keeps nothing is no error", () => {
  const store = storage({ full: true });
  remember(store, QUESTION);
  assert.deepEqual(recall(store), []);
});

test("a question fits a line of a menu", () => {
  assert.equal(title(QUESTION), "∂/∂X of tr(Xᵀ·X) + 1 = 2*X");
  const long = title({ ...QUESTION, J: `tr(X)${" +\n tr(X)".repeat(30)}` });
  assert.ok(long.length === 70 && long.endsWith("…") && !long.includes("\n"));
});
