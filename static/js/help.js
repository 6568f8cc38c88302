// The help page switches single keys on and off for this browser.
import { areOff, setOff } from "./keys.js";

const box = document.querySelector("[data-single-keys]");
box.closest("[data-js-only]").hidden = false;
box.checked = !areOff();
box.addEventListener("change", () => setOff(!box.checked));
