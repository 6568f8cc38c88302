// The consent page: signature pad, number of open points. The form also works without it.
import { startPad } from "./pad.js";

const form = document.getElementById("consent");
if (form) {
  document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
  const boxes = (name) => [...form.querySelectorAll(`[name="${name}"]`)];
  const drawn = form.querySelector('[name="signing"][value="drawn"]');
  if (!boxes("signing").some((way) => way.checked)) drawn.checked = true;
  startPad(form.querySelector("[data-pad]").closest("[data-way]"));

  form.querySelector("[data-all-regions]").addEventListener("click", () => {
    boxes("scope").forEach((box) => (box.checked = true));
    show();
  });

  // The summary that the patient reads below the text, and the number of points still to explain.
  function show() {
    const labels = boxes("scope")
      .filter((box) => box.checked)
      .map((box) => box.labels[0].textContent.trim().toLowerCase());
    form.querySelector("[data-agreed]").textContent = labels.join(", ") || "no region yet";
    const left = boxes("explained").filter((box) => box.value !== "copy" && !box.checked).length;
    document.querySelector("[data-points-left]").textContent = left
      ? ` · ${left} point${left > 1 ? "s" : ""} left`
      : "";
  }
  form.addEventListener("change", show);
  show();
}
document.querySelector("[data-summary-errors]")?.focus();
