// The page of a letter. It also works without these modules, with its buttons.
import { startDraftKeys } from "../draft-keys.js";
import { startAutosave } from "../session/autosave.js";

const form = document.getElementById("letter-form");
startAutosave(form);
startDraftKeys();
document.querySelectorAll("[data-no-js-only]").forEach((element) => (element.hidden = true));

// Enter in a line of text must not submit the page, because it is saved automatically.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});

const summary = document.querySelector("[data-summary-errors]");
const wrong = summary?.querySelector("a");
if (wrong) document.getElementById(wrong.hash.slice(1)).focus();
else summary?.focus();
