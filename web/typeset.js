// Formulas and short texts as nodes. LaTeX goes to MathJax, everything else stays text: never HTML.

const FORMULA = /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\$([^$]+)\$/g;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

let engine; // MathJax, or its arrival

/** MathJax, which comes with the first formula; undefined where it cannot be loaded, and the next one tries again. */
function mathjax() {
  engine ??= bring().catch(() => {
    engine = undefined;
  });
  return engine;
}

async function bring() {
  if (!window.MathJax?.startup) {
    const home = new URL("typeset.json", import.meta.url);
    const { script, config } = await (await fetch(home)).json();
    window.MathJax = config;
    await new Promise((resolve, reject) => {
      const node = element("script");
      Object.assign(node, { src: new URL(script, home).href, onload: resolve, onerror: reject });
      document.head.append(node);
    });
  }
  await window.MathJax.startup.promise;
  return window.MathJax;
}

/** A formula as a node; without MathJax its LaTeX as text. */
export async function formula(latex, display = true) {
  const MathJax = await mathjax();
  if (!MathJax) return element("code", "", latex);
  const node = await MathJax.tex2chtmlPromise(latex, { display });
  MathJax.startup.document.clear();
  MathJax.startup.document.updateDocument();
  if (!display) return node;
  const box = element("div", "live-formula");
  box.tabIndex = 0; // a wide formula scrolls, with the arrow keys too
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "formula");
  box.append(node);
  return box;
}

/** Text with formulas between dollars, `code` and **strong** words. */
export async function words(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FORMULA)) {
    nodes.push(...plain(text.slice(end, match.index)));
    nodes.push(await formula(match[1] ?? match[2] ?? match[3], match[3] === undefined));
    end = match.index + match[0].length;
  }
  return [...nodes, ...plain(text.slice(end))];
}

function plain(text) {
  return text
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .filter(Boolean)
    .map((part) => {
      if (part.startsWith("**")) return element("strong", "", part.slice(2, -2));
      if (part.startsWith("`")) return element("code", "", part.slice(1, -1));
      return document.createTextNode(part);
    });
}

/** What a cell or the checker shows, by its kind, as a node. */
export async function output(kind, text) {
  if (kind === "text") return element("pre", "live-text", text);
  if (kind === "error") return element("pre", "live-error", text);
  if (kind === "latex") return latex(text);
  const box = element("div", "live-words");
  for (const paragraph of text.trim().split(/\n\s*\n/)) {
    const node = element("p");
    node.append(...(await words(paragraph)));
    box.append(node);
  }
  return box;
}

/** What `_repr_latex_` gives: one formula with its delimiters, or an environment, or text with formulas. */
async function latex(text) {
  const bare = text.trim();
  const whole = /^(?:\$\$([\s\S]+)\$\$|\\\[([\s\S]+)\\\]|\$([^$]+)\$|(\\begin\{[\s\S]+))$/.exec(bare);
  if (whole) return formula(whole[1] ?? whole[2] ?? whole[3] ?? whole[4]);
  const box = element("div", "live-words");
  box.append(...(await words(bare)));
  return box;
}
