// Saves the draft by itself. Every save has a token: sent twice, it is saved once. What cannot be sent waits in the
// browser under user and session, is sent when the connection is back, and is deleted when the server has it.
import { newId } from "./catalogue.js";
import { allowSigning, hideBar, say, showBar, showErrors, showMissing, showStop } from "./foot.js";
import { showWarnings } from "./warnings.js";

const WAIT_MS = 700; // after the last key; a change is on the server within two seconds
const LONGEST_MS = 1500; // also while typing on
const RETRY_MS = 3000;

export function startAutosave(form) {
  const prefix = `filiform:${form.dataset.user}:${form.dataset.session}:`;
  const key = prefix + newId(); // one a page: two tabs do not take each other's writing away
  const arrived = form.dataset.arrived.split(" "); // tokens of the saves that the server has
  let version = Number(form.dataset.version);
  let sending = null; // the save under way or waiting for the network: {version, token, body}
  let changedAt = null;
  let saveTimer = null;
  let retryTimer = null;
  let stopped = false;
  let offlineSince = null;

  function body() {
    const data = new URLSearchParams(new FormData(form));
    for (const name of ["csrfmiddlewaretoken", "version", "save_token", "follows"]) data.delete(name);
    return data.toString();
  }

  function keep(entry, at = key) {
    try {
      localStorage.setItem(at, JSON.stringify(entry));
    } catch {
      showBar("This browser cannot keep unsaved changes.", "Stay on this page until the connection is back.");
    }
  }
  const keepAll = () => keep({ version, ...sending, latest: changedAt ? body() : null });
  const forget = () => localStorage.removeItem(key);

  function changed() {
    changedAt ??= Date.now();
    if (stopped) return keepAll();
    say("Saving…");
    clearTimeout(saveTimer);
    saveTimer = setTimeout(save, Math.max(0, Math.min(WAIT_MS, changedAt + LONGEST_MS - Date.now())));
    return undefined;
  }

  function save() {
    if (stopped || sending || !changedAt) return;
    clearTimeout(saveTimer);
    changedAt = null;
    sending = { version, token: newId(), body: body() };
    send();
  }

  async function send() {
    const sent = sending;
    keepAll();
    const data = new URLSearchParams(sent.body);
    data.set("version", sent.version);
    data.set("save_token", sent.token);
    const request = { method: "POST", body: data, redirect: "manual", keepalive: data.toString().length < 60000 };
    request.headers = { "X-Autosave": "1", "X-CSRFToken": csrfToken() };
    const answer = await fetch(form.action, request).then(read, () => ({ unreachable: true }));
    if (sending !== sent || stopped) return;
    if (answer.unreachable) retry("offline");
    else if (answer.signedOut) retry("signedOut");
    else if (answer.foreign) retry("foreign");
    else if (answer.closed) refused("This session was signed.", answer.closed);
    else if (answer.stale) conflict();
    else if (answer.version) saved(answer);
    else refused(answer.refusal?.join(" ") ?? "The server did not accept this page.", location.href);
  }

  async function read(answer) {
    if (answer.status >= 500) return { unreachable: true };
    if (answer.type === "opaqueredirect" || answer.status === 403) return { signedOut: true };
    const isJson = answer.headers.get("Content-Type")?.includes("json");
    return isJson ? answer.json() : {};
  }

  function saved(answer) {
    version = answer.version;
    form.elements.version.value = version;
    const { token, body: text } = sending;
    sending = null;
    offlineSince = null;
    hideBar();
    allowSigning(true);
    showWarnings(form, answer.warnings);
    showErrors(answer.errors);
    showMissing(answer.missing);
    showStop(answer.stop);
    const wrong = Object.keys(answer.errors).length;
    if (changedAt) {
      keepAll();
      changed();
    } else if (wrong) keep({ version, token, body: text, latest: null, wrong }); // what was typed wrong survives too
    else forget();
    if (!changedAt) say(`Saved ${answer.saved_at}${wrong ? ` · ${wrong} to correct` : ""}`, { isSaved: true });
  }

  function retry(why) {
    keepAll();
    say("Not saved yet");
    allowSigning(false);
    offlineSince ??= new Date().toTimeString().slice(0, 5);
    if (why === "foreign")
      showBar("Somebody else is signed in in this browser.", "What you wrote waits here until you sign in again.", {
        action: "Sign in",
        href: "/login/",
        target: "_blank",
      });
    else if (why === "offline")
      showBar(
        `No connection since ${offlineSince}. Keep writing.`,
        "Changes wait in this browser and are sent when the connection is back.",
      );
    else {
      showBar("You have been signed out.", "Sign in again; what you wrote waits here and is then saved.", {
        action: "Sign in",
        href: "/login/",
        target: "_blank",
      });
      document.dispatchEvent(new Event("filiform:signed-out")); // account/session-over.js opens its dialog
    }
    clearTimeout(retryTimer);
    retryTimer = setTimeout(() => sending && send(), RETRY_MS);
  }

  function conflict() {
    stopped = true;
    keepAll();
    say("Not saved");
    const compare = (event) => {
      event.preventDefault();
      sending.body = body(); // all of it is compared now
      changedAt = null;
      keepAll();
      submitWhole(sending.body, { version: sending.version, save_token: sending.token });
    };
    showBar(
      "This session was saved elsewhere after you opened it.",
      "Nothing is lost: compare both versions and choose.",
      { action: "Compare both versions", onClick: compare },
    );
  }

  function refused(title, href) {
    stopped = true;
    keepAll();
    say("Not saved");
    showBar(title, "Copy what you still need, then reload.", { action: "Reload", href });
  }

  const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

  // A page of the server's own: it stores what is right, shows what is not, or lays both versions side by side.
  function submitWhole(text, fields) {
    const whole = Object.assign(document.createElement("form"), {
      method: "post",
      action: form.getAttribute("action"),
      hidden: true,
    });
    const data = new URLSearchParams(text);
    for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: csrfToken() })) data.set(name, value);
    for (const [name, value] of data)
      whole.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    document.body.append(whole);
    whole.submit();
  }

  // What an earlier page could not send: already there, to be sent, or to be compared with a newer version. A save
  // that may be on its way still is sent again under its own token; what came after it says which save it follows.
  function restore() {
    for (const at of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      const waiting = JSON.parse(localStorage.getItem(at));
      const isThere = arrived.includes(waiting.token) && !waiting.latest;
      if (isThere && (!waiting.wrong || "posted" in form.dataset)) localStorage.removeItem(at);
      // The answer to a POST shows what came of it already; sending it once more would go round in circles.
      else if ("posted" in form.dataset) keep({ ...waiting, refused: true }, at);
      else if (waiting.refused)
        showBar("A save of this session was not accepted.", "It is kept in this browser.", {
          action: "Try again",
          onClick: () => resend(waiting, at),
        });
      else return resend(waiting, at);
    }
    return undefined;
  }

  function resend(waiting, at) {
    stopped = true;
    const again = waiting.latest
      ? { token: newId(), follows: waiting.token ?? "" }
      : { token: waiting.token, follows: "" };
    const sent = { version: waiting.version, body: waiting.latest ?? waiting.body, latest: null, ...again };
    keep(sent, at);
    submitWhole(sent.body, { version: sent.version, save_token: sent.token, follows: sent.follows });
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("filiform:changed", changed);
  form.addEventListener("submit", () => {
    // The whole page goes now; a save that is still on its way is its own forerunner, not a stranger's.
    stopped = true;
    clearTimeout(saveTimer);
    form.elements.follows.value = sending?.token ?? "";
    keep({ version, token: form.elements.save_token.value, body: body(), latest: null });
  });
  addEventListener("pagehide", () => {
    if (stopped) return;
    if (sending && changedAt) keepAll();
    save();
  });
  addEventListener("online", () => sending && !stopped && send());
  addEventListener("visibilitychange", () => document.hidden && save());
  restore();
}
