// The pain drawing while the patient holds the tablet.
import { startDrawing } from "./drawing.js";

const form = document.getElementById("drawing-by-patient");
document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
document.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));
startDrawing(form);
