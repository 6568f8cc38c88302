// The end of a session: a warning, then signing in again over the page. What was typed stays; what was to be sent goes.
import { startMachine } from "../machine.js";
import { freshTokens, token } from "./tokens.js";

// The states of the page's session, and which event leads from one to the next. The dialog shows the part of its name.
const TRANSITIONS = {
  // Somebody is signed in; the dialog is closed.
  signed_in: { end_is_near: "warning", session_ended: "password", signed_in: "signed_in" },
  // The session ends within a minute or so; the dialog asks who is still there.
  warning: { session_lasts: "signed_in", session_ended: "password", signed_in: "signed_in" },
  // Nobody is signed in, or somebody else; the dialog asks for the password.
  password: { code_needed: "code", signed_in: "signed_in" },
  // The password was right; the dialog asks for the second step.
  code: { signed_in: "signed_in" },
};

const dialog = document.querySelector("[data-session-over]");
const { user, stateUrl, loginUrl, codeUrl } = dialog.dataset;
const [left, idle, warning] = ["left", "idle", "warning"].map((name) => Number(dialog.dataset[name]) * 1000);
const part = (name) => dialog.querySelector(`[data-over-part="${name}"]`);
const session = startMachine(TRANSITIONS, "signed_in");
const waiting = []; // what goes on after signing in
const held = new WeakSet(); // forms that wait for the answer whether the session lasts
const passed = new WeakSet(); // forms that may go now
const SURE_MS = Math.min(30000, idle / 4);
const SOMEBODY_ELSE = "Somebody else is signed in in this browser.";
const TOO_MANY_TRIES = "Too many wrong tries. Wait some minutes, or ask your clinic's admin.";

let endsAt = Date.now() + left;
let askedAt = Date.now(); // when the server last said that the session lasts
let timer = null;
let signIns = 0; // over this page; an answer that was asked for before the last one says nothing any more

const isOver = () => session.is("password", "code");

// What the server says: {user, seconds_left}, or null when it cannot be reached.
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
  if (!lasts(state)) return end(state);
  if (isOver()) return resume();
  if (endsAt - Date.now() <= warning) warn();
  else if (session.on("session_lasts")) dialog.close();
  return plan();
}

// The next look: when the warning is due, while it shows every second.
function plan(wait = Math.max(1000, endsAt - warning - Date.now())) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.min(wait, 2 ** 31 - 1));
}

function look() {
  if (isOver()) return undefined;
  if (!session.is("warning") || endsAt <= Date.now()) return check();
  showTimeLeft();
  return plan(1000);
}

function warn() {
  showTimeLeft();
  if (session.on("end_is_near")) show("warning");
}

function showTimeLeft() {
  const seconds = Math.ceil((endsAt - Date.now()) / 1000);
  const text = seconds > 90 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`;
  dialog.querySelector("[data-over-left]").textContent = text;
}

function show(name) {
  for (const each of dialog.querySelectorAll("[data-over-part]")) each.hidden = each.dataset.overPart !== name;
  dialog.querySelector("[data-over-elsewhere]").hidden = name === "warning";
  say("");
  if (!dialog.open) dialog.showModal();
  part(name).querySelector("input.form-control, button").focus();
}

const say = (text) => (dialog.querySelector("[data-over-says]").textContent = text);

// Nobody is signed in any more, or somebody else.
function end(state) {
  if (session.on("session_ended")) {
    dialog.classList.add("is-over"); // nobody reads the record behind it
    show("password");
  }
  if (state?.user && String(state.user) !== user) say(`${SOMEBODY_ELSE} Sign in again to go on here.`);
}

async function resume() {
  const state = await ask();
  if (state && lasts(state)) return goOn();
  return say(state?.user ? `${SOMEBODY_ELSE} Log out there first.` : "That did not work. Try again.");
}

function goOn() {
  session.on("signed_in");
  signIns += 1;
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
  return state && lasts(state) ? goOn() : end(state);
}

// Allauth answers a request that wants JSON with the address to go on to: the start page, or the second step.
async function signIn(form) {
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token() };
  const answer = await fetch(loginUrl, { method: "POST", body: new URLSearchParams(new FormData(form)), headers });
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (answer.status === 429) say(TOO_MANY_TRIES);
  else if (new URL(said.location ?? answer.url, location).pathname === codeUrl) askForCode();
  else if (answer.ok) await resume();
  else say(said.form?.errors?.[0] ?? "That did not work. Give your password, or sign in in a new tab.");
}

function askForCode() {
  session.on("code_needed");
  show("code");
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
  else if (answer.status === 429) say(TOO_MANY_TRIES);
  else say("This code is wrong, already used or expired. Enter the newest code.");
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (!isOver()) check("POST");
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
    if (isHtmx || passed.delete(form) || (!isOver() && Date.now() - askedAt < SURE_MS && Date.now() < endsAt)) return;
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
  return end(state);
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
      if (!session.is("signed_in") || Date.now() - livedAt < idle / 15) return;
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
