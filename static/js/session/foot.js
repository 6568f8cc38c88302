// Messages about saving: the text in the foot, the bar above the form and errors next to fields.
const bar = document.querySelector("[data-offline]");
const link = bar.querySelector("[data-offline-action]");

export function say(text, { isSaved = false } = {}) {
  document.querySelector("[data-saved-text]").textContent = text;
  document.querySelector("[data-saved]").classList.toggle("is-waiting", !isSaved);
}

export const allowSigning = (allowed) => (document.querySelector("[data-sign]").disabled = !allowed);

export function showBar(title, text, { action = "", href = "#", target = "", onClick = null } = {}) {
  bar.hidden = false;
  bar.querySelector("[data-offline-title]").textContent = title;
  bar.querySelector("[data-offline-text]").textContent = text;
  link.hidden = !action;
  Object.assign(link, { href, target, textContent: action, onclick: onClick });
}

export const hideBar = () => (bar.hidden = true);

// Show a short message with one action above the foot. The next message replaces it.
let hiding = null;
export function toast(text, action, onClick) {
  const box = document.querySelector("[data-toast]");
  box.querySelector("[data-toast-text]").textContent = text;
  const button = box.querySelector("[data-toast-do]");
  button.textContent = action;
  button.onclick = () => {
    box.hidden = true;
    onClick();
  };
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (box.hidden = true), 20000);
}

export function showErrors(errors) {
  for (const place of document.querySelectorAll("[data-error]")) {
    const text = (errors[place.dataset.error] ?? []).join(" ");
    if (place.textContent !== text) place.textContent = text;
    for (const field of document.getElementsByName(place.dataset.error)) {
      if (text) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
}

export function showMissing(missing) {
  const items = missing.map(({ label, target }) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), { href: `#${target}`, textContent: label }));
    return item;
  });
  const head = Object.assign(document.createElement("li"), {
    className: "fl-strong",
    textContent: `${missing.length} left:`,
  });
  document.querySelector("[data-missing]").replaceChildren(...(missing.length ? [head, ...items] : []));
}

// Changes of consent and screening during the visit, the times of the rows and whether this is a late entry.
export function showTimes({ basis_changes: changes, is_late_entry: isLate, needled }) {
  const items = changes.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence }));
  document.querySelector("[data-basis-changes]").hidden = !changes.length;
  document.querySelector("[data-basis-changes-list]").replaceChildren(...items);
  const reason = document.getElementById("id_late_entry_reason");
  document.querySelector("[data-late-entry]").hidden = !isLate && !reason.value;
  for (const [row, time] of Object.entries(needled)) {
    const field = document.getElementById(`id_needling-${row}-needled_at`);
    if (field && !field.value && field !== document.activeElement) field.value = time;
  }
}

// The consent in the strip, which may not cover a new muscle. What is the same stays, so that the focus stays in it.
export function showConsent(html) {
  const place = document.querySelector("[data-consented]");
  if (place.dataset.shown !== html) place.innerHTML = place.dataset.shown = html;
}

// A needle count that does not agree, in words of the server; an empty text means it agrees.
export function showCount({ stop, recount, question, needling_left: needlingLeft }) {
  document.querySelector("[data-needling-left]").hidden = !needlingLeft;
  document.querySelector("[data-count-stop]").hidden = !stop;
  document.querySelector("[data-count-text]").textContent = stop;
  document.querySelector("[data-recount]").hidden = !recount.text;
  document.querySelector("[data-recount-text]").textContent = recount.text;
  const again = document.getElementById("id_recounted");
  if (!recount.text || again.value !== recount.token) again.checked = false;
  again.value = recount.token;
  const reason = document.getElementById("id_needle_count_reason");
  document.querySelector("[data-count-question]").hidden = !question && !reason.value;
  document.querySelector("[data-count-question-text]").textContent = question;
}
