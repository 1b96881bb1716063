// Keys, fields that belong to an outcome, and a question before unsaved work is left. Every page works without it.
"use strict";

const typing = (node) => node.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here + step, 0), rows.length - 1)].focus();
  return true;
}

function press(key) {
  if (key === "j" && move(1)) return true;
  if (key === "k" && move(-1)) return true;
  if (key === "?") {
    const keys = document.querySelector("dialog.keys");
    if (keys) keys.open ? keys.close() : keys.showModal();
    return Boolean(keys);
  }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (target) {
    typing(target) ? target.focus() : target.click();
    return true;
  }
  if (/^[0-9]$/.test(key)) {
    const choice = document.querySelector("details.step[open] [data-outcome], details.step[open] input[type=radio]");
    if (choice) choice.focus();
    return Boolean(choice);
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (press(event.key.toLowerCase())) event.preventDefault();
});

for (const form of document.querySelectorAll("form[data-keep]")) {
  const outcome = form.querySelector("[data-outcome]");
  const show = () => {
    for (const field of form.querySelectorAll("[data-only]")) {
      field.hidden = Boolean(outcome) && !field.dataset.only.split(" ").includes(outcome.value);
    }
  };
  if (outcome) outcome.addEventListener("change", show);
  show();
  form.addEventListener("input", () => { form.dataset.changed = "1"; });
  form.addEventListener("submit", () => { delete form.dataset.changed; });
}

for (const form of document.querySelectorAll("form[data-picks]")) {
  const all = form.querySelector("[data-pick-all]");
  if (!all) continue;
  all.hidden = false;
  all.addEventListener("change", (event) => {
    for (const pick of form.querySelectorAll("input[name=pick]")) pick.checked = event.target.checked;
  });
}

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-changed]")) event.preventDefault();
});
