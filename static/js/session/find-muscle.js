// Add a muscle by typing its name: "lev R", "infra left". A combobox as a keyboard alternative to tapping the chart.
import { muscles } from "./catalogue.js";

const SIDES = { r: "right", right: "right", l: "left", left: "left", m: "midline", mid: "midline", midline: "midline" };

function hits(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const side = words.length > 1 ? SIDES[words.at(-1)] : undefined;
  if (side) words.pop();
  if (!words.length) return [];
  const starts = (muscle) => muscle.name.toLowerCase().startsWith(words[0]);
  const found = muscles.filter((muscle) => words.every((word) => muscle.words.includes(word)));
  found.sort((a, b) => starts(b) - starts(a) || a.name.localeCompare(b.name));
  const sides = side ? [side] : ["right", "left"];
  return found.slice(0, 8).flatMap((muscle) => sides.map((each) => ({ muscle, side: each })));
}

export function startFindMuscle(form, rows) {
  const input = document.getElementById("muscle-find");
  const list = document.getElementById("muscle-hits");
  const none = form.querySelector("[data-no-hits]");
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
    if (!current) return;
    input.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  }

  function show() {
    shown = hits(input.value);
    at = 0;
    list.replaceChildren(
      ...shown.map(({ muscle, side }, index) => {
        const item = Object.assign(document.createElement("li"), { id: `muscle-hit-${index}` });
        item.setAttribute("role", "option");
        const letter = Object.assign(document.createElement("span"), {
          className: "fl-side",
          textContent: side[0].toUpperCase(),
          ariaHidden: "true",
        });
        const spoken = Object.assign(document.createElement("span"), {
          className: "visually-hidden",
          textContent: `, ${side}`,
        });
        item.append(letter, muscle.name, spoken);
        return item;
      }),
    );
    list.hidden = !shown.length;
    none.textContent =
      input.value.trim().length > 1 && !shown.length ? "No muscle found. Write the side last, like infra R." : "";
    input.setAttribute("aria-expanded", String(shown.length > 0));
    mark();
  }

  function choose(index) {
    const { muscle, side } = shown[index];
    input.value = "";
    close();
    const row = rows.addOrOpen(muscle, side);
    row.querySelector("[data-points] input, .fl-step input").focus();
  }

  input.addEventListener("input", (event) => {
    event.stopPropagation();
    show();
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % (shown.length || 1);
      mark();
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (!list.hidden) choose(at);
    } else if (event.key === "Escape") close();
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) choose([...list.children].indexOf(item));
  });
  input.addEventListener("blur", close);
}
