// Signing with mouse, finger or pen. Strokes are stored as integers in the coordinates of the drawing.
export function startPad(part) {
  const pad = part.querySelector("[data-pad]");
  const ink = part.querySelector("[data-pad-ink]");
  const kept = part.querySelector("[data-pad-strokes]");
  const box = pad.querySelector("svg").viewBox.baseVal;
  let strokes = read();
  let pointer = null; // only one pointer draws; a second finger or the palm does not

  function read() {
    try {
      return JSON.parse(kept.value) || [];
    } catch {
      return [];
    }
  }

  function place(event) {
    const area = pad.getBoundingClientRect();
    const within = (share, size) => Math.round(Math.min(1, Math.max(0, share)) * size);
    return [
      within((event.clientX - area.left) / area.width, box.width),
      within((event.clientY - area.top) / area.height, box.height),
    ];
  }

  function draw() {
    ink.setAttribute("d", strokes.map((stroke) => `M${stroke.map((point) => point.join(" ")).join(" L")}`).join(" "));
  }

  function keep() {
    kept.value = strokes.length ? JSON.stringify(strokes) : "";
  }

  pad.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    pad.setPointerCapture(pointer);
    const start = place(event);
    strokes.push([start, start]); // so that a dot is a stroke too
    draw();
    event.preventDefault();
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const stroke = strokes.at(-1);
    const last = stroke.at(-1);
    const next = place(event);
    if (next[0] !== last[0] || next[1] !== last[1]) stroke.push(next);
    draw();
  });
  function end(event) {
    if (event.pointerId !== pointer) return;
    pointer = null;
    keep();
    part.querySelectorAll(".invalid-feedback").forEach((error) => error.replaceChildren()); // it asked for a signature
  }
  pad.addEventListener("pointerup", end);
  pad.addEventListener("pointercancel", end);

  part.querySelector("[data-pad-clear]").addEventListener("click", () => {
    strokes = [];
    draw();
    keep();
  });
  draw();
}
