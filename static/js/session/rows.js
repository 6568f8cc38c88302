// Needling rows: add, open, summarise, copy to the other side, duplicate, and remove with undo.
import { newId } from "../new-id.js";
import { depthBlock, lastTime, muscleById } from "./catalogue.js";
import { makeRow, setField, valuesIn } from "./fields.js";
import { showErrors, toast } from "./foot.js";
import { openIn } from "./warnings.js";

// A second tap within this time was meant for what was there before the rows moved.
const SETTLING_MS = 400;
const OTHER_SIDE = { left: "right", right: "left" };

export function startRows(form) {
  const list = form.querySelector("[data-rows]");
  const removed = []; // the latest last
  let settling;

  const all = () => [...list.querySelectorAll("[data-row]")];
  const field = (row, name) => `needling-${row.dataset.row}-${name}`;
  const control = (row, name) => form.elements[field(row, name)];

  function value(row, name) {
    const found = control(row, name);
    return found ? found.value : "";
  }

  const setValue = (row, name, text) => setField(row, field(row, name), text);

  function label(row, name) {
    const found = control(row, name);
    if (!found) return "";
    if (found instanceof HTMLSelectElement) return found.value ? found.selectedOptions[0].text.split(" · ")[0] : "";
    const checked = row.querySelector(`[name="${field(row, name)}"]:checked`);
    return checked ? checked.nextElementSibling.textContent : "";
  }

  // The server lists the fields that a row needs before signing, for each kind of visit.
  const required = JSON.parse(form.dataset.requiredOfRow);

  // What a new row begins with, if no row before it says it: the practitioner has set it.
  const defaults = JSON.parse(form.dataset.rowDefaults);

  function isComplete(row) {
    return required[form.elements.visit_kind.value].every((name) => value(row, name)) && !openIn(row).length;
  }

  // The rows have moved or opened: the style sheet takes taps away from all below the chart until they stand still.
  function settle() {
    form.toggleAttribute("data-settling", true);
    clearTimeout(settling);
    settling = setTimeout(() => form.toggleAttribute("data-settling", false), SETTLING_MS);
  }

  function changed() {
    form.dispatchEvent(new CustomEvent("filiform:changed", { bubbles: true }));
  }

  function fillPoints(row, muscle) {
    const box = row.querySelector("[data-points]");
    box.replaceChildren();
    box.closest("fieldset").hidden = !muscle.points.length;
    for (const point of muscle.points) {
      const id = `id_${box.dataset.name}_${point.id}`;
      const input = Object.assign(document.createElement("input"), {
        type: "radio",
        className: "btn-check",
        name: box.dataset.name,
        id,
        value: point.id,
      });
      input.dataset.unselect = "";
      const text = Object.assign(document.createElement("label"), { htmlFor: id, textContent: point.label });
      box.append(input, text);
    }
  }

  // A note of the catalogue: HTML with links to its sources, made safe by the server.
  function showNote(element, note) {
    element.hidden = !note;
    element.querySelector("span").innerHTML = note;
  }

  function showMuscle(row, muscle, side, order) {
    row.dataset.muscle = muscle.slug;
    row.querySelector("[data-muscle-name]").textContent = muscle.name;
    row.querySelector("[data-kind]").hidden = !muscle.kind;
    row.querySelector("[data-kind]").textContent = muscle.kind;
    row.querySelector("[data-thorax]").hidden = !muscle.thorax;
    row.dataset.restricted = muscle.restricted ?? "";
    row.dataset.region = muscle.region;
    const unreviewed = muscle.reviewed ? "" : " · not yet reviewed";
    showNote(row.querySelector("[data-caution]"), muscle.caution && muscle.caution + unreviewed);
    showNote(row.querySelector("[data-depth-note]"), muscle.depthNote);
    showNote(row.querySelector("[data-remark]"), muscle.remark);
    row.querySelector("[data-depth]").innerHTML = depthBlock(muscle, order);
    showLastTime(row, muscle, side);
  }

  function showLastTime(row, muscle, side) {
    const before = lastTime(muscle, side);
    const last = row.querySelector("[data-last-time]");
    last.hidden = !before;
    last.querySelector("span").textContent = before?.text ?? "";
  }

  function add(muscle, side, { open = true } = {}) {
    const row = makeRow("row", newId());
    list.append(row);
    setValue(row, "muscle", muscle.id);
    setValue(row, "side", side);
    fillPoints(row, muscle);
    showMuscle(row, muscle, side);
    const previous = row.previousElementSibling;
    for (const name of ["needle", "technique"])
      setValue(row, name, (previous && value(previous, name)) || defaults[name]);
    if (open) openOnly(row);
    refresh();
    changed();
    return row;
  }

  // Give a row that arrived with its values the fields for them.
  function fill(arrived) {
    const row = makeRow("row", arrived.dataset.row);
    const order = arrived.dataset.depth && JSON.parse(arrived.dataset.depth);
    const values = valuesIn(arrived);
    arrived.replaceWith(row);
    row.querySelector("[data-warnings]").replaceWith(arrived.querySelector("[data-warnings]"));
    const valueOf = (name) => values.find((one) => one.name === field(row, name))?.value ?? "";
    const muscle = muscleById(valueOf("muscle"));
    if (muscle) {
      fillPoints(row, muscle);
      showMuscle(row, muscle, valueOf("side"), order);
    }
    for (const { name, value: text, label: words } of values) setField(row, name, text, words);
  }

  function takeSetup(row) {
    const { setup } = lastTime(muscleById(value(row, "muscle")), value(row, "side"));
    for (const [name, text] of Object.entries(setup)) setValue(row, name, String(text));
    setValue(row, "retention_planned_seconds", "");
    refresh();
    changed();
  }

  function addOrOpen(muscle, side) {
    const there = all().find((row) => row.dataset.muscle === muscle.slug && value(row, "side") === side);
    if (there) openOnly(there);
    const row = there ?? add(muscle, side);
    // On a phone, chart and rows do not fit on the screen together: stay at the chart for the next muscle.
    if (innerWidth >= 700) show(row);
    else toast(`${title(row)}.`, "Go to row", () => row.scrollIntoView());
    return row;
  }

  function copy(row, side) {
    const muscle = muscleById(value(row, "muscle"));
    const twin = add(muscle, side);
    for (const name of form.dataset.setup.split(" ")) setValue(twin, name, value(row, name));
    const planned = value(row, "retention_planned_seconds");
    if (planned) setValue(twin, "retention_seconds", planned);
    refresh();
    changed();
    twin.querySelector("summary").focus();
  }

  function remove(row) {
    const focusNext = row.nextElementSibling ?? row.previousElementSibling;
    removed.push({ row, before: row.nextElementSibling });
    row.remove();
    settle();
    offerUndo();
    refresh();
    changed();
    (focusNext?.querySelector("summary") ?? document.getElementById("muscle-find")).focus();
  }

  function offerUndo() {
    if (removed.length) toast(`${title(removed.at(-1).row)} removed.`, "Undo", undo);
  }

  function undo() {
    const { row, before } = removed.pop();
    list.insertBefore(row, before?.isConnected ? before : null);
    settle();
    refresh();
    changed();
    row.querySelector("summary").focus();
    offerUndo();
  }

  const title = (row) => `${row.querySelector("[data-muscle-name]").textContent}, ${value(row, "side")}`;

  function openOnly(row) {
    settle();
    for (const other of all()) other.open = other === row;
  }

  function bringUp(row) {
    openOnly(row);
    show(row);
  }

  // A row that the banner or the foot covers moves to the top, where all of its fields are in view.
  function show(row) {
    const [head, foot] = [document.querySelector(".fl-head"), document.querySelector(".fl-foot")];
    const { top, bottom } = row.getBoundingClientRect();
    const isInView = top >= head.offsetHeight && bottom <= innerHeight - foot.offsetHeight;
    if (!isInView) row.scrollIntoView({ block: "start", behavior: "instant" });
  }

  function summary(row) {
    const twitch = value(row, "twitch_count")
      ? `twitch ×${value(row, "twitch_count")}`
      : label(row, "twitch") && `twitch ${label(row, "twitch").toLowerCase()}`;
    const depth = value(row, "depth_mm") && `${value(row, "depth_mm")} mm`;
    const insertions = value(row, "insertions") && `${value(row, "insertions")} ins.`;
    const frequency = value(row, "frequency_hz") && `${value(row, "frequency_hz")} Hz`;
    const current = value(row, "current_ma") && `${value(row, "current_ma")} mA`;
    const retention = value(row, "retention_seconds") && `${value(row, "retention_seconds")} min`;
    const parts = [
      label(row, "trigger_point") || value(row, "location"),
      label(row, "needle"),
      depth,
      [label(row, "technique").toLowerCase(), frequency, current].filter(Boolean).join(" "),
      retention,
      insertions,
      twitch,
    ];
    return parts.filter(Boolean).join(" · ");
  }

  function refresh() {
    all().forEach((row, index) => {
      row.querySelector("[data-number]").textContent = index + 1;
      row.querySelector("[data-side-letter]").textContent = value(row, "side").slice(0, 1).toUpperCase();
      row.querySelector("[data-summary]").textContent = summary(row);
      const stops = openIn(row).filter((warning) => warning.dataset.level === "stop");
      row.querySelector("[data-stop]").hidden = !stops.length;
      row.querySelector("[data-decide]").hidden = Boolean(stops.length) || !openIn(row).length;
      row.querySelector("[data-done]").hidden = !isComplete(row);
      row.querySelector("[data-flip]").hidden = !OTHER_SIDE[value(row, "side")];
    });
    form.querySelector("[data-no-rows]").hidden = all().length > 0;
    form.querySelector("[data-pelvic]").hidden = !all().some((row) => row.dataset.restricted);
    form.dispatchEvent(new CustomEvent("filiform:rows"));
  }

  function openNext(row) {
    row.open = false;
    settle();
    const next = all().find((other) => !isComplete(other) && other !== row);
    if (next) bringUp(next);
    return next;
  }

  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    const button = event.target.closest("button");
    if (row && !row.open && event.target.closest("summary.fl-needle__bar")) requestAnimationFrame(() => bringUp(row));
    if (!row || !button) return;
    if ("remove" in button.dataset) remove(row);
    else if ("useLast" in button.dataset) takeSetup(row);
    else if ("duplicate" in button.dataset) copy(row, value(row, "side"));
    else if ("flip" in button.dataset) copy(row, OTHER_SIDE[value(row, "side")]);
    else if ("next" in button.dataset)
      (openNext(row)?.querySelector("summary") ?? document.getElementById("id_needles_inserted")).focus();
  });

  // With a pointer, a finished row closes for the next one. Keyboard users keep the focus and use Next.
  list.addEventListener("filiform:answered", (event) => {
    const row = event.target.closest("[data-row]");
    if (isComplete(row)) openNext(row);
  });

  list.addEventListener(
    "toggle",
    (event) => {
      if (!event.target.matches("[data-row]")) return;
      settle();
      form.dispatchEvent(new CustomEvent("filiform:rows"));
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const row = document.activeElement.closest("[data-row]");
    const next = row && (event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling);
    if (!next) return;
    event.preventDefault();
    next.querySelector("summary").focus();
    bringUp(next);
  });

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && event.target.name === field(row, "side"))
      showLastTime(row, muscleById(value(row, "muscle")), value(row, "side"));
    refresh();
  });

  form.addEventListener("filiform:warnings", refresh);

  list.querySelectorAll("[data-values]").forEach(fill);
  if (form.dataset.errors) showErrors(JSON.parse(form.dataset.errors));
  refresh();
  const first =
    all().find((row) => row.querySelector(".invalid-feedback:not(:empty)")) ?? all().find((row) => !isComplete(row));
  openOnly(first);
  return { all, addOrOpen, value, openOnly, isOpen: (row) => row.open };
}
