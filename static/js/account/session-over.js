// The end of the sign-in session: a warning, then a sign-in dialog over the page. Typed text is kept, and requests that
// were waiting are sent afterwards.
import { startMachine } from "../machine.js";
import { freshTokens, token } from "./tokens.js";

// The states of the sign-in session and the events between them. The dialog shows the part with the name of the state.
const TRANSITIONS = {
  // The user is signed in and the dialog is closed.
  signed_in: { end_is_near: "warning", session_ended: "password", signed_in: "signed_in" },
  // The session ends soon. The dialog asks whether the user is still there.
  warning: { session_lasts: "signed_in", session_ended: "password", signed_in: "signed_in" },
  // Nobody or another user is signed in. The dialog asks for the password.
  password: { code_needed: "code", signed_in: "signed_in" },
  // The password was correct. The dialog asks for the second factor.
  code: { signed_in: "signed_in" },
};

const dialog = document.querySelector("[data-session-over]");
const { user, stateUrl, loginUrl, codeUrl } = dialog.dataset;
const [left, idle, warning] = ["left", "idle", "warning"].map((name) => Number(dialog.dataset[name]) * 1000);
const part = (name) => dialog.querySelector(`[data-over-part="${name}"]`);
const session = startMachine(TRANSITIONS, "signed_in");
const waiting = []; // callbacks to run after signing in
const held = new WeakSet(); // forms that wait for the check of the session
const passed = new WeakSet(); // forms that may be submitted now
const SURE_MS = Math.min(30000, idle / 4);
const SOMEBODY_ELSE = "Another user is signed in to this browser.";
const TOO_MANY_ATTEMPTS = "Too many failed attempts. Wait a few minutes, or ask your clinic's administrator.";

let endsAt = Date.now() + left;
let askedAt = Date.now(); // when the server last confirmed the session
let timer = null;
let signIns = 0; // sign-ins on this page; responses to earlier requests are ignored

const isOver = () => session.is("password", "code");

// The server's answer {user, seconds_left}, or null if it cannot be reached.
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
  if (!state) return plan(10000); // no network: try again soon
  if (!lasts(state)) return end(state);
  if (isOver()) return resume();
  if (endsAt - Date.now() <= warning) warn();
  else if (session.on("session_lasts")) dialog.close();
  return plan();
}

// Plan the next check: when the warning is due, and every second while it is shown.
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

// Nobody or another user is signed in.
function end(state) {
  if (session.on("session_ended")) {
    dialog.classList.add("is-over"); // hides the record behind the dialog
    show("password");
  }
  if (state?.user && String(state.user) !== user) say(`${SOMEBODY_ELSE} Sign in again to continue.`);
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

// The server refused a request because nobody was signed in, perhaps before the last sign-in on this page.
async function refused() {
  const state = await ask();
  return state && lasts(state) ? goOn() : end(state);
}

// Allauth answers a JSON request with the next address: the start page or the second factor.
async function signIn(form) {
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token() };
  const answer = await fetch(loginUrl, { method: "POST", body: new URLSearchParams(new FormData(form)), headers });
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (answer.status === 429) say(TOO_MANY_ATTEMPTS);
  else if (new URL(said.location ?? answer.url, location).pathname === codeUrl) askForCode();
  else if (answer.ok) await resume();
  else say(said.form?.errors?.[0] ?? "That did not work. Enter your password, or sign in in a new tab.");
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
  else if (answer.status === 429) say(TOO_MANY_ATTEMPTS);
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

// Submit a form only after checking the session, or after signing in again. Then the page's own listeners run.
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

// Fragments: send requests again that were refused because nobody was signed in, except polls, which repeat anyway.
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

// Typing and touching extend the session even if the page sends nothing for a long time.
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
