// The sound and the vibration of a timer that is over. Of several open tabs, one rings.
const MUTED = "filiform.timers.muted";
const RUNG = "filiform.timers.rung";
const A_DAY_MS = 24 * 3600 * 1000;
const AGAIN_S = 60; // rings again every minute,
const TIMES = 5; // and stops after the fifth time

let audio = null;
const done = new Set(); // rung by this tab or by another one

// Browsers allow sound only after a tap or a key on the page, such as the tap that starts the timer.
for (const event of ["pointerdown", "keydown"]) {
  document.addEventListener(event, () => {
    audio ??= window.AudioContext ? new AudioContext() : null;
    if (audio?.state === "suspended") audio.resume();
  });
}

export const isMuted = () => localStorage.getItem(MUTED) === "1";
export const mute = (muted) => localStorage.setItem(MUTED, muted ? "1" : "0");

// Ring for a timer of a row that started at `started` (milliseconds) and has been over for `over` seconds.
export async function ring(row, started, over) {
  const time = Math.floor(over / AGAIN_S);
  const key = `${row} ${started} ${time}`;
  if (time >= TIMES || done.has(key)) return;
  // Without a tap this tab cannot be heard. It leaves the ringing to another tab, or to its own first tap.
  if (!isMuted() && audio?.state !== "running") return;
  done.add(key);
  if (!(await claim(key))) return;
  if (!isMuted()) play();
  navigator.vibrate?.([300, 150, 300, 150, 300]);
}

// Whether no other tab has rung for this yet.
function claim(key) {
  const take = () => {
    const all = Object.entries(JSON.parse(localStorage.getItem(RUNG) ?? "{}"));
    const rung = Object.fromEntries(all.filter(([, at]) => Date.now() - at < A_DAY_MS));
    if (key in rung) return false;
    localStorage.setItem(RUNG, JSON.stringify({ ...rung, [key]: Date.now() }));
    return true;
  };
  return navigator.locks ? navigator.locks.request(RUNG, take) : take();
}

// Three pairs of short tones.
function play() {
  for (const start of [0, 0.2, 0.8, 1, 1.6, 1.8]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = audio.currentTime + start;
    tone.frequency.value = 880;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.17);
  }
}
