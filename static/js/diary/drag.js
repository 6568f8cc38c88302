// Move a visit by drag, or with m, arrows and Enter. Both submit the form of the move, which checks everything.
const STEP = 15;
const ROW = 5;
let moving = null;

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const diaryOf = (slot) => slot.closest(".fl-diary");
const columnsOf = (slot) => [...diaryOf(slot).querySelectorAll("[data-column]")];

function begin(slot) {
  const [hour, minute] = slot.dataset.wall.slice(11).split(":").map(Number);
  const ghost = document.createElement("li");
  ghost.append(document.createElement("b"));
  moving = {
    slot,
    ghost,
    column: slot.closest("[data-column]"),
    minute: hour * 60 + minute,
    length: Number(slot.dataset.minutes),
  };
  slot.classList.add("is-moving");
  show();
}

function show() {
  const { ghost, column, minute, length, slot } = moving;
  const { firstHour, lastHour } = diaryOf(slot).dataset;
  moving.minute = Math.max(firstHour * 60, Math.min(minute, lastHour * 60 - length));
  const start = moving.minute - firstHour * 60;
  ghost.className = "fl-slot fl-slot--ghost";
  ghost.dataset.from = clock(Math.floor(start / ROW) * ROW); // diary-lines.css
  ghost.dataset.to = clock(Math.ceil((start + length) / ROW) * ROW);
  ghost.firstChild.textContent = `${clock(moving.minute)} ${column.querySelector("h2").textContent}`;
  column.append(ghost);
  document.querySelector("[data-moving-says]").textContent =
    `${ghost.textContent}. Enter moves it here, Escape cancels.`;
}

function stop() {
  moving?.ghost.remove();
  moving?.slot.classList.remove("is-moving");
  document.querySelector("[data-moving-says]").textContent = "";
  moving = null;
}

function drop() {
  const { slot, column, minute } = moving;
  const values = { slot: "other", day: column.dataset.day, time: clock(minute), version: slot.dataset.version };
  values.who = column.dataset.practitioner || slot.dataset.practitioner;
  values.room = column.dataset.room || "";
  stop();
  htmx.ajax("POST", `${slot.getAttribute("href")}move/`, { target: "#panel", values });
}

// m on a visit in the grid. Returns true if the visit can be moved here, so that the key does not also open the form.
export function moveByKeys(slot) {
  if (moving) stop();
  begin(slot);
  return true;
}

function onKey(event) {
  if (!moving) return;
  const columns = columnsOf(moving.slot);
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const down = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
  if (side) moving.column = columns[columns.indexOf(moving.column) + side] ?? moving.column;
  else if (down) moving.minute += down;
  else if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Enter") drop();
  else if (event.key === "Escape") stop();
  else show();
}

function minuteAt(column, clientY, grabbed) {
  const { firstHour, lastHour } = column.closest(".fl-diary").dataset;
  const head = column.querySelector(".fl-day__head").offsetHeight;
  const box = column.getBoundingClientRect();
  const within = (clientY - grabbed - box.top - head) / (box.height - head);
  return firstHour * 60 + Math.round((within * (lastHour - firstHour) * 60) / STEP) * STEP;
}

export function startDrag(grid) {
  let grabbed = 0;
  document.addEventListener("keydown", onKey, { capture: true });
  grid.addEventListener("dragstart", (event) => {
    const slot = event.target.closest("a.fl-slot[draggable=true]");
    if (!slot) return event.preventDefault();
    grabbed = event.clientY - slot.getBoundingClientRect().top;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", slot.dataset.visit);
    begin(slot);
  });
  grid.addEventListener("dragover", (event) => {
    const column = event.target.closest("[data-column]");
    if (!moving || !column) return;
    event.preventDefault();
    Object.assign(moving, { column, minute: minuteAt(column, event.clientY, grabbed) });
    show();
  });
  grid.addEventListener("drop", (event) => {
    if (!moving) return;
    event.preventDefault();
    drop();
  });
  grid.addEventListener("dragend", () => moving && stop());
}
