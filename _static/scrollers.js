// What is wider than the screen scrolls within itself: with the keyboard too, and a fading edge says so.

const MARK = 10; // pixels for the full stop or the comma that stays with a formula
const WIDE = `mjx-container[display="true"], mjx-container.long, .pst-scrollable-table-container, .highlight pre,
  .output pre, .live-formula, .checker-answer > *, .live-results > *, .checker-problem pre`;

function look(node) {
  const hidden = node.scrollWidth - node.clientWidth;
  if (hidden > 1) node.tabIndex = 0;
  else if (node.localName !== "pre") node.removeAttribute("tabindex");
  node.classList.toggle("more-left", hidden > 1 && node.scrollLeft > 1);
  node.classList.toggle("more-right", hidden > 1 && node.scrollLeft < hidden - 1);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) look(target);
});

const followed = new WeakSet();

function follow(node) {
  if (followed.has(node)) return;
  followed.add(node);
  sizes.observe(node);
  node.addEventListener("scroll", () => look(node), { passive: true });
}

/** A formula in a line that is longer than the line gets one of its own, which scrolls. */
function lengthen(text) {
  for (const formula of text.querySelectorAll(".math > mjx-container:not([display])")) {
    const room = formula.closest("p, li, td, dd, figcaption")?.clientWidth;
    const long = formula.firstElementChild.offsetWidth + MARK > room;
    if (formula.classList.toggle("long", long)) follow(formula);
  }
}

addEventListener("load", () => {
  const text = document.querySelector(".bd-content");
  lengthen(text);
  addEventListener("resize", () => lengthen(text));
  text.querySelectorAll(WIDE).forEach(follow);
  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    for (const node of added.filter((node) => node.nodeType === Node.ELEMENT_NODE))
      for (const wide of [node, ...node.querySelectorAll(WIDE)]) if (wide.matches(WIDE)) follow(wide);
  }).observe(text, { childList: true, subtree: true });
});
