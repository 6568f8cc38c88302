// The consent while the patient holds the tablet: only the signature pad. The form also works without it.
import { startPad } from "./pad.js";

const form = document.getElementById("consent-by-patient");
form.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));
const ways = [...form.querySelectorAll('[name="signing"]')];
if (!ways.some((way) => way.checked)) form.querySelector('[name="signing"][value="drawn"]').checked = true;
startPad(form.querySelector("[data-pad]").closest("[data-way]"));
