"use strict";
// Passkeys: the browser's own dialog is asked, its answer sent with the form. What to ask comes from the server, either
// with the page (a JSON block) or, for one decision, by a POST that binds the challenge to what is decided.
(() => {
  const said = (form, text) => {
    const place = form.querySelector("[data-passkey-fault]");
    place.textContent = text;
    place.hidden = !text;
  };

  async function optionsOf(form) {
    if (form.dataset.options) {
      const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form), redirect: "error" });
      if (!answer.ok) throw new Error("refused");
      const asked = await answer.json();
      form.elements.challenge.value = asked.challenge;
      return asked.options;
    }
    if (form.dataset.optionsGet) {
      const answer = await fetch(form.dataset.optionsGet, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });
      if (!answer.ok) throw new Error("refused");
      return (await answer.json()).request_options;
    }
    const block = JSON.parse(document.getElementById(form.dataset.json).textContent);
    return block.creation_options ?? block.request_options;
  }

  async function ask(form) {
    const options = await optionsOf(form);
    if (form.dataset.passkey !== "create") return window.webauthnJSON.get(options);
    const chosen = options.publicKey.authenticatorSelection;
    Object.assign(chosen, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
    return window.webauthnJSON.create(options);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey-button]");
    if (!button) return;
    event.preventDefault();
    const form = button.form;
    if (button.disabled) return;
    button.disabled = true;
    said(form, "");
    try {
      form.elements.credential.value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      said(form, button.dataset.fault);
      button.disabled = false;
    }
  });
})();
