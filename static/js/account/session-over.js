// The end of a session: a warning, then signing in again over the page. What was typed stays; what was to be sent goes.
import { freshTokens, token } from "./tokens.js";

const dialog = document.querySelector("[data-session-over]");
const { user, stateUrl, loginUrl, codeUrl } = dialog.dataset;
const [left, idle, warning] = ["left", "idle", "warning"].map((name) => Number(dialog.dataset[name]) * 1000);
const part = (name) => dialog.querySelector(`[data-over-part="${name}"]`);
const waiting = []; // what goes on after signing in
const held = new WeakSet(); // forms that wait for the answer whether the session lasts
const passed = new WeakSet(); // forms that may go now
const SURE_MS = Math.min(30000, idle / 4);

let endsAt = Date.now() + left;
let askedAt = Date.now(); // when the server last said that the session lasts
let timer = null;
let isOver = false;
let signIns = 0; // over this page; an answer that was asked for before the last one says nothing any more

async function ask(method = "GET") {
  const asked = signIns;
  const headers = method === "GET" ? { "X-Passive": "1" } : { "X-CSRFToken": token() };
  try {
    const answer = await fetch(stateUrl, { method, headers, cache: "no-store" });
    const state = answer.ok ? await answer.json() : null;
    return asked === signIns ? state : ask(method);
  } catch {
    return null;
  }
}

function lasts(state) {
  if (String(state.user) !== user || state.seconds_left <= 0) return false;
  askedAt = Date.now();
  endsAt = askedAt + state.seconds_left * 1000;
  return true;
}

async function check(method) {
  const state = await ask(method);
  if (!state) return plan(10000); // no network: what the server thinks is not known
  if (!lasts(state)) return over(state);
  if (isOver) return resume();
  if (endsAt - Date.now() <= warning) warn();
  else if (dialog.open) dialog.close();
  return plan();
}

// The next look: when the warning is due, while it shows every second.
function plan(wait = Math.max(1000, endsAt - warning - Date.now())) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.min(wait, 2 ** 31 - 1));
}

function look() {
  if (isOver) return undefined;
  const remaining = Math.ceil((endsAt - Date.now()) / 1000);
  if (part("warning").hidden || !dialog.open || remaining <= 0) return check();
  dialog.querySelector("[data-over-left]").textContent = words(remaining);
  return plan(1000);
}

const words = (seconds) => (seconds > 90 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`);

function show(name) {
  for (const each of dialog.querySelectorAll("[data-over-part]")) each.hidden = each.dataset.overPart !== name;
  dialog.querySelector("[data-over-elsewhere]").hidden = name === "warning";
  say("");
  if (!dialog.open) dialog.showModal();
  part(name).querySelector("input.form-control, button").focus();
}

const say = (text) => (dialog.querySelector("[data-over-says]").textContent = text);

function warn() {
  dialog.querySelector("[data-over-left]").textContent = words(Math.ceil((endsAt - Date.now()) / 1000));
  if (!dialog.open) show("warning");
}

function over(state) {
  const isStranger = state?.user && String(state.user) !== user;
  if (!isOver) {
    isOver = true;
    dialog.classList.add("is-over"); // nobody reads the record behind it
    show("password");
  }
  if (isStranger) say("Somebody else is signed in in this browser. Sign in again to go on here.");
}

async function resume() {
  const state = await ask();
  if (!state || !lasts(state))
    return say(
      state?.user
        ? "Somebody else is signed in in this browser. Log out there first."
        : "That did not work. Try again.",
    );
  return goOn();
}

function goOn() {
  signIns += 1;
  isOver = false;
  freshTokens();
  dialog.querySelectorAll("input.form-control").forEach((input) => (input.value = ""));
  dialog.classList.remove("is-over");
  dialog.close();
  waiting.splice(0).forEach((go) => go());
  return plan();
}

// The server refused something because nobody is signed in; that may be older than the last sign-in.
async function refused() {
  const state = await ask();
  return state && lasts(state) ? goOn() : over(state);
}

// Allauth answers a request that wants JSON with the address to go on to: the start page, or the second step.
async function signIn(form) {
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token() };
  const answer = await fetch(loginUrl, { method: "POST", body: new URLSearchParams(new FormData(form)), headers });
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (answer.status === 429) say("Too many wrong tries. Wait some minutes, or ask your clinic's admin.");
  else if (new URL(said.location ?? answer.url, location).pathname === codeUrl) show("code");
  else if (answer.ok) await resume();
  else say(said.form?.errors?.[0] ?? "That did not work. Give your password, or sign in in a new tab.");
}

async function giveCode(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(codeUrl, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": token() },
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect") await resume();
  else if (answer.status === 429) say("Too many wrong tries. Wait some minutes, or ask your clinic's admin.");
  else say("This code is wrong, used or expired. Enter the newest one.");
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (!isOver) check("POST");
});
dialog.querySelector("[data-over-stay]").addEventListener("click", () => check("POST"));
dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  freshTokens();
  const send = event.target === part("code") ? giveCode : signIn;
  send(event.target).catch(() => say("No connection. Try again."));
});

// A form goes when the session surely lasts; if it is over, after signing in. The page's own listeners hear it then.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const isPost =
      (event.submitter?.getAttribute("formmethod") ?? form.getAttribute("method"))?.toLowerCase() === "post";
    if (!isPost || dialog.contains(form) || "logout" in form.dataset) return;
    freshTokens();
    const isHtmx = form.hasAttribute("hx-post") || event.submitter?.hasAttribute("hx-post");
    if (isHtmx || passed.delete(form) || (!isOver && Date.now() - askedAt < SURE_MS && Date.now() < endsAt)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!held.has(form)) hold(form, event.submitter);
  },
  true,
);

async function hold(form, submitter) {
  held.add(form);
  const go = () => {
    held.delete(form);
    passed.add(form);
    form.requestSubmit(submitter);
  };
  const state = await ask("POST");
  if (!state || lasts(state)) return go();
  waiting.push(go);
  return over(state);
}

// Fragments: what was refused because nobody is signed in is asked for again. A poll comes by itself.
const requests = new WeakMap();
document.addEventListener("htmx:confirm", (event) => {
  freshTokens();
  requests.set(event.detail.elt, event.detail.issueRequest);
});
document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  if (xhr.status !== 401) return;
  if (!("passive" in elt.dataset)) waiting.push(() => requests.get(elt)?.(true));
  refused();
});

// Signs of life: typing and touching keep a session, also where nothing is sent for long.
let livedAt = Date.now();
for (const name of ["keydown", "pointerdown", "input"]) {
  document.addEventListener(
    name,
    () => {
      if (isOver || dialog.open || Date.now() - livedAt < idle / 15) return;
      livedAt = Date.now();
      check("POST");
    },
    { passive: true, capture: true },
  );
}
document.addEventListener("filiform:signed-out", refused);
document.addEventListener("visibilitychange", () => !document.hidden && check());
addEventListener("pageshow", (event) => event.persisted && check());
plan();
