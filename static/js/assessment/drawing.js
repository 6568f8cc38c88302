// The pain drawing. Each stroke of a finger, pen or mouse becomes an area, a polygon in the units of its view.
const STEP = 3; // between two points, in those units
const MOST_POINTS = 200; // as treatments/record/pain_sites.py allows
const MOST_AREAS = 40;

export function startDrawing(form) {
  const panel = form.querySelector("[data-drawing]");
  const field = form.elements.drawing;
  const words = panel.querySelector("[data-drawing-words]");
  const charts = [...panel.querySelectorAll("[data-draw-view]")];
  const chosen = () => panel.querySelector('[name="drawing-view"]:checked').value;
  const label = (view) => panel.querySelector(`label[for="draw-${view}"]`).textContent;
  let areas = JSON.parse(field.value || "[]");

  function polygon(area) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    shape.setAttribute("class", "pain-now");
    shape.setAttribute("points", area.points.join(" "));
    return shape;
  }

  function show() {
    for (const chart of charts) {
      const view = chart.dataset.drawView;
      chart.hidden = view !== chosen();
      const shapes = areas.filter((area) => area.view === view).map(polygon);
      chart.querySelector("[data-areas]").replaceChildren(...shapes);
    }
    const counts = charts.map(({ dataset: { drawView: view } }) => {
      const count = areas.filter((area) => area.view === view).length;
      return count ? `${label(view)}: ${count}` : "";
    });
    words.textContent = areas.length ? `Areas drawn. ${counts.filter(Boolean).join(", ")}` : "Nothing drawn yet.";
  }

  function store(changed) {
    areas = changed;
    field.value = JSON.stringify(areas);
    field.dispatchEvent(new Event("change", { bubbles: true }));
    show();
  }

  function draw(svg, view, start) {
    const { width, height } = svg.viewBox.baseVal;
    const area = { view, points: [] };
    const shape = polygon(area);
    svg.querySelector("[data-areas]").append(shape);

    function add(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const point = [Math.round(Math.min(Math.max(at.x, 0), width)), Math.round(Math.min(Math.max(at.y, 0), height))];
      const last = area.points.at(-1);
      if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < STEP) return;
      area.points.push(point);
      shape.setAttribute("points", area.points.join(" "));
    }

    function end(event) {
      svg.removeEventListener("pointermove", add);
      svg.removeEventListener("pointerup", end);
      svg.removeEventListener("pointercancel", end);
      const every = Math.ceil(area.points.length / MOST_POINTS);
      area.points = area.points.filter((_, index) => index % every === 0);
      if (event.type === "pointerup" && area.points.length > 2) store([...areas, area]);
      else show();
    }

    svg.setPointerCapture(start.pointerId);
    add(start);
    svg.addEventListener("pointermove", add);
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }

  for (const chart of charts) {
    const svg = chart.querySelector("svg");
    svg.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      if (areas.length < MOST_AREAS) draw(svg, chart.dataset.drawView, event);
      else words.textContent = `A drawing has at most ${MOST_AREAS} areas. Take one back before you add another.`;
    });
  }
  // The view is no answer, so choosing one saves nothing.
  const chooseView = (event) => {
    if (event.target.name !== "drawing-view") return;
    event.stopPropagation();
    show();
  };
  panel.addEventListener("input", chooseView);
  panel.addEventListener("change", chooseView);
  panel.querySelector("[data-draw-undo]").addEventListener("click", () => store(areas.slice(0, -1)));
  panel.querySelector("[data-draw-clear]").addEventListener("click", () => {
    store(areas.filter((area) => area.view !== chosen()));
  });
  show();
}
