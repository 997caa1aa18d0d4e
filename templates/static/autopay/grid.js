// The grid of users and companies by keyboard: arrows move, space ticks, Ctrl+Z undoes, Esc goes to the search.
(() => {
  "use strict";

  const grid = () => document.querySelector("[data-grid]");
  const boxes = () => [...grid().querySelectorAll("tbody input[type=checkbox]")];
  const hint = document.getElementById("grid-hint");
  const undone = [];
  let current = "";

  // One tick is reached by Tab, the others by the arrows: hundreds of stops are no way through a page.
  function rove(box) {
    for (const each of boxes()) each.tabIndex = each === box ? 0 : -1;
    current = box.id;
  }
  function begin() {
    if (!grid()) return;
    const known = document.getElementById(current);
    rove(known && grid().contains(known) ? known : boxes()[0]);
  }

  function place(box) {
    const row = box.closest("tr");
    return { rows: [...row.parentElement.rows], row, ticks: [...row.querySelectorAll("input[type=checkbox]")] };
  }
  function next(box, key) {
    const { rows, row, ticks } = place(box);
    const at = ticks.indexOf(box);
    if (key === "ArrowRight") return ticks[at + 1];
    if (key === "ArrowLeft") return ticks[at - 1];
    if (key === "Home") return ticks[0];
    if (key === "End") return ticks.at(-1);
    const other = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    return other?.querySelectorAll("input[type=checkbox]")[at];
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) return undo(event);
    const box = event.target.closest("[data-grid] input[type=checkbox]");
    if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") document.getElementById("q").focus();
    else if (/^(Arrow|Home|End)/.test(event.key)) {
      const to = next(box, event.key);
      to?.focus();
      to?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else return;
    event.preventDefault();
  });

  // Whichever tick is at hand, its one line stands below the grid.
  document.addEventListener("focusin", (event) => {
    const box = event.target.closest("[data-grid] input[type=checkbox]");
    if (!box) return;
    rove(box);
    explain(box);
  });
  document.addEventListener("mouseover", (event) => {
    const box = event.target.closest("[data-grid] label")?.querySelector("input[type=checkbox]");
    if (box) explain(box);
  });
  function explain(box) {
    const line = document.getElementById(box.getAttribute("aria-describedby"));
    const legend = box.closest("fieldset").querySelector("legend").textContent;
    hint.textContent = `${legend} · ${box.closest("label").querySelector("span").textContent}: ${line.textContent}`;
  }

  // What was saved can be undone step by step. Text fields have an undo of their own.
  function undo(event) {
    if (event.target.closest("input[type=search], input[type=text], textarea")) return;
    const values = undone.pop();
    if (!values) return;
    event.preventDefault();
    htmx.ajax("POST", values.address, { values: values.fields, swap: "none" });
  }
  const asksToUndo = (event) => event.detail.requestConfig?.parameters?.undo !== undefined;
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || !event.detail.pathInfo.requestPath.includes("/users/rights/")) return;
    if (event.detail.elt.closest?.("[data-undo]")) undone.pop();
    const form = document.querySelector("#grid-said [data-undo]");
    if (form && !asksToUndo(event)) {
      const given = new FormData(form);
      const fields = { rights: given.getAll("rights") };
      for (const name of ["member", "company", "undo"]) fields[name] = given.get(name);
      // What the cell is then is what it is now: taken when it is undone, since more may have been ticked by then.
      fields.seen = given.get("seen");
      undone.push({ address: form.action, fields });
    }
    if (document.activeElement === document.body) document.getElementById(current)?.focus();
    begin();
  });

  // What wasn't saved doesn't look saved.
  function restore(event) {
    const form = event.target.closest?.("form[data-saves]");
    if (!form) return;
    const seen = form.elements.seen.value.split(" ");
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = seen.includes(box.value);
    const shown = document.getElementById("toast-model").content.firstElementChild.cloneNode(true);
    const words = document.body.dataset;
    shown.querySelector("p").textContent = event.type === "htmx:sendError" ? words.unreachable : words.failed;
    document.getElementById("toasts").append(shown);
  }
  document.addEventListener("htmx:responseError", restore);
  document.addEventListener("htmx:sendError", restore);

  document.addEventListener("htmx:afterSwap", (event) => event.target.id === "grid" && begin());
  begin();
})();
