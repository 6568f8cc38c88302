// Passkeys need JavaScript: only then are their buttons shown. Errors of the device are shown as text.
document.querySelectorAll("[data-js-only]").forEach((element) => (element.hidden = false));

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.querySelector("[data-passkey-says]") ?? document.createElement("p");
  Object.assign(note, {
    className: "fl-over__says",
    role: "alert",
    textContent: "That did not work. Try again, or sign in another way.",
  });
  note.dataset.passkeySays = "";
  document
    .querySelector("#mfa_webauthn_add, #mfa_webauthn_authenticate, #mfa_webauthn_reauthenticate, #passkey_login")
    .after(note);
});
