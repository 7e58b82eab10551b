// Formulas and tables that are wider than the screen scroll; this makes them scroll with the keyboard too.
// (The theme does the same for code.)
addEventListener("load", () => {
  const reachable = ({ target }) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((entries) => entries.forEach(reachable));
  document
    .querySelectorAll('.bd-content mjx-container[display="true"], .pst-scrollable-table-container')
    .forEach((node) => {
      watch.observe(node);
    });
});
