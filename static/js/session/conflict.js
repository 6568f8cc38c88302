// This page shows both versions. Changes kept in the browser become a choice, and are deleted once the server has them.
const form = document.querySelector("[data-conflict]");
const prefix = `filiform:${form.dataset.conflict}:`;
const isRefused = (key) => JSON.parse(localStorage.getItem(key)).token === form.dataset.refused;
const key = Object.keys(localStorage).find((name) => name.startsWith(prefix) && isRefused(name)) ?? `${prefix}choice`;

form.addEventListener("submit", () => {
  const data = new URLSearchParams(new FormData(form));
  data.delete("csrfmiddlewaretoken");
  const { version, save_token: token } = form.elements;
  localStorage.setItem(
    key,
    JSON.stringify({ version: version.value, token: token.value, body: data.toString(), latest: null }),
  );
});
form.querySelector("[data-take-theirs]").addEventListener("click", () => localStorage.removeItem(key));
