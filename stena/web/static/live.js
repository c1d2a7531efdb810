// Shows changes as they happen, without moving what is being read.

import {
  arrange, card, idOf, insert, insertReply, isFull, isLater, keepOpen, putFirst, removeCard, replies, update,
  updateReactions,
} from "./card.js";
import { parse } from "./parse.js";
import { Stream } from "./stream.js";
import { atTop, onTop } from "./top.js";

// The cards of an open page. One that stays open on a busy wall would get slower and slower.
const MOST = 300;
const MOST_REPLIES = 100;

const live = document.getElementById("live");
const pill = document.getElementById("news");
const plural = new Intl.PluralRules(document.documentElement.lang);
const waiting = new Map();
// The list as the server rendered it again, until it can be shown.
let replacement = null;
// The id of the newest message that this page knows. An older one that is not here is on a later page.
let newest = 0;
// Whether messages between those that wait and those on the page were dropped; then, the oldest one after those.
let hasGap = false;
let cut = 0;
// Of crowd.js.
let trim = null;

updateNewest();
if (!document.body.classList.contains("framed")) {
  if (document.hidden) count();
  else document.addEventListener("visibilitychange", count, { once: true });
}
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
    notice: showNotice,
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
  else if (message.pinned) arrangeAll(message);
  else if (message.id > newest) add(card(message), message.id);
  else if (!isLater(message, list())) put(card(message));
}

function add(made, id) {
  newest = id;
  waiting.set(made.id, made);
  if (waiting.size > MOST) {
    waiting.delete(waiting.keys().next().value);
    hasGap = true;
  }
  if (replacement) putFirst(made, replacement);
  if (mayMove()) showWaiting();
  else updatePill();
}

function put(made) {
  made.classList.add("new");
  insert(made, list());
  dispatchShown(made);
  bound();
}

function addReply(message) {
  for (const above of copies({ id: message.reply_to })) {
    const below = replies(above);
    if (below.querySelector(":scope > .full")) continue;
    if (isFull(below, MOST_REPLIES, addressOf(above), (next) => putEnd(next, below))) continue;
    const made = card(message);
    made.classList.add("new");
    insertReply(made, below);
    dispatchShown(made);
  }
  bound();
}

function putEnd(next, below) {
  const form = below.querySelector(":scope > form");
  if (form) form.before(next);
  else below.append(next);
}

function addressOf(article) {
  return article.querySelector(":scope > footer > .answer")?.href ?? article.querySelector("header a").href;
}

function edit(message) {
  for (const old of copies(message)) {
    update(old, message);
    dispatchShown(old);
  }
  if (message.reply_to === null) arrangeAll(message);
}

function arrangeAll(message) {
  for (const one of [list(), replacement]) if (one) arrange(message, one);
  const above = list().querySelector(`.pins #m${message.id}`);
  if (!above) return;
  // It may be behind the button.
  waiting.delete(above.id);
  updatePill();
  dispatchShown(above);
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

// Not while the visitor reads further down, writes a reply, or is about to press something that moves with its card; and
// replacing the list would lose any focus in it.
function mayMove() {
  return atTop() && !list().querySelector(`${replacement ? "" : ".write "}:focus, .editing, .reactions [open]`);
}

function showWaiting() {
  if (replacement) {
    const fresh = replacement;
    replacement = null;
    hasGap = false;
    waiting.clear();
    keepOpen(list(), fresh);
    list().replaceWith(fresh);
    dispatchShown(fresh);
    updateNewest();
    updatePill();
    return;
  }
  if (waiting.size === 0) return;
  list().querySelector(".empty")?.remove();
  if (hasGap) {
    for (const old of list().querySelectorAll(":scope > article")) if (!old.querySelector(".write, .editing")) old.remove();
    cut = idOf(waiting.values().next().value);
  }
  hasGap = false;
  for (const made of waiting.values()) {
    made.classList.add("new");
    putFirst(made, list());
    dispatchShown(made);
  }
  waiting.clear();
  updatePill();
  bound();
}

// Loaded before it is needed, and then called at once: many messages in a row would come before what is awaited.
async function bound() {
  if (!cut && list().querySelectorAll("article").length <= MOST / 2) return;
  try {
    trim ??= (await import("./crowd.js")).trim;
  } catch {
    // Without a connection; the next message tries again.
    return;
  }
  trim(list(), MOST, { cut, atTop: atTop() });
  cut = 0;
}

// post.js has replaced the list: what waited is in it or on a later page, or the stream brings it once more.
function discardShown() {
  replacement = null;
  hasGap = false;
  waiting.clear();
  stream.resume(Number(list().dataset.change));
  updateNewest();
  updatePill();
}

// In the title, while nobody sees the page.
function count() {
  import("./title.js").catch(() => {
    // Without a connection nothing is new.
  });
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
  // A button that is hidden loses the focus.
  if (!waiting.size && document.activeElement === pill) list().focus({ preventScroll: true });
  pill.textContent = waiting.size ? pluralized(pill, waiting.size) : "";
  pill.hidden = waiting.size === 0;
}

// Few walls have one.
async function showNotice(notice) {
  try {
    const { show } = await import("./notice.js");
    show(notice);
  } catch {
    // Without a connection; the next page has it.
  }
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
