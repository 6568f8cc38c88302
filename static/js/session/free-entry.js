// Add a row for something that the list does not have, in the practitioner's own words.
import { findNotNeedled, freeText, muscleById } from "./catalogue.js";

export function startFreeEntry(form, rows) {
  const box = form.querySelector("[data-free-entry]");
  const field = (name) => form.elements[name];

  // Fields that lead to a new row are not part of the record: changing them saves nothing.
  for (const name of ["input", "change"]) box.addEventListener(name, (event) => event.stopPropagation());

  function refuse(name, sentence) {
    const place = box.querySelector(`#error_${name}`);
    place.textContent = sentence;
    if (sentence) field(name).focus();
  }

  function problem() {
    const words = field("add_words").value.trim();
    const { entry, isExact } = findNotNeedled(words);
    if (words.length < 3) return ["add_words", "Describe the target in 3 to 80 characters."];
    if (isExact && entry.label === "Not needled") return ["add_words", `“${words}” is not needled. ${entry.why}`];
    if (!field("add_base").value) return ["add_base", "Choose what kind of target this is."];
    if (!field("add_region").value) return ["add_region", "Choose the body region."];
    return null;
  }

  function add() {
    for (const name of ["add_words", "add_base", "add_region"]) refuse(name, "");
    const found = problem();
    if (found) {
      refuse(...found);
      return;
    }
    const text = freeText(field("add_base").value, field("add_region").value, field("add_words").value);
    close();
    const row = rows.addOrOpen(muscleById(text), field("free_side").value);
    row.querySelector(".fl-step input").focus();
  }

  function close() {
    box.hidden = true;
    document.getElementById("muscle-find").focus();
  }

  // Open with what was typed, and with the entry that was chosen if it occurs anywhere, such as a burn scar.
  function open(words, side, base) {
    box.hidden = false;
    field("add_words").value = words.slice(0, 80);
    if (base) field("add_base").value = base;
    if (side) for (const radio of field("free_side")) radio.checked = radio.value === side;
    (words ? field("add_region") : field("add_words")).focus();
    box.scrollIntoView({ block: "nearest" });
  }

  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-free]")) add();
    else if (event.target.closest("[data-close-free]")) close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches('input[type="text"], select')) {
      event.preventDefault();
      add();
    } else if (event.key === "Escape") close();
  });
  box.hidden = !box.querySelector(".invalid-feedback:not(:empty)");
  return open;
}
