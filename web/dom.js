// Nodes made without HTML strings: what a reader types stays text wherever it is put.

const NAMESPACES = {
  html: "http://www.w3.org/1999/xhtml",
  svg: "http://www.w3.org/2000/svg",
  math: "http://www.w3.org/1998/Math/MathML",
};

function maker(namespace) {
  return (tag, attributes = {}, ...children) => {
    const node = document.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat(2).filter((child) => child != null && child !== false));
    return node;
  };
}

/** h("p", {class: "note", onclick: f}, "text", child…) makes a node; text stays text. */
export const h = maker(NAMESPACES.html);
export const svg = maker(NAMESPACES.svg);
export const math = maker(NAMESPACES.math);

/** Set several attributes of a node. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

/** Hide nodes; a focus on one of them goes to `heir`, for else it would fall to the page. */
export function hide(nodes, heir) {
  const focused = nodes.some((node) => node.contains(node.getRootNode().activeElement));
  for (const node of nodes) node.hidden = true;
  if (focused) heir.focus();
}
