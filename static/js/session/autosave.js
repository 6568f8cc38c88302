// Saves the draft automatically; see docs/save-protocol.md. Every save has a token, so that a save sent twice is stored
// once. Unconfirmed changes are kept in the browser's local storage, encrypted.
import { token as csrfToken } from "../account/tokens.js";
import { startMachine } from "../machine.js";
import { newId } from "../new-id.js";
import { allowSigning, hideBar, say, showBar, showErrors, showMissing } from "./foot.js";
import { startKeeping } from "./kept.js";
import { TRANSITIONS } from "./save-states.js";

const PAUSE_MS = 700; // after the last key press; a change reaches the server within two seconds
const LONGEST_MS = 1500; // from the first change to the save, even while typing continues
const TRY_AGAIN_MS = 3000;
const OF_THE_SAVE = ["csrfmiddlewaretoken", "version", "save_token", "follows"]; // not part of the record

// `showMore` is called with each answer to a save, for what only one kind of page shows.
export function startAutosave(form, showMore = () => {}) {
  const saving = startMachine(TRANSITIONS, "idle", (state) => (form.dataset.saveState = state));
  const earlier = startKeeping(form.dataset.user, form.dataset.session, JSON.parse(form.dataset.draftKeys));
  const store = earlier.at(newId()); // two tabs do not overwrite each other's entries
  let version = Number(form.dataset.version); // the version of the session that this page is based on
  let stored = bodyOf(form); // what the server has of this page
  let save = null; // {version, token, body}: sent and not confirmed yet
  let nextToken = newId(); // of the save that is not sent yet
  let changedAt = null; // the time of the first change that is not in a save yet
  let attempt = 0; // number of the latest attempt to send the save
  let sending = null; // the AbortController of that attempt
  let offlineSince = null;
  let saveTimer = null;
  let retryTimer = null;

  // While a page is left there is no time to encrypt, so every change is kept at once.
  const unconfirmed = () =>
    save
      ? { version, ...save, latest: changedAt ? bodyOf(form) : null }
      : { version, token: nextToken, body: bodyOf(form), latest: null };

  async function keep() {
    if ((await store.put(unconfirmed())) || saving.is("idle", "editing", "sending", "leaving")) return;
    showBar("This browser cannot keep unsaved changes.", "Stay on this page until they are saved.");
  }

  // Events of the page

  function change() {
    changedAt ??= Date.now();
    saving.on("change");
    keep();
    if (saving.is("conflict", "stopped", "leaving")) return;
    say("Saving…");
    clearTimeout(saveTimer);
    const untilSave = Math.min(PAUSE_MS, changedAt + LONGEST_MS - Date.now());
    if (saving.is("editing")) saveTimer = setTimeout(pause, Math.max(0, untilSave));
  }

  function pause() {
    if (saving.on("pause")) startSave();
  }

  function leavePage() {
    const wasEditing = saving.is("editing");
    if (!saving.on("leave_page")) return;
    if (wasEditing) startSave();
  }

  function tryAgain() {
    if (saving.on("try_again")) send();
  }

  // Send all of the page now. `follows` names a save that may still be on its way.
  function submit() {
    saving.on("submit");
    stopTimers();
    sending?.abort(); // the submitted form has all of it, and arriving late it would be refused as stale
    form.elements.follows.value = save?.token ?? "";
    store.put({ version, token: form.elements.save_token.value, body: bodyOf(form), latest: null });
  }

  // Sending

  function startSave() {
    clearTimeout(saveTimer);
    changedAt = null;
    save = { version, token: nextToken, body: bodyOf(form) };
    nextToken = newId();
    send();
  }

  async function send() {
    attempt += 1;
    const current = attempt;
    clearTimeout(retryTimer);
    keep();
    sending = new AbortController();
    const answer = await post(form.getAttribute("action"), save, sending.signal);
    if (current === attempt && saving.is("sending")) ANSWERS[answer.event](answer);
  }

  // Answers of the server

  const ANSWERS = {
    saved(answer) {
      saving.on("saved");
      const { token, body } = save;
      save = null;
      stored = body;
      offlineSince = null;
      version = answer.version;
      form.elements.version.value = version;
      show(answer);
      const wrong = Object.keys(answer.errors).length;
      if (changedAt) {
        change();
        return;
      }
      if (wrong) store.put({ version, token, body, latest: null, wrong }); // errors are not stored by the server
      else store.remove();
      say(`Saved ${answer.saved_at}${wrong ? ` · ${wrong} to correct` : ""}`, { isSaved: true });
    },

    unreachable({ isServer }) {
      offlineSince ??= new Date().toTimeString().slice(0, 5);
      trySoonAgain("unreachable");
      const text = "Your changes are kept in this browser and will be sent as soon as possible.";
      const what = isServer ? "The server has been unable to save" : "No connection";
      showBar(`${what} since ${offlineSince}. Keep writing.`, text);
    },

    not_signed_in({ isSomebodyElse }) {
      offlineSince ??= new Date().toTimeString().slice(0, 5);
      trySoonAgain("not_signed_in");
      const signIn = { action: "Sign in", href: "/login/", target: "_blank" };
      if (isSomebodyElse) {
        showBar(
          "Another user is signed in to this browser.",
          "Your changes are kept here until you sign in again.",
          signIn,
        );
        return;
      }
      showBar("You have been signed out.", "Your changes are kept here. Sign in again to save them.", signIn);
      document.dispatchEvent(new Event("filiform:signed-out")); // account/session-over.js opens its dialog
    },

    stale() {
      end("stale");
      showBar(
        "This record was saved elsewhere after you opened it.",
        "Nothing is lost: compare both versions and choose.",
        { action: "Compare both versions", onClick: compare },
      );
    },

    refused({ title, href }) {
      end("refused");
      showBar(title, "Copy what you still need, then reload.", { action: "Reload", href });
    },
  };

  function show(answer) {
    hideBar();
    allowSigning(true);
    showErrors(answer.errors);
    showMissing(answer.missing);
    showMore(answer);
  }

  // The save could not be delivered. Send it again until it is.
  function trySoonAgain(event) {
    saving.on(event);
    keep();
    say("Not saved yet");
    allowSigning(false);
    retryTimer = setTimeout(tryAgain, TRY_AGAIN_MS);
  }

  // Stop saving automatically.
  function end(event) {
    saving.on(event);
    stopTimers();
    keep();
    say("Not saved");
  }

  function stopTimers() {
    clearTimeout(saveTimer);
    clearTimeout(retryTimer);
  }

  function compare(event) {
    event.preventDefault();
    saving.on("compare");
    save.body = bodyOf(form); // includes changes made since then
    changedAt = null;
    keep();
    const touched = differing(save.body, stored).join(" ");
    submitWhole(form, save.body, { version: save.version, save_token: save.token, touched });
  }

  // Saves that earlier pages could not send

  async function restore() {
    const isAnswer = "posted" in form.dataset; // this page is the response to a submitted form
    for (const kept of await earlier.all()) {
      const { entry } = kept;
      const hasArrived = form.dataset.arrived.split(" ").includes(entry.token) && !entry.latest;
      if (hasArrived && (!entry.wrong || isAnswer)) kept.remove();
      // The response already shows the result; sending the save again would loop forever.
      else if (isAnswer) kept.put({ ...entry, refused: true });
      else if (entry.refused) offerToResend(kept);
      else return resend(kept);
    }
    return undefined;
  }

  function offerToResend(kept) {
    const again = { action: "Try again", onClick: () => resend(kept) };
    showBar("A save of this record was not accepted.", "It is kept in this browser.", again);
  }

  // A save that may have arrived is sent with its own token. Later changes are a separate save that names the save it
  // follows.
  async function resend({ entry, put }) {
    saving.on("resend");
    const isNewSave = Boolean(entry.latest);
    const token = isNewSave ? newId() : entry.token;
    const follows = isNewSave ? (entry.token ?? "") : "";
    const body = entry.latest ?? entry.body;
    await put({ version: entry.version, token, follows, body, latest: null });
    submitWhole(form, body, { version: entry.version, save_token: token, follows });
  }

  for (const name of ["input", "change", "filiform:changed"]) form.addEventListener(name, change);
  form.addEventListener("submit", submit);
  addEventListener("pagehide", leavePage);
  addEventListener("visibilitychange", () => document.hidden && pause());
  addEventListener("online", tryAgain);
  restore();
}

function bodyOf(form) {
  const data = new URLSearchParams(new FormData(form));
  for (const name of OF_THE_SAVE) data.delete(name);
  return data.toString();
}

// The names of the fields that two bodies have different values for.
function differing(body, before) {
  const [now, then] = [new URLSearchParams(body), new URLSearchParams(before)];
  const names = new Set([...now.keys(), ...then.keys()]);
  return [...names].filter((name) => now.getAll(name).join("\n") !== then.getAll(name).join("\n"));
}

// Send a save. The result names the event for the state machine.
async function post(address, { version, token, body }, signal) {
  const data = new URLSearchParams(body);
  data.set("version", version);
  data.set("save_token", token);
  const keepalive = data.toString().length < 60000;
  const request = { method: "POST", body: data, redirect: "manual", keepalive, signal };
  request.headers = { "X-Autosave": "1", "X-CSRFToken": csrfToken() };
  try {
    return await read(await fetch(address, request));
  } catch {
    return { event: "unreachable" };
  }
}

async function read(response) {
  if (response.status >= 500) return { event: "unreachable", isServer: true };
  if (response.type === "opaqueredirect" || response.status === 403) return { event: "not_signed_in" };
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const answer = isJson ? await response.json() : {};
  if (answer.foreign) return { event: "not_signed_in", isSomebodyElse: true };
  if (answer.closed) return { event: "refused", title: "This record was signed.", href: answer.closed };
  if (answer.stale) return { event: "stale" };
  if (answer.version) return { event: "saved", ...answer };
  const title = answer.refusal?.join(" ") ?? "The server did not accept this page.";
  return { event: "refused", title, href: location.href };
}

// Submit the form to the server, which saves valid fields, shows errors, or shows both versions side by side.
function submitWhole(form, body, fields) {
  const action = form.getAttribute("action");
  const whole = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  const data = new URLSearchParams(body);
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: csrfToken() })) data.set(name, value);
  for (const [name, value] of data) {
    whole.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(whole);
  whole.submit();
}
