// The body chart. A tap selects the nearest muscle and opens its row. Pins show row numbers, dashes the last session.
import { muscleBySlug } from "./catalogue.js";

// Zoomed regions, as viewBoxes of the front and back drawings (see templates/bodychart).
const ZOOM = { upper: "70 8 260 352", low: "90 380 220 305", whole: "0 0 400 900" };
const NEAR_PX = 22;
const other = (side) => (side === "right" ? "left" : "right");

export function startChart(form, rows) {
  const box = form.querySelector("[data-chart]");
  const lateral = box.querySelector('[data-view="head_neck_lateral"]');
  const sideChoice = box.querySelector("[data-chart-side]");
  const details = box.querySelector("[data-chart-details]");
  const detailChoice = details.querySelector("select");
  const list = details.querySelector("ol");
  const last = box.dataset.last
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((pair) => pair.split(":"));
  let shownSide = "right"; // of the head, or of the limb in an enlarged view

  for (const path of box.querySelectorAll(".muscle")) path.querySelector("title")?.remove();
  for (const path of box.querySelectorAll("[data-detail] .muscle--point")) {
    if (muscleBySlug(path.dataset.muscle)) continue;
    path.nextElementSibling.remove(); // the clinic no longer offers it
    path.remove();
  }
  for (const svg of box.querySelectorAll("[data-view]:not([data-detail]) svg"))
    svg.setAttribute("aria-label", "Body chart. With a keyboard, type the name of the muscle instead.");

  const isDetail = (view) => view.hasAttribute("data-detail");
  const viewOf = (path) => path.closest("[data-view]").dataset.view;
  const sideOf = (path) => (viewOf(path) === "head_neck_lateral" ? shownSide : path.dataset.side);

  function zoom() {
    const chosen = box.querySelector("[data-chart-zoom]:checked").value;
    for (const view of box.querySelectorAll("[data-view]")) {
      if (view !== lateral && !isDetail(view)) view.querySelector("svg").setAttribute("viewBox", ZOOM[chosen]);
    }
    draw();
  }

  function nearest(event) {
    const at = (x, y) => document.elementFromPoint(x, y)?.closest(".muscle:not(.muscle--extra)");
    const direct = at(event.clientX, event.clientY);
    if (direct) return direct;
    for (let radius = 4; radius <= NEAR_PX; radius += 3) {
      for (let turn = 0; turn < 16; turn += 1) {
        const angle = (turn * Math.PI) / 8;
        const found = at(event.clientX + radius * Math.cos(angle), event.clientY + radius * Math.sin(angle));
        if (found && box.contains(found)) return found;
      }
    }
    return null;
  }

  box.addEventListener("click", (event) => {
    if (!event.target.closest("svg")) return;
    const path = nearest(event);
    const muscle = path && muscleBySlug(path.dataset.muscle);
    if (muscle) rows.addOrOpen(muscle, sideOf(path));
  });

  function paths(slug, side) {
    return [...box.querySelectorAll(`.muscle[data-muscle="${CSS.escape(slug)}"]`)].filter(
      (path) => side === "midline" || [side, "midline"].includes(sideOf(path)),
    );
  }

  // The point inside the area of a muscle that is closest to its centre.
  function inside(path) {
    const { x, y, width, height } = path.getBBox();
    const middle = [x + width / 2, y + height / 2];
    const steps = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
    const points = steps.flatMap((across) => steps.map((down) => [x + width * across, y + height * down]));
    const away = ([px, py]) => Math.hypot(px - middle[0], py - middle[1]);
    const within = points.filter(([px, py]) => path.isPointInFill(new DOMPoint(px, py)));
    return within.sort((a, b) => away(a) - away(b))[0] ?? middle;
  }

  function pin(path, number) {
    const svg = path.ownerSVGElement;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const size = Math.max(width, isDetail(svg.parentElement) ? height : 0) / 260;
    // In an enlarged view beside the point, so that its letter can be read.
    const aside = isDetail(svg.parentElement) ? 14 * size : 0;
    const [x, y] = inside(path).map((value, axis) => value + (axis ? -aside : aside));
    const flip = svg.closest("[data-view]") === lateral && shownSide === "right" ? -1 : 1;
    const group = document.createElementNS(svg.namespaceURI, "g");
    group.setAttribute("class", "pin");
    group.setAttribute("transform", `translate(${x} ${y}) scale(${size * flip} ${size})`);
    const circle = document.createElementNS(svg.namespaceURI, "circle");
    circle.setAttribute("r", "8.5");
    const text = document.createElementNS(svg.namespaceURI, "text");
    text.textContent = number;
    group.append(circle, text);
    svg.append(group);
  }

  function draw() {
    box.querySelectorAll(".pin").forEach((old) => old.remove());
    box.querySelectorAll(".muscle").forEach((path) => path.classList.remove("is-on", "is-open", "is-last"));
    for (const [slug, side] of last) paths(slug, side).forEach((path) => path.classList.add("is-last"));
    rows.all().forEach((row, index) => {
      // A target in own words has no place of its own: it is shown at the point of its region.
      const { muscle, region } = row.dataset;
      const drawn = paths(muscle.startsWith("free") ? `region-${region}` : muscle, rows.value(row, "side"));
      for (const path of drawn) {
        path.classList.add("is-on");
        path.classList.remove("is-last");
        path.classList.toggle("is-open", rows.isOpen(row));
      }
      for (const view of new Set(drawn.map(viewOf)))
        pin(
          drawn.find((path) => viewOf(path) === view),
          index + 1,
        );
    });
  }

  // The points of an enlarged view by name: what a keyboard and a screen reader use in place of the drawing.
  function listPoints(view) {
    const named = new Map();
    for (const path of view.querySelectorAll(".muscle--point")) {
      const muscle = muscleBySlug(path.dataset.muscle);
      const letter = path.nextElementSibling.textContent;
      if (path.dataset.side !== other(shownSide)) named.set(muscle, [path.dataset.side, letter]);
    }
    const items = [...named].map(([muscle, [side, letter]]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "fl-point" });
      const mark = Object.assign(document.createElement("b"), { textContent: letter });
      button.append(mark, muscle.name);
      button.addEventListener("click", () => rows.addOrOpen(muscle, side));
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    list.replaceChildren(...items);
  }

  function showView() {
    const chosen = box.querySelector("[data-chart-view]:checked").value;
    const isDetailed = chosen === "details";
    const key = isDetailed ? detailChoice.value : chosen;
    for (const view of box.querySelectorAll("[data-view]")) {
      view.hidden = view.dataset.view !== key;
      if (!isDetail(view) || view.hidden) continue;
      const svg = view.querySelector("svg");
      svg.setAttribute("viewBox", svg.dataset[shownSide]);
      listPoints(view);
    }
    box.querySelector("[data-zooms]").hidden = isDetailed || chosen === "head_neck_lateral";
    box.querySelector("[data-chart-layers]").hidden = isDetailed;
    details.hidden = !isDetailed;
    sideChoice.hidden = !isDetailed && chosen !== "head_neck_lateral";
    draw();
  }

  box.addEventListener("change", (event) => {
    event.stopPropagation();
    if (event.target.matches("[data-chart-view], [data-chart-details] select")) showView();
    else if (event.target.matches("[data-chart-zoom]")) zoom();
    else if (event.target.matches("[data-chart-deep]"))
      box.querySelectorAll("svg").forEach((svg) => svg.classList.toggle("is-superficial", !event.target.checked));
    else if (event.target.name === "chart_side") {
      shownSide = event.target.value;
      lateral.classList.toggle("fl-chart--flipped", shownSide === "right");
      showView();
    }
  });
  box.addEventListener("input", (event) => event.stopPropagation());
  form.addEventListener("filiform:rows", draw);
  lateral.classList.add("fl-chart--flipped");
  zoom();
  showView();
}
