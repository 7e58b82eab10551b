// The only script that an interactive page loads by itself. <hw-NAME> is defined by NAME.js, and a cell with
// the tag `live` is operated by live-cell.js; either is loaded when it is about to come into view.

const places = document.querySelectorAll(".playground-place, .cell.tag_live");

const moduleOf = (place) =>
  place.localName.startsWith("hw-") ? `./${place.localName.slice(3)}.js` : "./live-cell.js";

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      import(moduleOf(target));
    }
  },
  { rootMargin: "200px" },
);

for (const place of places) seen.observe(place);
