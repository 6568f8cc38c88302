// The page arrives with the values of its rows. The fields around them are the same on every page, and come from there.
import { muscles, needles, parts } from "./catalogue.js";

// The parts of the page that belong to no row.
export function addParts(form) {
  form.querySelector("[data-chart]").innerHTML = parts.chart;
  form.querySelector("[data-free-entry-place]").outerHTML = parts.freeEntry;
  const unseen = Object.entries(parts.reactions).filter(([name]) => !form.elements[`${name}-seen`]);
  form.querySelector("[data-other-reactions]").innerHTML = unseen.map(([, chip]) => chip).join("");
}

// A new row, "row" or "measurement", with the choices of its lists.
export function makeRow(kind, id) {
  const holder = document.createElement("div");
  holder.innerHTML = parts[kind].replaceAll("__id__", id);
  const row = holder.firstElementChild;
  for (const list of row.querySelectorAll('select[name$="-needle"]'))
    for (const [value, text] of needles) list.add(new Option(text, value));
  for (const list of row.querySelectorAll('select[name$="-muscle"]'))
    for (const { id: value, name: text } of muscles) list.add(new Option(text, value));
  row.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
  row.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));
  return row;
}

// The values that a row arrived with: [{name, value, label}].
export const valuesIn = (place) =>
  [...place.querySelectorAll(":scope > input[type=hidden]")].map(({ name, value, dataset }) => ({
    name,
    value,
    label: dataset.label,
  }));

// Set a field, as the server would have drawn it. `label`: the words of a choice that is not offered for other rows.
export function setField(row, name, value, label) {
  const fields = [...row.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  for (const field of fields) {
    if (field.type === "radio") field.checked = field.value === value;
    else {
      const isNew = field.matches("select") && label && ![...field.options].some((option) => option.value === value);
      if (isNew) field.add(new Option(label, value));
      field.value = value;
    }
  }
}
