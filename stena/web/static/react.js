// Sends reactions without leaving the page, and remembers this browser's own.

import { showCount } from "./card.js";
import { base, ensureKey } from "./key.js";

const KEY = `${base.slice(1)}felt`;
// How many messages are remembered here; the server remembers all.
const MOST = 500;

const own = load();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".reactions")) return;
  event.preventDefault();
  if (event.submitter) toggle(form, event.submitter);
});
document.addEventListener("shown", (event) => mark(event.target));
document.addEventListener("more", (event) => mark(event.target));
learn();
mark(document);

async function toggle(form, button) {
  ensureKey();
  const on = button.getAttribute("aria-pressed") !== "true";
  set(button, on);
  form.querySelector("details").open = false;
  // A button without reactions is hidden, so the focus has to move.
  (button.checkVisibility() ? button : form.querySelector("summary")).focus();
  try {
    // The answer redirects to the message's page, which is not needed here.
    const body = new URLSearchParams({ [on ? "kind" : "off"]: button.value });
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(answer.status);
    remember(message(form), button.value, on);
  } catch {
    set(button, !on);
  }
}

function set(button, on) {
  const times = Number(button.querySelector("span")?.textContent ?? 0);
  showCount(button, Math.max(0, times + (on ? 1 : -1)));
  press(button, on);
}

function press(button, on) {
  if (on) button.setAttribute("aria-pressed", "true");
  else button.removeAttribute("aria-pressed");
}

function mark(place) {
  const forms = place.querySelectorAll(".reactions");
  for (const form of forms) {
    const mine = own.get(message(form));
    if (mine) for (const button of form.querySelectorAll("button")) press(button, mine.includes(button.value));
  }
}

// The page of one message contains this browser's own reactions.
function learn() {
  for (const form of document.querySelectorAll(".reactions:has([name=off])")) {
    for (const button of form.querySelectorAll("[name=off]")) remember(message(form), button.value, true);
  }
}

function remember(id, kind, on) {
  const kinds = new Set(own.get(id));
  if (on) kinds.add(kind);
  else kinds.delete(kind);
  own.delete(id);
  own.set(id, [...kinds]);
  try {
    localStorage.setItem(KEY, JSON.stringify([...own].slice(-MOST)));
  } catch {
    // Storage may be forbidden; then only the counts are shown.
  }
}

function load() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY)) ?? []);
  } catch {
    return new Map();
  }
}

function message(form) {
  return form.closest("article").id;
}
