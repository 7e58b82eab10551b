// Typeset formulas as MathJax would in the page: its CHTML with the MathML that screen readers read.
//     node scripts/typeset.mjs MATHJAX <questions.json >answers.json
// MATHJAX is the npm package's folder. In: {config, formulas: [[LaTeX, display], …]}; out: {html: […], css, errors},
// where errors are [LaTeX, message] of what MathJax cannot read.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { config, formulas } = JSON.parse(await text(process.stdin));
const MathJax = await createRequire(import.meta.url)(process.argv[2]).init({
  ...config,
  loader: { load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  options: { ...config.options, enableAssistiveMml: true },
  chtml: { ...config.chtml, adaptiveCSS: true },
  startup: { typeset: false },
});
const { adaptor } = MathJax.startup;

const found = [];
const errors = [];
for (const [tex, display] of formulas) {
  const node = await MathJax.tex2chtmlPromise(tex, { display });
  for (const error of adaptor.tags(node, "mjx-merror"))
    errors.push([tex, adaptor.getAttribute(error, "data-mjx-error")]);
  found.push(adaptor.outerHTML(node));
}
// A part of all this says the same of every formula, or what no rule and no reader needs: left out, a third less.
const css = adaptor
  .textContent(MathJax.chtmlStylesheet())
  .replaceAll('[jax="CHTML"]', "")
  .replace(".MJX-TEX", "mjx-math")
  .replace(/\.mjx-c(?=[0-9A-F]{2})/g, ".c");
const named = new Set(css.match(/[\w-]+/g));
const lean = (html) =>
  html
    .replace(
      / (?:texclass|data-mjx-texclass|unselectable|xmlns|jax|stretchy)="[^"]*"| display="inline"| style="position: relative;"/g,
      "",
    )
    .replace(/\bmjx-c(?=[0-9A-F]{2})/g, "c")
    .replace(/ class="([^"]*)"/g, (_, classes) => {
      const kept = classes.split(" ").filter((name) => named.has(name));
      return kept.length ? ` class="${kept.join(" ")}"` : "";
    });
process.stdout.write(JSON.stringify({ html: found.map(lean), css, errors }));
