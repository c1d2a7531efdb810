// Sheets as they are put up, changed and taken down, on a screen that nobody touches.

import { sheet } from "./card.js";
import { Stream } from "./stream.js";

// No faster than eyes can follow, however many write.
const PACE = 1000;
// How often to compare with the wall itself: a line that died in silence brings nothing.
const LOOK = 60_000;
const MOVE = { duration: 500, easing: "ease-in-out" };

const list = document.getElementById("messages");
const lost = document.getElementById("live");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const { most, short, long } = list.dataset;
const waiting = new Map();
// What went while the wall was being asked: the answer may still have it.
const gone = new Set();
let timer = 0;
let shown = 0;

list.addEventListener("animationend", (event) => event.animationName === "glow" && event.target.classList.remove("new"));
setInterval(look, LOOK);
new Stream(
  Number(list.dataset.change),
  list.dataset.thread,
  { message: arrive, edited: change, reacted() {}, hidden: remove, reset: look },
  say,
);

function arrive(message) {
  // An answer is read in its conversation, not across a hall.
  if (message.reply_to === null) wait(made(message));
}

function change(message) {
  if (message.deleted) remove(message);
  else if (find(`m${message.id}`)) reword(made(message));
}

function remove({ id }) {
  gone.add(`m${id}`);
  const old = find(`m${id}`);
  if (!old) return;
  waiting.delete(old.id);
  move(() => old.remove());
  // Older ones may have their place back.
  if (list.childElementCount < most / 2) look();
}

function say(there) {
  // Perhaps it was updated meanwhile.
  if (there && !lost.hidden) look();
  lost.hidden = there;
}

// Shows what is on the wall now, whatever was missed; gives back the number of its newest change.
async function look(after) {
  const known = new Set([...list.children, ...waiting.values()].map(({ id }) => id));
  gone.clear();
  try {
    const answer = await fetch(location.pathname + location.search);
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("messages");
    compare([...fresh.children], known);
    lost.hidden = true;
    document.dispatchEvent(new CustomEvent("looked", { detail: page }));
    return Number(fresh.dataset.change);
  } catch {
    lost.hidden = false;
    return after;
  }
}

function compare(sheets, known) {
  const newest = number(list.firstElementChild);
  const there = new Set(sheets.map(({ id }) => id));
  move(() => {
    for (const id of known) {
      if (there.has(id)) continue;
      find(id)?.remove();
      waiting.delete(id);
    }
    for (const one of sheets) if (find(one.id)) reword(one);
    for (const one of sheets.filter(({ id }) => !find(id) && !gone.has(id)).reverse()) {
      if (number(one) > newest) wait(one);
      else place(one);
    }
  });
}

function wait(one) {
  if (find(one.id)) return;
  waiting.set(one.id, one);
  if (waiting.size > most) waiting.delete(waiting.keys().next().value);
  timer ||= setTimeout(show, shown + PACE - Date.now());
}

function show() {
  timer = 0;
  shown = Date.now();
  const fresh = [...waiting.values()];
  waiting.clear();
  for (const one of fresh) one.classList.add("new");
  move(() => fresh.forEach(place));
  list.dispatchEvent(new Event("arrived", { bubbles: true }));
}

// Newest first, also where one was let through late.
function place(one) {
  list.insertBefore(one, [...list.children].find((other) => number(other) < number(one)) ?? null);
}

function reword(fresh) {
  const old = find(fresh.id);
  old.dataset.size = fresh.dataset.size;
  move(() => old.replaceChildren(...fresh.childNodes));
}

// Makes a change, and lets whatever it pushed aside slide there.
function move(make) {
  const before = [...list.children].map((one) => [one, one.getBoundingClientRect()]);
  make();
  while (list.childElementCount > most) list.lastElementChild.remove();
  list.dispatchEvent(new Event("shown", { bubbles: true }));
  if (still.matches) return;
  for (const [one, was] of before) {
    if (!one.isConnected) continue;
    const is = one.getBoundingClientRect();
    if (is.left !== was.left) one.animate({ opacity: [0, 1] }, MOVE);
    else if (is.top !== was.top) one.animate({ transform: [`translateY(${was.top - is.top}px)`, "none"] }, MOVE);
  }
}

// As hall.html makes it.
function made(message) {
  const one = sheet(message);
  const length = [...message.text].length;
  one.dataset.size = length <= short ? "short" : length > long ? "long" : "";
  for (const link of one.querySelectorAll("a")) for (const name of ["href", "rel"]) link.removeAttribute(name);
  return one;
}

function find(id) {
  return waiting.get(id) ?? document.getElementById(id);
}

function number(one) {
  return Number(one?.id.slice(1) ?? 0);
}
