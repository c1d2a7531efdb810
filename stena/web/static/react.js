// Says what one feels without leaving the page, and remembers what one has said.

import { tally } from "./card.js";
import { haveKey } from "./key.js";

const KEY = "felt";
// Of how many messages it is remembered; the wall itself forgets none.
const MOST = 500;

const felt = recall();
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
  haveKey();
  const on = button.getAttribute("aria-pressed") !== "true";
  set(button, on);
  form.querySelector("details").open = false;
  // What nobody feels any more is not shown, and whoever was there is not lost.
  (button.checkVisibility() ? button : form.querySelector("summary")).focus();
  try {
    // The answer leads to the message's page, which nobody has to fetch.
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
  tally(button, Math.max(0, times + (on ? 1 : -1)));
  press(button, on);
}

function press(button, on) {
  if (on) button.setAttribute("aria-pressed", "true");
  else button.removeAttribute("aria-pressed");
}

function mark(place) {
  const forms = place.querySelectorAll(".reactions");
  for (const form of forms) {
    const mine = felt.get(message(form));
    if (mine) for (const button of form.querySelectorAll("button")) press(button, mine.includes(button.value));
  }
}

// The page of one message knows what this browser has said.
function learn() {
  for (const form of document.querySelectorAll(".reactions:has([name=off])")) {
    for (const button of form.querySelectorAll("[name=off]")) remember(message(form), button.value, true);
  }
}

function remember(id, kind, on) {
  const kinds = new Set(felt.get(id));
  if (on) kinds.add(kind);
  else kinds.delete(kind);
  felt.delete(id);
  felt.set(id, [...kinds]);
  // A browser may forbid storage; then it shows less, and that is all.
  try {
    localStorage.setItem(KEY, JSON.stringify([...felt].slice(-MOST)));
  } catch {}
}

function recall() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY)) ?? []);
  } catch {
    return new Map();
  }
}

function message(form) {
  return form.closest("article").id;
}
