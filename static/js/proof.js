// Proving who one is: a keypad for the PIN, six digits or a passkey that send the form, no signing without connection.
const box = document.querySelector("[data-proof]");
for (const each of document.querySelectorAll("[data-proof]")) start(each);
startPage();

function start(proof) {
  const form = proof.closest("form");
  const pin = proof.querySelector('input[name="pin"]');
  const sends = "proofSends" in proof.dataset;
  if (pin) startPin(proof, form, pin, sends);
  const passkey = proof.querySelector("[data-passkey]");
  if (passkey && window.PublicKeyCredential) startPasskey(proof, form, passkey, sends);
}

function startPin(proof, form, pin, sends) {
  const pad = proof.querySelector("[data-pin-pad]");
  let isSent = false;
  const changed = () => {
    pin.value = pin.value.replace(/\D/g, "").slice(0, 6);
    if (!sends || pin.value.length < 6 || isSent || !navigator.onLine) return;
    isSent = true; // a tap too many does not send twice
    form.requestSubmit();
  };
  pin.addEventListener("input", changed);
  if (!pad) return;
  pad.hidden = false;
  pad.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || isSent) return;
    if (button.dataset.digit) pin.value += button.dataset.digit;
    else if ("clear" in button.dataset) pin.value = "";
    else pin.value = pin.value.slice(0, -1);
    changed();
  });
  // On a touch screen the keypad of the page is enough; the keyboard would cover it.
  if (matchMedia("(pointer: coarse)").matches) pin.inputMode = "none";
}

function startPasskey(proof, form, button, sends) {
  button.hidden = false;
  const options = JSON.parse(proof.querySelector('script[type="application/json"]').textContent);
  button.addEventListener("click", async () => {
    show(proof, "");
    try {
      const credential = await window.webauthnJSON.get(options.request_options);
      proof.querySelector('input[name="passkey"]').value = JSON.stringify(credential);
    } catch {
      show(proof, "The passkey did not work. Try again, or use your PIN or password.");
      return;
    }
    for (const name of ["pin", "password"]) {
      const field = proof.querySelector(`input[name="${name}"]`);
      if (field) field.value = "";
    }
    if (sends) form.requestSubmit();
    else button.lastChild.textContent = " Passkey accepted by this device";
  });
}

function show(proof, text) {
  proof.querySelector("[data-proof-error]").hidden = !text;
  proof.querySelector("[data-proof-error-text]").textContent = text;
}

// The page that only signs: Escape goes back to the form, and it waits for the connection.
function startPage() {
  const form = document.querySelector("[data-proof-form]");
  if (!form) return;
  const first = box.querySelector("[data-passkey]:not([hidden]), input:not([type=hidden])");
  (first ?? form.querySelector("[type=submit]")).focus({ preventScroll: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      document.querySelector("[data-back]").click();
    }
  });
  const connection = () => {
    form.querySelector("[data-no-connection]").hidden = navigator.onLine;
    for (const button of form.querySelectorAll("button")) button.disabled = !navigator.onLine;
  };
  addEventListener("online", connection);
  addEventListener("offline", connection);
  connection();
}
