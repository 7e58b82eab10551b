// A table from text: rows of a CSV file, or cells pasted from a spreadsheet.

const DELIMITERS = [",", ";", "\t"];

/** The cells of each row; a cell in quotes may hold anything, and a quote in it is doubled. */
function cells(text, delimiter) {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${delimiter}\\n]*))(${delimiter}|\\n|$)`, "y");
  const rows = [[]];
  while (cell.lastIndex < text.length || rows.at(-1).length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (!found)
      throw new Error(`Row ${rows.length} has a quotation mark inside a cell that does not begin with one.`);
    rows.at(-1).push((found[1]?.replaceAll('""', '"') ?? found[2]).trim());
    if (found[3] === delimiter) continue;
    if (cell.lastIndex >= text.length || cell.lastIndex === at) break;
    rows.push([]);
  }
  return rows;
}

export const isNumber = (text) => text !== "" && Number.isFinite(Number(text));

/**
 * The table that a text holds: {delimiter, header, columns, rows}. The first row is taken as names where it has no
 * number and a later row has one. Throws an Error that says what is wrong with which row.
 */
export function table(text) {
  const clean = text
    .replaceAll(/\r\n?/g, "\n")
    .replace(/^\uFEFF/, "")
    .replace(/^\n+|\n+$/g, "");
  if (!clean) throw new Error("There are no rows yet.");
  const first = clean.split("\n", 1)[0];
  const delimiter = DELIMITERS.reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
  const all = cells(clean, delimiter).filter((row) => row.some(Boolean));
  const width = all[0].length;
  const bad = all.findIndex((row) => row.length !== width);
  if (bad >= 0) throw new Error(`Row ${bad + 1} has ${all[bad].length} cells, the first has ${width}.`);
  const header = !all[0].some(isNumber) && all.slice(1).some((row) => row.some(isNumber));
  const columns = header ? all[0] : all[0].map((_, j) => `column ${j + 1}`);
  const twice = columns.find((name, j) => columns.indexOf(name) !== j);
  if (twice !== undefined) throw new Error(`Two columns are called “${twice}”.`);
  return { delimiter, header, columns, rows: header ? all.slice(1) : all };
}
