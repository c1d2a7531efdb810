// Sends reactions without leaving the page, and remembers this browser's own.

import { showCount } from "./card.js";
import { base, ensureKey } from "./key.js";
import { parse } from "./parse.js";

const KEY = `${base.slice(1)}felt`;
// How many messages are remembered here; the server remembers all.
const MOST = 500;

const PICKER = ".reactions details";

const own = load();
// The last press of each button that the wall has not answered yet, by message and kind.
const sending = new Map();
// Not "submit": Safari says since 15.4 which button it was. If anything is missing in this browser, the button
// sends the form as without scripts.
document.addEventListener("click", (event) => {
  const control = event.target.closest(".reactions :is(button, summary)");
  if (!control) return;
  // The second press of a double click takes nothing back.
  const isFirst = event.detail < 2;
  if (control.matches("button") && isFirst) toggle(control);
  if (control.matches("button") || !isFirst) event.preventDefault();
});
document.addEventListener("toggle", closeOthers, true);
document.addEventListener("keydown", ({ key }) => key === "Escape" && closeAll());
document.addEventListener("shown", (event) => mark(event.target));
document.addEventListener("more", (event) => mark(event.target));
learn();
mark(document);

function toggle(button) {
  const { form } = button;
  const key = ensureKey();
  const control = new AbortController();
  const on = button.getAttribute("aria-pressed") !== "true";
  const fields = new URLSearchParams({ [on ? "kind" : "off"]: button.value });
  if (key) fields.set("key", key);
  set(button, on);
  form.querySelector("details").open = false;
  // A button without reactions is hidden, so the focus has to move.
  (button.offsetWidth ? button : form.querySelector("summary")).focus();
  give(form, button, fields, control);
}

function give(form, button, fields, control) {
  const reaction = `${message(form)} ${button.value}`;
  const last = sending.get(reaction);
  // The button was pressed again: what was pressed before is not sent any more.
  last?.control.abort();
  const pressed = { control, on: fields.has("kind"), before: last?.ended };
  sending.set(reaction, pressed);
  pressed.ended = deliver(form, button, fields, pressed).finally(() => {
    if (sending.get(reaction) === pressed) sending.delete(reaction);
  });
}

// One after the other: of two requests at once the second may be the first to arrive.
async function deliver(form, button, fields, { control, on, before }) {
  const id = message(form);
  await before;
  if (control.signal.aborted) return;
  try {
    await send(form.getAttribute("action"), fields, control.signal);
    remember(id, button.value, on);
  } catch {
    if (!control.signal.aborted) takeBack(id, button, on);
  }
}

// The card may have been drawn anew meanwhile, with the count that the wall has.
function takeBack(id, button, on) {
  const was = own.get(id)?.includes(button.value) ?? false;
  if (was === on) return;
  if (button.isConnected) set(button, was);
  else {
    const shown = document.querySelector(`#${id} > footer .reactions [value="${button.value}"]`);
    if (shown) press(shown, was);
  }
}

// One picker is open at a time. Newer browsers do it by themselves, by the name of the element.
function closeOthers({ target }) {
  if (!target.open || !target.matches(PICKER)) return;
  for (const other of document.querySelectorAll(`${PICKER}[open]`)) if (other !== target) other.open = false;
}

function closeAll() {
  for (const picker of document.querySelectorAll(`${PICKER}[open]`)) {
    const held = picker.closest("form").contains(document.activeElement);
    picker.open = false;
    if (held) picker.firstElementChild.focus();
  }
}

// Sends it once more if the wall asks for a step. The visitor sees the reaction meanwhile.
async function send(action, fields, signal) {
  let answer = await post(action, fields);
  if (answer.status === 428) {
    const form = parse(await answer.text()).getElementById("reaction");
    const { pay } = await import("./step.js");
    const taken = await pay(form.querySelector(".step"), signal);
    answer = await post(action, { ...Object.fromEntries(new FormData(form)), ...taken });
  }
  // The answer redirects to the message's page, which is not needed here.
  if (answer.type !== "opaqueredirect") throw new Error(answer.status);
}

function post(action, fields) {
  // Also if the page is left before the answer, as right after the press.
  return fetch(action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual", keepalive: true });
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
  for (const form of place.querySelectorAll(".reactions")) {
    const mine = own.get(message(form));
    for (const button of form.querySelectorAll("button")) {
      const asked = sending.get(`${message(form)} ${button.value}`);
      if (asked || mine) press(button, asked ? asked.on : mine.includes(button.value));
    }
  }
}

// The page of one message contains this browser's own reactions.
function learn() {
  for (const button of document.querySelectorAll(".reactions [name=off]")) remember(message(button.form), button.value, true);
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
