// The server's time, in milliseconds: a timer is the same on every device, also on one whose clock is wrong.
const SMALL_MS = 2000; // not worth a jump
const shown = document.querySelector("[data-timers]")?.dataset.now;
const answeredAt = Date.now() - performance.now() + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const ahead = shown ? Date.parse(shown) - answeredAt : 0;
const difference = Math.abs(ahead) > SMALL_MS ? ahead : 0;

export const now = () => Date.now() + difference;
