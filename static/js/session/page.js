// The session page. Each behaviour is a module; the form also works without them, with its buttons.
import { startAutosave } from "./autosave.js";
import { isComplete } from "./catalogue.js";
import { startChart } from "./chart.js";
import { startControls } from "./controls.js";
import { startFindMuscle } from "./find-muscle.js";
import { addParts } from "./fields.js";
import { showBar, showConsent, showCount, showTimes } from "./foot.js";
import { startFreeEntry } from "./free-entry.js";
import { startMeasurements } from "./measurements.js";
import { startPlace } from "./place.js";
import { startRows } from "./rows.js";
import { startTimers } from "./timers.js";
import { showRepeatable, showWarnings, startWarnings } from "./warnings.js";

const form = document.getElementById("session-form");
const RELOAD = { action: "Reload", href: location.href };

const showMore = (answer) => {
  showWarnings(form, answer.warnings);
  showRepeatable(form, answer.repeatable);
  showConsent(answer.consent);
  showCount(answer);
  showTimes(answer);
};
startAutosave(form, showMore); // first, so that nothing typed is lost if another module fails
if (isComplete) start();
else showBar("Part of this page is missing.", "Reload the page to see all of its fields.", RELOAD);

function start() {
  addParts(form);
  document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
  startMeasurements(form);
  const rows = startRows(form);
  startWarnings(form);
  startChart(form, rows);
  startFindMuscle(form, rows, startFreeEntry(form, rows));
  const goTo = startControls(form);
  startTimers(form);
  document.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));
  startPlace(form, rows, goTo);
  goToTheSummary(goTo);
}

// The page came back with a summary: what is wrong, or what is missing before it can be signed. The first missing field
// gets the focus, and the summary describes it, so that a screen reader says both.
function goToTheSummary(goTo) {
  const summary = document.querySelector("[data-summary-errors]");
  summary?.focus();
  const missing = summary?.matches("[data-go-to-first]") && summary.querySelector("a");
  const target = missing && document.getElementById(missing.hash.slice(1));
  if (!target) return;
  goTo(target);
  const field = document.activeElement;
  summary.id = "summary";
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", ["summary", described].filter(Boolean).join(" "));
}
