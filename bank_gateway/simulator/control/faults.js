// Switches a bank's faults on and off: a form becomes the JSON list that `PUT faults` takes.
"use strict";

const PLACE = { times: "amount", probability: "amount", seed: "seed", seconds: "seconds", fault: "on" };

function rowsOn(form) {
  return Array.from(form.querySelectorAll("tr[data-fault]")).filter((row) => field(row, "on").checked);
}

function field(row, name) {
  return row.querySelector(`[name=${name}]`);
}

// What is left empty or is no number goes as null, for the bank to refuse: it is the judge of everything.
function number(row, name) {
  const value = field(row, name) && field(row, name).value;
  return value ? Number(value) : null;
}

function wanted(row) {
  const fault = { fault: row.dataset.fault, seed: number(row, "seed") };
  fault[field(row, "how").value] = number(row, "amount");
  if (field(row, "seconds")) {
    fault.seconds = number(row, "seconds");
  }
  return fault;
}

function mark(form, rows, refusal) {
  for (const error of refusal.errors) {
    const [place, name] = error.field.split(".");
    const marked = rows[place] && field(rows[place], PLACE[name] || "on");
    if (marked) {
      marked.setAttribute("aria-invalid", "true");
    }
  }
  const first = form.querySelector("[aria-invalid]");
  if (first) {
    first.focus();
  }
  return `${form.dataset.refused} ${refusal.detail}`;
}

async function put(form, rows) {
  const answer = await fetch(form.dataset.url, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(rows.map(wanted)),
  });
  if (answer.ok) {
    location.reload();
    return "";
  }
  return mark(form, rows, await answer.json());
}

async function submit(form, rows) {
  const said = form.querySelector("[role=status]");
  const buttons = form.querySelectorAll("button");
  said.textContent = "";
  form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
  buttons.forEach((button) => { button.disabled = true; });
  try {
    said.textContent = await put(form, rows);
  } catch {
    said.textContent = form.dataset.unreached;
  }
  buttons.forEach((button) => { button.disabled = false; });
}

for (const form of document.querySelectorAll("form.faults")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form, event.submitter && event.submitter.name === "clear" ? [] : rowsOn(form));
  });
}
