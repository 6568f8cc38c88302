// The session page. Each behaviour is a module; the form also works without them, with its buttons.
import { startAutosave } from "./autosave.js";
import { startChart } from "./chart.js";
import { startControls } from "./controls.js";
import { startFindMuscle } from "./find-muscle.js";
import { startMeasurements } from "./measurements.js";
import { startRows } from "./rows.js";
import { startTimers } from "./timers.js";
import { startWarnings } from "./warnings.js";

const form = document.getElementById("session-form");
document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));

startAutosave(form); // first, so that nothing typed is lost if another module fails
const rows = startRows(form);
startWarnings(form);
startChart(form, rows);
startFindMuscle(form, rows);
startControls(form);
startMeasurements(form);
startTimers(form);
document.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));
document.querySelector("[data-summary-errors]")?.focus();
