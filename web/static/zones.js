// Drawing a zone: clicks on the server's drawing become the corners of a polygon in
// WGS-84. Without this script the corners are typed.
"use strict";
(() => {
  const frame = document.getElementById("sketch");
  const form = document.getElementById("zone");
  if (!frame || !form) return;
  const svg = frame.querySelector("svg");
  const text = form.elements.geometry;
  const [lat, lng, perLng, perLat] = frame.dataset.pen.trim().split(/\s+/).map(Number);
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  shape.setAttribute("class", "sketch");
  svg.append(shape);
  let corners = [];

  function show() {
    const at = ([x, y]) => [480 + (x - lng) * perLng, 300 - (y - lat) * perLat];
    shape.setAttribute("points", corners.map((p) => at(p).map((v) => v.toFixed(1)).join(",")).join(" "));
    undo.disabled = corners.length === 0;
    if (corners.length < 3) return;
    form.elements.datum.value = "wgs84";
    text.value = JSON.stringify({ type: "Polygon", coordinates: [[...corners, corners[0]]] });
  }

  svg.addEventListener("click", (e) => {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    corners.push([Number((lng + (p.x - 480) / perLng).toFixed(6)), Number((lat - (p.y - 300) / perLat).toFixed(6))]);
    show();
  });

  const button = (label, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = label;
    b.addEventListener("click", act);
    return b;
  };
  const undo = button(frame.dataset.undo, () => {
    corners.pop();
    show();
  });
  const clear = button(frame.dataset.clear, () => {
    corners = [];
    show();
  });
  const hint = document.createElement("span");
  hint.className = "fine";
  hint.textContent = frame.dataset.hint;
  const tools = document.createElement("p");
  tools.className = "go sketch-tools";
  tools.append(hint, undo, clear);
  frame.after(tools);
  show();
})();
