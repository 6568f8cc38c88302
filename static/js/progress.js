// How far long work of the server is. The page of the work asks every second, and is loaded again when the work has
// ended; so does the form that starts the work, until the server answers it.
const shown = document.querySelector("[data-progress]");
const text = shown.querySelector("[data-progress-text]");
const bar = shown.querySelector("[data-progress-bar]");
const EVERY_MS = 1000;

async function ask() {
  try {
    const answer = await fetch(shown.dataset.progress, { headers: { "X-Passive": "1" }, cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // no network: ask again
  }
}

function show({ what, done, total }) {
  if (!total) return;
  const number = (count) => count.toLocaleString(document.documentElement.lang);
  text.textContent = `${number(done)} of ${number(total)} ${what}, ${number(total - done)} left.`;
  Object.assign(bar, { max: total, value: done });
}

async function watch(whenEnded) {
  const work = await ask();
  if (work?.is_running) show(work);
  if (work && !work.is_running && whenEnded) whenEnded();
  else setTimeout(() => watch(whenEnded), EVERY_MS);
}

const form = document.querySelector("[data-shows-progress]");
if (!form) watch(() => location.reload());
form?.addEventListener("submit", (event) => {
  if (event.submitter?.name !== "store") return;
  shown.hidden = false;
  shown.scrollIntoView({ block: "nearest" });
  setTimeout(watch, EVERY_MS);
});
// Back from another page, the form is as it was.
addEventListener("pageshow", () => form && (shown.hidden = true));
