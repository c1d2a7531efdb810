// Shows changes as they happen, without moving what is being read.

import { card, idOf, insert, insertReply, removeCard, replies, update, updateReactions } from "./card.js";
import { parse } from "./parse.js";
import { Stream } from "./stream.js";
import { atTop, onTop } from "./top.js";

const live = document.getElementById("live");
const pill = document.getElementById("news");
const plural = new Intl.PluralRules(document.documentElement.lang);
const waiting = new Map();
// The list as the server rendered it again, until it can be shown.
let replacement = null;
// The id of the newest message that this page knows. An older one that is not here is on a later page.
let newest = 0;

updateNewest();
pill.addEventListener("click", () => {
  showWaiting();
  list().scrollIntoView();
  list().focus({ preventScroll: true });
});
onTop(() => mayMove() && showWaiting());
document.addEventListener("replaced", discardShown);
const stream = new Stream(
  Number(list().dataset.change),
  list().dataset.thread,
  {
    message: receive,
    edited: edit,
    reacted: react,
    deleted: remove,
    removed: remove,
    audience: showAudience,
    reset: reload,
  },
  showState,
);

// Fetches the list as the server renders it now.
async function reload(after, signal) {
  const answer = await fetch(location.pathname + location.search, { signal });
  const page = parse(await answer.text());
  const fresh = page.getElementById("messages");
  if (!answer.ok || !fresh) return null;
  const change = Number(fresh.dataset.change);
  if (change === after) return change;
  replacement = fresh;
  // Lower than before if the wall was restored from a backup.
  newest = firstId(fresh);
  for (const one of fresh.querySelectorAll(":scope > article")) {
    if (!document.getElementById(one.id)) waiting.set(one.id, one);
  }
  if (mayMove()) showWaiting();
  else updatePill();
  return change;
}

function receive(message) {
  document.querySelector(`#held[data-message="m${message.id}"]`)?.remove();
  // The visitor's own message came with the answer to the post.
  if (copies(message).size) return;
  if (message.reply_to !== null) addReply(message);
  else if (message.id > newest) add(card(message), message.id);
  else if (!isLater(message)) put(card(message));
}

function add(made, id) {
  newest = id;
  waiting.set(made.id, made);
  if (replacement) replacement.prepend(made);
  if (mayMove()) showWaiting();
  else updatePill();
}

// A message that was approved late has its place among the older ones; or on a later page.
function isLater({ id }) {
  const older = [...list().querySelectorAll(":scope > article")].at(-1);
  return list().querySelector(".earlier") && idOf(older) > id;
}

function put(made) {
  made.classList.add("new");
  insert(made, list());
  dispatchShown(made);
}

function addReply(message) {
  for (const above of copies({ id: message.reply_to })) {
    const below = replies(above);
    const made = card(message);
    made.classList.add("new");
    insertReply(made, below);
    dispatchShown(made);
  }
}

function edit(message) {
  for (const old of copies(message)) {
    update(old, message);
    dispatchShown(old);
  }
}

function react(message) {
  for (const old of copies(message)) updateReactions(old, message.reactions);
}

function remove(message) {
  for (const old of copies(message)) removeCard(old);
  waiting.delete(`m${message.id}`);
  updatePill();
}

// On the page, behind the button, and in the replacement of the list.
function copies({ id }) {
  const found = [document.getElementById(`m${id}`), waiting.get(`m${id}`), replacement?.querySelector(`#m${id}`)];
  return new Set(found.filter(Boolean));
}

// Not while the visitor reads further down or writes a reply; and replacing the list would lose any
// focus in it.
function mayMove() {
  return atTop() && !list().querySelector(replacement ? ":focus" : ".write :focus");
}

function showWaiting() {
  if (replacement) {
    const fresh = replacement;
    replacement = null;
    waiting.clear();
    list().replaceWith(fresh);
    dispatchShown(fresh);
    updateNewest();
    updatePill();
    return;
  }
  if (waiting.size === 0) return;
  list().querySelector(".empty")?.remove();
  for (const made of waiting.values()) {
    made.classList.add("new");
    list().prepend(made);
    dispatchShown(made);
  }
  waiting.clear();
  updatePill();
}

// post.js has replaced the list, so the messages that waited may be in it now.
function discardShown() {
  replacement = null;
  for (const id of waiting.keys()) if (document.getElementById(id)) waiting.delete(id);
  stream.resume(Number(list().dataset.change));
  updateNewest();
  updatePill();
}

function updateNewest() {
  newest = firstId(list());
}

function firstId(messages) {
  return idOf(messages.querySelector(":scope > article"));
}

function dispatchShown(place) {
  place.dispatchEvent(new Event("shown", { bubbles: true }));
}

function updatePill() {
  pill.textContent = waiting.size ? pluralized(pill, waiting.size) : "";
  pill.hidden = waiting.size === 0;
}

function showState(state) {
  live.querySelector("span").textContent = live.dataset[state];
  live.classList.toggle("lost", state !== "live");
  live.hidden = false;
}

// Not shown to a visitor who is alone.
function showAudience(readers) {
  const counted = readers > 1 ? ` · ${pluralized(live, readers)}` : "";
  live.querySelector("span").textContent = live.dataset.live + counted;
}

function pluralized({ dataset }, number) {
  return ({ one: dataset.one, few: dataset.few }[plural.select(number)] ?? dataset.many).replace(/\d+/, number);
}

function list() {
  return document.getElementById("messages");
}
