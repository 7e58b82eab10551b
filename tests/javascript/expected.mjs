// What hwlib computed, as tests/test_javascript.py wrote it, and how to compare with it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const expected = (name) =>
  JSON.parse(readFileSync(join(process.env.EXPECTED, `${name}.json`), "utf8"));

/** Lists of numbers, or lists of such, that differ by at most `tolerance`. */
export function close(found, wanted, tolerance, text = "") {
  assert.equal(found.length, wanted.length, text);
  wanted.forEach((value, i) => {
    if (Array.isArray(value)) close(found[i], value, tolerance, `${text}[${i}]`);
    else assert.ok(Math.abs(found[i] - value) <= tolerance, `${text}[${i}] is ${found[i]}, not ${value}`);
  });
}

/** Numbers that look random and are the same in every run: sin(k²) for k = 1, 2, … */
export const numbers = (count) => Float32Array.from({ length: count }, (_, k) => Math.sin((k + 1) ** 2));
