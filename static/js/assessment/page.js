// The page of an assessment. It also works without these modules, with its buttons.
import { startDraftKeys } from "../draft-keys.js";
import { startAutosave } from "../session/autosave.js";
import { startUnselect } from "../session/unselect.js";
import { startDrawing } from "./drawing.js";

const form = document.getElementById("assessment-form");
document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
startAutosave(form, ({ is_late_entry: isLate }) => {
  const late = form.querySelector("[data-late-entry]");
  late.hidden = !isLate && !late.querySelector("input").value;
});
document.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));
startUnselect(form, ".fl-vs__now input[type=radio]");
startDrawing(form);
startDraftKeys();

// Only the first line without a site is shown below those that are filled in.
const lines = [...form.querySelectorAll("[data-site]")];
const isFilled = (line) => [...line.querySelectorAll("select, input")].some((field) => field.value);
function showLines() {
  const last = lines.findLastIndex(isFilled);
  lines.forEach((line, index) => (line.hidden = index > last + 1));
}
form.addEventListener("change", showLines);
showLines();

// Enter in a line of text must not submit the page, because it is saved automatically.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=radio])")) event.preventDefault();
});

// A link to a field also opens the part that contains it.
function goTo(target) {
  const part = target.closest("details");
  if (part) part.open = true;
  const first = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea");
  (first ?? target).focus();
  target.scrollIntoView({ block: "center" });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-missing] a, [data-summary-errors] a, [data-parts] a");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  goTo(target);
});
const summary = document.querySelector("[data-summary-errors]");
const wrong = summary?.querySelector("a");
if (wrong) goTo(document.getElementById(wrong.hash.slice(1)));
else if (summary) summary.focus();
else if (!form.querySelector('[name="pain_now"]:checked')) form.elements.pain_now[0].focus({ preventScroll: true });
