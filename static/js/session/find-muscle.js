// Add a muscle by typing its name: "lev R", "infra left". A combobox as a keyboard alternative to tapping the chart.
// The last choice records what was typed in own words. What should not be needled says why, and Enter adds nothing.
// A group opens its members.
import { findNotNeedled, muscleBySlug, muscleGroups, muscles } from "./catalogue.js";
import { prepare, search, splitSide } from "./search.js";

const MOST_SHOWN = 10;
const entries = prepare([...muscles, ...muscleGroups]);
const membersOf = (group) => group.members.map(muscleBySlug).filter(Boolean);

// The choices for one entry: a group, or a muscle on each side. Targets without a region have no side yet.
function choicesOf(entry, side) {
  if (entry.members) return [{ group: entry, side }];
  const sides = side ? [side] : ["right", "left"];
  return (entry.region ? sides : [side]).map((each) => ({ muscle: entry, side: each }));
}

export function startFindMuscle(form, rows, openFreeEntry) {
  const input = document.getElementById("muscle-find");
  const list = document.getElementById("muscle-hits");
  const none = form.querySelector("[data-no-hits]");
  const note = form.querySelector("[data-not-needled]");
  let shown = [];
  let at = 0;

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    none.textContent = "";
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === at));
    const current = list.children[at];
    input.removeAttribute("aria-activedescendant");
    if (!current) return;
    input.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  }

  function sayWhyNot(entry) {
    note.hidden = !entry;
    if (!entry) return;
    const part = (name) => note.querySelector(`[data-not-needled-${name}]`);
    part("title").textContent = `${entry.label}: ${entry.words[0]}`;
    part("why").textContent = entry.why;
    part("instead").textContent = entry.instead && `Instead: ${entry.instead}.`;
    part("source").innerHTML = entry.source; // from our own file, made safe by the server
  }

  function option(choice, index) {
    const item = Object.assign(document.createElement("li"), { id: `muscle-hit-${index}` });
    item.setAttribute("role", "option");
    const { group, muscle, side, words } = choice;
    if (group) {
      const count = { className: "fl-tag fl-tag--sq", textContent: `Group of ${membersOf(group).length}` };
      item.append(group.name, Object.assign(document.createElement("span"), count));
      return item;
    }
    if (!muscle) {
      item.textContent = `Record “${words}” in your own words`;
      return item;
    }
    const name = document.createElement("span");
    name.textContent = muscle.name;
    if (side) {
      const letter = Object.assign(document.createElement("span"), {
        className: "fl-side",
        textContent: side[0].toUpperCase(),
        ariaHidden: "true",
      });
      item.append(letter);
    }
    item.append(name);
    if (side) {
      const spoken = { className: "visually-hidden", textContent: `, ${side}` };
      item.append(Object.assign(document.createElement("span"), spoken));
    }
    if (muscle.kind) {
      const kind = { className: "fl-tag fl-tag--sq", textContent: muscle.kind };
      item.append(Object.assign(document.createElement("span"), kind));
    }
    return item;
  }

  function show() {
    const { words, side } = splitSide(input.value);
    const { entry, isExact } = findNotNeedled(input.value);
    const found = search(entries, input.value);
    shown = found.hits.slice(0, MOST_SHOWN).flatMap((each) => choicesOf(each, found.side));
    const isRefused = Boolean(entry) && (isExact || !shown.length);
    sayWhyNot(isRefused ? entry : null);
    none.textContent =
      words.length > 1 && !shown.length && !isRefused ? "No muscle found. Enter opens a row in your own words." : "";
    if (words.length > 2 && !isRefused) shown.push({ words, side });
    // Enter adds nothing that should not be needled, and nothing while several entries fit equally well.
    const best = shown.findIndex(({ muscle, group }) => (muscle ?? group) === (found.best ?? null));
    draw(isRefused ? -1 : found.hits.length ? best : 0);
  }

  function draw(selected) {
    at = selected;
    list.replaceChildren(...shown.map(option));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    mark();
  }

  function choose(index) {
    const { group, muscle, side, words } = shown[index];
    if (group) {
      shown = membersOf(group).flatMap((member) => choicesOf(member, side));
      draw(-1);
      return;
    }
    input.value = "";
    close();
    sayWhyNot(null);
    if (!muscle) openFreeEntry(words, side);
    else if (!muscle.region) openFreeEntry(muscle.slug.startsWith("other-") ? "" : muscle.name, side, muscle.slug);
    else rows.addOrOpen(muscle, side).querySelector("[data-points] input, .fl-step input").focus();
  }

  input.addEventListener("input", (event) => {
    event.stopPropagation();
    show();
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
      at = (at + shown.length) % (shown.length || 1);
      mark();
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (!list.hidden && at >= 0) choose(at);
    } else if (event.key === "Escape") {
      close();
      sayWhyNot(null);
    }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) choose([...list.children].indexOf(item));
  });
  input.addEventListener("blur", close);
}
