// This page shows both versions. Changes kept in the browser become a choice, and are deleted once the server has them.
import { startKeeping } from "./kept.js";

const form = document.querySelector("[data-conflict]");
const kept = startKeeping(...form.dataset.conflict.split(":"), JSON.parse(form.dataset.draftKeys));
const entry = kept.at(kept.nameOf(form.dataset.refused) ?? "choice");

form.addEventListener("submit", () => {
  const data = new URLSearchParams(new FormData(form));
  data.delete("csrfmiddlewaretoken");
  const { version, save_token: token } = form.elements;
  entry.put({ version: version.value, token: token.value, body: data.toString(), latest: null });
});
form.querySelector("[data-take-theirs]").addEventListener("click", () => entry.remove());
