// Small controls: steppers, quick numbers, radio buttons that can be cleared, the needle count, reactions and keys.
import { startDraftKeys } from "../draft-keys.js";
import { isSingleKey } from "../keys.js";
import { startUnselect } from "./unselect.js";

const fire = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

export function startControls(form) {
  const control = (name) => form.elements[name];

  function step(button) {
    const input = button.parentElement.querySelector("input");
    const next = Math.max(0, (parseInt(input.value, 10) || 0) + Number(button.dataset.by));
    input.value = next;
    fire(input);
  }

  function setInsertions(button) {
    const input = button.closest("[data-quick-number]").querySelector("input");
    input.value = button.dataset.set;
    fire(input);
    answered(button);
  }

  function setTwitches(button) {
    const box = button.closest("[data-quick-twitch]");
    box.querySelector('input[value="yes"]').checked = true;
    const count = box.querySelector('input[inputmode="numeric"]');
    count.value = button.dataset.set;
    fire(count);
    answered(button);
  }

  // Only a pointer moves on to the next control; see rows.js.
  let byPointer = false;
  form.addEventListener("pointerdown", () => (byPointer = true));
  form.addEventListener("keydown", () => (byPointer = false));
  const answered = (element) =>
    byPointer && element.dispatchEvent(new CustomEvent("filiform:answered", { bubbles: true }));

  // Needles are counted by hand. One tap takes over the number inserted, another the same number removed.
  const countedIn = () => control("needles_inserted").value;
  const rowCount = () => form.querySelectorAll("[data-row]").length;

  function setCount(name, count) {
    control(name).value = count;
    fire(control(name));
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.by) step(button);
    else if (button.closest("[data-quick-number]") && button.dataset.set) setInsertions(button);
    else if (button.closest("[data-quick-twitch]") && button.dataset.set) setTwitches(button);
    else if ("allIn" in button.dataset) setCount("needles_inserted", rowCount());
    else if ("allOut" in button.dataset) setCount("needles_removed", countedIn());
    else if (button.dataset.usualAdvice) {
      const wanted = button.dataset.usualAdvice.split(" ");
      form.querySelectorAll('[name="advice"]').forEach((box) => (box.checked ||= wanted.includes(box.value)));
      fire(form.querySelector('[name="advice"]'));
    }
  });

  startUnselect(form, 'input[data-unselect]:not([name$="-side"])');

  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("[data-none]") && target.checked) {
      form.querySelectorAll("[data-reaction]:checked").forEach((box) => (box.checked = false));
    } else if (target.matches("[data-reaction]") && target.checked) {
      form.querySelector("[data-none]").checked = false;
    } else if (target.name?.endsWith("-twitch")) {
      const box = target.closest("[data-quick-twitch]");
      if (target.value !== "yes" || !target.checked) box.querySelector('input[inputmode="numeric"]').value = "";
      if (target.value !== "yes") answered(target);
    } else if (target.matches("[data-warning] [type=radio]:checked")) answered(target);
    else if (target.name?.endsWith("-twitch_count") && target.value && target.value !== "0") {
      target.closest("[data-quick-twitch]").querySelector('input[value="yes"]').checked = true;
    }
    showCounts();
  });

  function showCounts() {
    const [allIn, allOut] = [form.querySelector("[data-all-in]"), form.querySelector("[data-all-out]")];
    allIn.hidden = Boolean(countedIn()) || !rowCount();
    allIn.querySelector("span").textContent = `${rowCount()} in`;
    allOut.hidden = !countedIn();
    allOut.querySelector("span").textContent = `All ${countedIn()} out`;
    for (const quick of form.querySelectorAll("[data-quick-number], [data-quick-twitch]")) {
      const number = quick.querySelector('input[inputmode="numeric"]').value;
      quick
        .querySelectorAll("[data-set]")
        .forEach((button) => button.setAttribute("aria-pressed", button.dataset.set === number));
    }
  }
  form.addEventListener("filiform:rows", showCounts);
  showCounts();

  // Enter in a text input must not submit the page, because it is saved automatically.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && event.target.matches("input:not([type=checkbox], [type=radio])"))
      event.preventDefault();
  });

  startDraftKeys();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "m" || !isSingleKey(event)) return;
    event.preventDefault();
    document.getElementById("muscle-find").focus();
  });

  function goTo(target) {
    for (let details = target.closest("details"); details; details = details.parentElement.closest("details"))
      details.open = true;
    const first = target.matches("input, select, textarea, button, a")
      ? target
      : (target.querySelector("input:checked") ?? target.querySelector("input:not([type=hidden]), select"));
    (first ?? target).focus();
    target.scrollIntoView({ block: "center" });
  }

  // Links to missing fields also open the closed row that contains them. A link to a reaction records it as well.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-missing] a, [data-summary-errors] a, [data-reaction-link]");
    if (!link) return;
    const target = document.getElementById(link.hash.slice(1));
    if (!target) return;
    if ("reactionLink" in link.dataset && !target.checked) {
      target.checked = true;
      fire(target);
    }
    event.preventDefault();
    goTo(target);
  });
  return goTo;
}
