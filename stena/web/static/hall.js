// Shows messages as they are posted, edited and deleted, on a screen that nobody touches.

import { idOf, sheet } from "./card.js";
import { parse } from "./parse.js";
import { Stream } from "./stream.js";

// The least time between updates, so that eyes can follow however many write.
const PACE = 1000;
// How often to fetch the page: a connection that breaks without an error brings no events.
const REFRESH = 60_000;
const MOVE = { duration: 500, easing: "ease-in-out" };

const list = document.getElementById("messages");
const notice = document.getElementById("live");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const { most, short, long } = list.dataset;
const waiting = new Map();
// For each fetch of the page that is under way, the messages removed meanwhile: its answer may still
// contain them.
const fetches = new Set();
let timer = 0;
let shown = 0;

list.addEventListener("animationend", (event) => event.animationName === "glow" && event.target.classList.remove("new"));
setInterval(refresh, REFRESH);
new Stream(
  Number(list.dataset.change),
  list.dataset.thread,
  {
    message: add,
    edited: edit,
    deleted: remove,
    removed: remove,
    notice: (detail) => document.dispatchEvent(new CustomEvent("notice", { detail })),
    reset: refresh,
  },
  showState,
);

function add(message) {
  // A hall shows no replies.
  if (message.reply_to === null) enqueue(sheetOf(message));
}

function edit(message) {
  if (message.deleted || message.removed) {
    remove(message);
    return;
  }
  if (find(`m${message.id}`)) renew(sheetOf(message));
  // It may be older than those on the screen.
  else if (message.pinned) add(message);
}

function remove({ id }) {
  for (const removed of fetches) removed.add(`m${id}`);
  const old = find(`m${id}`);
  if (!old) return;
  waiting.delete(old.id);
  animate(() => old.remove());
  // There is room for older ones again.
  if (list.childElementCount < most / 2) refresh();
}

function showState(state) {
  // The server may have been updated meanwhile.
  if (state === "live" && !notice.hidden) refresh();
  notice.hidden = state !== "lost";
}

// Shows the messages that are on the wall now; returns the number of the newest change, or null
// if that failed.
async function refresh(_, signal) {
  const known = new Set([...list.children, ...waiting.values()].map(({ id }) => id));
  const removed = new Set();
  fetches.add(removed);
  try {
    const answer = await fetch(location.pathname + location.search, { signal });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = parse(await answer.text());
    const fresh = page.getElementById("messages");
    reconcile([...fresh.children], known, removed);
    notice.hidden = true;
    document.dispatchEvent(new CustomEvent("refreshed", { detail: page }));
    return Number(fresh.dataset.change);
  } catch {
    notice.hidden = false;
    return null;
  } finally {
    fetches.delete(removed);
  }
}

function reconcile(sheets, known, removed) {
  const newest = idOf(unpinned()[0]);
  const present = new Set(sheets.map(({ id }) => id));
  animate(() => {
    for (const id of known) {
      if (present.has(id)) continue;
      find(id)?.remove();
      waiting.delete(id);
    }
    for (const one of sheets.filter(({ id }) => !removed.has(id)).reverse()) {
      if (find(one.id)) renew(one);
      else if (idOf(one) > newest) enqueue(one);
      else put(one);
    }
  });
}

function enqueue(one) {
  if (find(one.id)) return;
  waiting.set(one.id, one);
  if (waiting.size > most) waiting.delete(waiting.keys().next().value);
  if (!timer) timer = setTimeout(show, shown + PACE - performance.now());
}

function show() {
  timer = 0;
  shown = performance.now();
  const fresh = [...waiting.values()];
  waiting.clear();
  for (const one of fresh) one.classList.add("new");
  animate(() => fresh.forEach(put));
  list.dispatchEvent(new Event("arrived", { bubbles: true }));
}

// Newest first, even if a message is approved late; above them what is pinned, the last pinned first.
function put(one) {
  const next = isPinned(one) ? list.firstElementChild : unpinned().find((other) => idOf(other) < idOf(one));
  if (next) next.before(one);
  else list.append(one);
}

function unpinned() {
  return [...list.children].filter((one) => !isPinned(one));
}

function isPinned(one) {
  return one.querySelector("header > .pinned") !== null;
}

function renew(fresh) {
  const old = find(fresh.id);
  const moves = isPinned(old) || isPinned(fresh);
  old.dataset.size = fresh.dataset.size;
  animate(() => {
    old.replaceChildren(...fresh.childNodes);
    if (moves && old.isConnected) put(old);
  });
}

// Makes a change, and lets the sheets that it moves slide to their new places.
function animate(change) {
  const before = [...list.children].map((one) => [one, one.getBoundingClientRect()]);
  change();
  while (list.childElementCount > most) list.lastElementChild.remove();
  list.dispatchEvent(new Event("shown", { bubbles: true }));
  if (reducedMotion.matches) return;
  for (const [one, was] of before) {
    if (!one.isConnected) continue;
    const is = one.getBoundingClientRect();
    if (is.left !== was.left) one.animate({ opacity: [0, 1] }, MOVE);
    else if (is.top !== was.top) one.animate({ transform: [`translateY(${was.top - is.top}px)`, "none"] }, MOVE);
  }
}

// The same as hall.html renders it.
function sheetOf(message) {
  const one = sheet(message);
  const length = [...message.text].length;
  one.dataset.size = length <= short ? "short" : length > long ? "long" : "";
  for (const link of one.querySelectorAll("a")) for (const name of ["href", "rel"]) link.removeAttribute(name);
  return one;
}

function find(id) {
  return waiting.get(id) ?? document.getElementById(id);
}
