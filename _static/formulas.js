// Formulas that are wider than the screen scroll; this makes them scroll with the keyboard too.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const reachable = ({ target }) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((entries) => entries.forEach(reachable));
  document.querySelectorAll('.bd-content mjx-container[display="true"]').forEach((node) => watch.observe(node));
});
