// Measurement rows: add and remove them, and show the fields for each kind.
import { newId } from "../new-id.js";
import { makeRow, setField, valuesIn } from "./fields.js";

export function startMeasurements(form) {
  const list = form.querySelector("[data-measurements]");
  const changed = () => form.dispatchEvent(new CustomEvent("filiform:changed", { bubbles: true }));

  function fit(row) {
    const named = (name) => form.elements[`measurement-${row.dataset.measurement}-${name}`];
    const kind = named("kind").value.split("_")[0];
    named("movement").parentElement.hidden = !["rom", "distance", "force"].includes(kind);
    named("muscle").parentElement.hidden = ["rom", "distance", "grip"].includes(kind);
    named("mode").parentElement.hidden = kind !== "rom";
  }

  form.querySelector("[data-add-measurement]").addEventListener("click", () => {
    const row = makeRow("measurement", newId());
    list.append(row);
    fit(row);
    row.querySelector("select").focus();
  });
  list.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-measurement]")) return;
    event.target.closest("[data-measurement]").remove();
    form.querySelector("[data-add-measurement]").focus();
    changed();
  });
  // The muscles of today come first.
  list.addEventListener("focusin", ({ target }) => {
    if (!target.name?.endsWith("-muscle")) return;
    for (const { value } of [...form.querySelectorAll("[data-muscle-id]")].reverse()) {
      const option = [...target.options].find((one) => one.value === value);
      if (value && option) target.options[0].after(option);
    }
  });
  list.addEventListener("change", (event) => fit(event.target.closest("[data-measurement]")));
  for (const arrived of list.querySelectorAll("[data-values]")) {
    const row = makeRow("measurement", arrived.dataset.measurement);
    for (const { name, value, label } of valuesIn(arrived)) setField(row, name, value, label);
    arrived.replaceWith(row);
    fit(row);
  }
}
