// Keys, fields that belong to an outcome, and drafts of what was not sent. Every page works without it.
"use strict";

const typing = (node) => node.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here + step, 0), rows.length - 1)].focus();
  return true;
}

// An outcome has a code of two digits; other choices are counted from 1.
let digits = "";

function choose(digit) {
  const open = document.querySelector("details.step[open]");
  const outcome = open && open.querySelector("[data-outcome]");
  if (outcome) {
    digits = (digits + digit).slice(-2);
    if (![...outcome.options].some((option) => option.value === digits)) return true;
    outcome.value = digits;
    digits = "";
    for (const kind of ["input", "change"]) outcome.dispatchEvent(new Event(kind, { bubbles: true }));
    outcome.focus();
    return true;
  }
  const choices = open && open.querySelector("fieldset");
  const choice = choices && choices.querySelectorAll("input[type=radio]")[Number(digit) - 1];
  if (!choice) return false;
  choice.focus();
  choice.click();
  return true;
}

function press(key) {
  const help = document.querySelector("dialog.keys");
  if (key === "?") {
    if (help) help.open ? help.close() : help.showModal();
    return Boolean(help);
  }
  if (help && help.open) return false;
  if (/^[0-9]$/.test(key)) return choose(key);
  digits = "";
  if (key === "j" && move(1)) return true;
  if (key === "k" && move(-1)) return true;
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  typing(target) ? target.focus() : target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (press(event.key.toLowerCase())) event.preventDefault();
});

// Drafts. What is typed into a step and not sent comes back: after another page, a reload, an idle log-out. This tab keeps
// it encrypted; the key stands on the page of the account that typed it and nowhere else, and logging out forgets it all.
const PREFIX = "draft:";
const work = document.querySelector("[data-draft-key]");
const safe = Boolean(work && window.crypto && crypto.subtle);
const place = (form) => PREFIX + form.getAttribute("action").split("?")[0];
const typed = (form) => [...new FormData(form)].filter(([name, value]) => value && name !== "csrf_token" && name !== "version");

function forgetDrafts() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}

const bytes = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const draftKey = safe && crypto.subtle.importKey("raw", bytes(work.dataset.draftKey), "AES-GCM", false, ["encrypt", "decrypt"]);

async function keep(form) {
  const entries = typed(form);
  if (!entries.length) return sessionStorage.removeItem(place(form));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify({ version: form.elements.version.value, entries }));
  const kept = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await draftKey, plain);
  sessionStorage.setItem(place(form), `${hex(nonce)}.${hex(kept)}`);
}

async function kept(form) {
  const [nonce, text] = (sessionStorage.getItem(place(form)) || "").split(".");
  if (!text) return null;
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(nonce) }, await draftKey, bytes(text));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    sessionStorage.removeItem(place(form)); // another account's
    return null;
  }
}

function fill(form, entries) {
  const values = {};
  for (const [name, value] of entries) (values[name] ||= []).push(value);
  for (const field of form.elements) {
    const given = values[field.name];
    if (!given) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
    else field.value = given.shift() ?? "";
  }
}

async function restore(form) {
  const draft = await kept(form);
  if (!draft || typed(form).length) return; // a refused form came back with what was sent
  fill(form, draft.entries);
  const note = document.querySelector("#draft").content.cloneNode(true);
  note.querySelector("[data-changed-since]").hidden = draft.version === form.elements.version.value;
  note.querySelector("button").addEventListener("click", () => {
    sessionStorage.removeItem(place(form));
    form.querySelector(".draft").remove();
    form.reset();
    form.dispatchEvent(new Event("change"));
  });
  form.prepend(note);
  if (!document.querySelector("details.step[open] .draft")) form.closest("details").open = true;
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const outcome = form.querySelector("[data-outcome]");
  const show = () => {
    for (const field of form.querySelectorAll("[data-only]")) {
      field.hidden = Boolean(outcome) && !field.dataset.only.split(" ").includes(outcome.value);
    }
  };
  form.addEventListener("change", show);
  form.addEventListener("submit", () => { delete form.dataset.changed; });
  form.addEventListener("input", () => { safe ? keep(form) : (form.dataset.changed = "1"); });
  show();
  if (safe) restore(form).then(show);
}

for (const form of document.querySelectorAll("form[data-picks]")) {
  const all = form.querySelector("[data-pick-all]");
  if (!all) continue;
  all.hidden = false;
  all.addEventListener("change", (event) => {
    for (const pick of form.querySelectorAll("input[name=pick]")) pick.checked = event.target.checked;
  });
}

const saved = document.querySelector("[data-saved]");
if (saved) sessionStorage.removeItem(`${PREFIX}${location.pathname}/steps/${new URLSearchParams(location.search).get("done")}`);
const out = document.querySelector('form[action="/logout"]');
if (out) out.addEventListener("submit", forgetDrafts);
if (location.pathname === "/login" && new URLSearchParams(location.search).get("out")) forgetDrafts();

// Where the connection is not encrypted, browsers encrypt nothing and nothing is kept: they ask before they leave, while the session lasts.
const ask = (event) => { if (document.querySelector("form[data-changed]")) event.preventDefault(); };
window.addEventListener("beforeunload", ask);
setTimeout(() => window.removeEventListener("beforeunload", ask), 890_000);
