// Warnings next to the rows they are about. After every save the server lists all warnings and sends new ones. A
// warning that is being answered is not replaced.
export function isOpen(warning) {
  if (warning.dataset.level === "advice") return false;
  if (warning.dataset.level === "stop") return !("settled" in warning.dataset); // only the server knows
  return !warning.querySelector("[type=radio]:checked") && !warning.querySelector("[type=text]")?.value.trim();
}
export const openIn = (box) => [...box.querySelectorAll("[data-warning]")].filter(isOpen);

export function startWarnings(form) {
  form.addEventListener("change", () => mark(form));
  mark(form);
}

function mark(form) {
  for (const warning of form.querySelectorAll("[data-warning]")) warning.classList.toggle("is-open", isOpen(warning));
}

export function showWarnings(form, warnings) {
  const wanted = new Set(warnings.map(({ token }) => token));
  const there = new Map([...form.querySelectorAll("[data-warning]")].map((shown) => [shown.dataset.warning, shown]));
  for (const [token, shown] of there) if (!wanted.has(token)) shown.remove();
  const previous = new Map(); // for each box, the warning after which the next one is placed
  const added = [];
  for (const { token, row, html, settled, second } of warnings) {
    const box = form.querySelector(`[data-warnings="${row}"]`);
    let shown = there.get(token);
    if (!shown && box && html) added.push((shown = insert(html, box, previous.get(box))));
    if (!shown) continue;
    previous.set(box, shown);
    shown.toggleAttribute("data-settled", settled);
    showSecond(shown.querySelector("[data-second]"), second);
  }
  mark(form);
  announce(added);
  form.dispatchEvent(new CustomEvent("filiform:warnings"));
}

// Show which cautions can be answered as last time. An unchanged offer stays, so that the focus stays in it.
export function showRepeatable(form, html) {
  const place = form.querySelector("[data-repeatable]");
  if (place.dataset.shown === html) return;
  place.innerHTML = place.dataset.shown = html;
}

// Show whether the colleague has agreed. Screen readers announce changes.
function showSecond(place, html) {
  if (place && place.dataset.said !== html) place.innerHTML = place.dataset.said = html;
}

function insert(html, box, before) {
  if (!before) box.insertAdjacentHTML("afterbegin", html);
  else before.insertAdjacentHTML("afterend", html);
  return before ? before.nextElementSibling : box.firstElementChild;
}

// Screen readers announce warnings once, when they appear. A stop interrupts other speech.
function announce(added) {
  const heard = { stop: "[data-say-stops]", caution: "[data-say-warnings]", advice: "[data-say-warnings]" };
  for (const place of new Set(Object.values(heard))) {
    const texts = added
      .filter((shown) => heard[shown.dataset.level] === place)
      .map((shown) => shown.querySelector("b").textContent);
    if (texts.length) document.querySelector(place).textContent = texts.join(". ");
  }
}
