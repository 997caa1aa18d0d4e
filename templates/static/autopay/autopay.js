// What HTML can't do by itself. Every page works without it, only less swiftly.
(() => {
  "use strict";

  const root = document.documentElement;
  root.dataset.script = "";
  const words = document.body.dataset;
  const SHORTCUTS_OFF = "autopay.shortcuts-off";

  // Menus that hang from the bar close when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const hang of document.querySelectorAll("details.hang[open]")) {
      if (!hang.contains(event.target)) hang.open = false;
    }
  });

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-open], [data-close], [data-copy], [data-unfold], [data-shortcuts]");
    if (!pressed) return;
    if (pressed.dataset.open !== undefined) openDialog(event, pressed.dataset.open);
    else if (pressed.dataset.copy !== undefined) copy(pressed);
    else if (pressed.dataset.unfold !== undefined) unfold(pressed);
    else if (pressed.dataset.shortcuts !== undefined) toggleShortcuts(pressed);
    else close(pressed);
  });

  function openDialog(event, id) {
    const dialog = document.getElementById(id);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
    // Not by `autofocus`: the browser would look for it when the page is loaded, too.
    const first = dialog.querySelector("[data-first]");
    first?.focus();
    first?.select?.();
  }

  function close(pressed) {
    const dialog = pressed.closest("dialog");
    if (dialog) dialog.close();
    else pressed.closest(".toast")?.remove();
  }

  async function copy(button) {
    const label = button.querySelector("[data-label]");
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.copied = "";
      label.textContent = words.copied;
    } catch {
      label.textContent = words.notCopied;
    }
    setTimeout(() => {
      delete button.dataset.copied;
      label.textContent = before;
    }, 2000);
  }

  function unfold(button) {
    const side = document.getElementById(button.getAttribute("aria-controls"));
    const open = side.toggleAttribute("data-unfolded");
    button.setAttribute("aria-expanded", String(open));
  }

  // Keys of one letter can be turned off (WCAG 2.1.4): they get in the way of speech input.
  const shortcutsOff = () => localStorage.getItem(SHORTCUTS_OFF) === "1";
  function toggleShortcuts(button) {
    if (shortcutsOff()) localStorage.removeItem(SHORTCUTS_OFF);
    else localStorage.setItem(SHORTCUTS_OFF, "1");
    button.setAttribute("aria-pressed", String(!shortcutsOff()));
  }
  for (const button of document.querySelectorAll("[data-shortcuts]")) {
    button.setAttribute("aria-pressed", String(!shortcutsOff()));
  }

  const writing = (element) => element.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const hang = document.querySelector("details.hang[open]");
    if (event.key === "Escape" && hang) {
      hang.open = false;
      hang.querySelector("summary").focus();
      return;
    }
    if (event.target.closest("[data-list]")) walk(event);
    if (event.ctrlKey || event.metaKey || event.altKey || shortcutsOff()) return;
    if (writing(event.target) || document.querySelector("dialog[open]")) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) target.focus();
    else target.click();
  });

  // Arrow keys walk from the search field through what was found; Enter in the field opens the first. What is
  // listed may still answer what was written before: then Enter waits for the answer, or it opens the wrong company.
  document.addEventListener("input", (event) => {
    const list = event.target.closest("[data-list]");
    if (list) list.dataset.stale = "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.target.closest("[data-list]");
    if (!list) return;
    const asked = event.detail.requestConfig.parameters.q ?? "";
    if (asked !== list.querySelector("input").value) return;
    delete list.dataset.stale;
    if (list.dataset.entered === undefined) return;
    delete list.dataset.entered;
    list.querySelector(".found a")?.click();
  });
  function walk(event) {
    const list = event.target.closest("[data-list]");
    const links = [...list.querySelectorAll(".found a")];
    const place = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (links[place + 1] ?? links[place])?.focus();
    else if (event.key === "ArrowUp") (links[place - 1] ?? list.querySelector("input"))?.focus();
    else if (event.key === "Enter" && place < 0 && list.dataset.stale !== undefined) list.dataset.entered = "";
    else if (event.key === "Enter" && place < 0 && links.length) links[0].click();
    else return;
    event.preventDefault();
  }

  // An answer that didn't come is said, not swallowed.
  function toast(text) {
    const model = document.getElementById("toast-model");
    const shown = model.content.firstElementChild.cloneNode(true);
    shown.querySelector("p").textContent = text;
    document.getElementById("toasts").append(shown);
  }
  document.addEventListener("htmx:responseError", (event) => {
    // A time that isn't refreshed once is no news; what somebody pressed is.
    if (event.detail.requestConfig.triggeringEvent?.type !== "submit") return;
    toast(words.failed);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type === "submit") toast(words.unreachable);
  });

  // Who was signed out meanwhile is led to the sign-in as a whole page, never into a part of this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const came = event.detail.xhr.responseURL;
    const asked = event.detail.pathInfo.requestPath;
    if (!came || new URL(came).pathname === new URL(asked, location.href).pathname) return;
    event.detail.shouldSwap = false;
    location.reload();
  });

  // A form about money is sent once: the second click of a double one does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.dataset.sent !== undefined) event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Where there is room a payment opens beside its list; the address follows, so that it can be sent to somebody.
  const roomBeside = window.matchMedia("(min-width: 1080px)");
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-beside-close]")) return closeBeside();
    const row = event.target.closest("tr[data-payment]");
    const link = event.target.closest("a[data-beside]") ?? (event.target.closest("a, button") ? null : row?.querySelector("a[data-beside]"));
    const beside = document.getElementById("beside");
    if (!link || !beside || !roomBeside.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (row && !event.target.closest("a") && String(window.getSelection())) return;
    event.preventDefault();
    beside.replaceChildren(document.getElementById("beside-waits").content.cloneNode(true));
    markShown(link.closest("tr").dataset.payment);
    htmx.ajax("GET", link.href, { target: "#beside", swap: "innerHTML" });
  });
  function closeBeside() {
    const beside = document.getElementById("beside");
    const shown = beside?.querySelector("[data-payment-shown]")?.dataset.paymentShown;
    if (!shown) return;
    beside.replaceChildren();
    markShown("");
    document.getElementById(`p-${shown}`)?.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeBeside();
  });
  function markShown(payment) {
    for (const row of document.querySelectorAll("tr[data-payment]")) {
      if (row.dataset.payment === payment) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const address = new URL(location.href);
    if (payment) address.searchParams.set("payment", payment);
    else address.searchParams.delete("payment");
    history.replaceState(null, "", address);
  }
  const shownBeside = () => document.querySelector("#beside [data-payment-shown]")?.dataset.paymentShown;
  if (shownBeside()) markShown(shownBeside());
  document.addEventListener("htmx:afterSettle", (event) => {
    if (shownBeside() && ["moving", "rows", "beside"].includes(event.target.id)) markShown(shownBeside());
  });

  // Of what can be paused only the field that belongs to the choice is shown.
  for (const form of document.querySelectorAll("form[data-scopes]")) {
    const chosen = form.querySelector("[name=scope]");
    const show = () => {
      for (const field of form.querySelectorAll("[data-scope]")) field.hidden = field.dataset.scope !== chosen.value;
    };
    chosen.addEventListener("change", show);
    show();
  }

  // A list of things to do is walked with j and k; Enter unfolds the one that is at hand, t takes it.
  document.addEventListener("keydown", (event) => {
    const list = document.querySelector("[data-walk]");
    if (!list || event.ctrlKey || event.metaKey || event.altKey || shortcutsOff()) return;
    if (writing(event.target) || document.querySelector("dialog[open]")) return;
    const items = [...list.children];
    const place = items.indexOf(document.activeElement?.closest("[data-walk] > *"));
    const at = items[place];
    if (event.key === "j" || event.key === "k") {
      const next = items[place + (event.key === "j" ? 1 : -1)] ?? at ?? items[0];
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    } else if (at && event.key === "Enter" && event.target === at) {
      const more = at.querySelector("details");
      if (more) more.open = !more.open;
    } else if (at && event.key === "t") {
      at.querySelector("[data-take]")?.click();
    } else return;
    event.preventDefault();
  });

  // While the banks play, the bar's clock shows how far they are.
  let playing = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.closest("[data-moves-clock]")) return;
    playing ||= setInterval(() => document.body.dispatchEvent(new CustomEvent("clock-playing")), 1000);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.closest("[data-moves-clock]")) return;
    clearInterval(playing);
    playing = 0;
  });
})();
