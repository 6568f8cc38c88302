// Retention timers. They ring here, too, so that they do while the server cannot be reached. The start is stored, so
// that a reload or another device shows the same time.
import { ring } from "../timers/alarm.js";
import { now } from "../timers/clock.js";

export function startTimers(form) {
  const running = document.querySelector("[data-running]");
  let isChanged = false; // a timer was started or stopped, and the strip of all timers does not know yet

  const parts = (timer) => {
    const box = timer.closest(".fl-retention");
    return {
      start: box.querySelector("[data-timer-start]"),
      set: box.querySelector('input[type="text"]'),
      planned: box.querySelector("[data-timer-planned]"),
      plan: box.querySelector("[data-timer-plan]"),
      row: timer.closest("[data-row]"),
    };
  };
  const seconds = (text) => {
    const found = /^(\d{1,3})(?::([0-5]\d))?$/.exec(text.trim());
    return found ? Number(found[1]) * 60 + Number(found[2] ?? 0) : 0;
  };
  const clock = (total) => `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;

  function toggle(timer) {
    const { start, set, planned } = parts(timer);
    if (start.value) {
      planned.value = set.value;
      set.value = clock(elapsed(start));
      start.value = "";
    } else {
      if (planned.value) set.value = planned.value;
      planned.value = "";
      start.value = new Date(now()).toISOString();
    }
    set.dispatchEvent(new Event("change", { bubbles: true }));
    isChanged = true;
    tick();
  }

  const elapsed = (start) => Math.max(0, Math.round((now() - Date.parse(start.value)) / 1000));

  function tick() {
    const texts = [];
    let isOver = false;
    for (const timer of form.querySelectorAll("[data-timer]")) {
      timer.hidden = false;
      const { start, set, planned, plan, row } = parts(timer);
      const text = timer.querySelector("[data-timer-text]");
      plan.hidden = !planned.value;
      plan.textContent = `planned ${planned.value}`;
      if (!start.value) {
        text.textContent = "Start";
        row.classList.remove("is-flashing");
        continue;
      }
      const wanted = seconds(set.value);
      const left = wanted - elapsed(start);
      text.textContent = wanted && left >= 0 ? `${clock(left)} left, stop` : `${clock(elapsed(start))}, stop`;
      const over = Boolean(wanted) && left <= 0;
      row.classList.toggle("is-flashing", over);
      if (over) ring(row.dataset.row, Date.parse(start.value), -left);
      isOver ||= over;
      texts.push(
        `${row.querySelector("[data-number]").textContent}: ${wanted ? clock(Math.max(0, left)) : clock(elapsed(start))}`,
      );
    }
    running.hidden = !texts.length;
    running.classList.toggle("is-over", isOver);
    document.querySelector("[data-running-text]").textContent = texts.join(" · ");
  }

  form.addEventListener("click", (event) => {
    const timer = event.target.closest("[data-timer]");
    if (timer) toggle(timer);
  });
  form.addEventListener("filiform:rows", tick);
  // After a save, which also lists the warnings.
  form.addEventListener("filiform:warnings", () => {
    if (isChanged) document.body.dispatchEvent(new Event("filiform:timers"));
    isChanged = false;
  });
  setInterval(tick, 1000);
  tick();
}
