// New messages as they are put up, without moving what is being read.

import { card, count as countReactions, replies, reword, takeAway } from "./card.js";
import { Stream } from "./stream.js";
import { atTop, onTop } from "./top.js";

const live = document.getElementById("live");
const pill = document.getElementById("news");
const plural = new Intl.PluralRules(document.documentElement.lang);
const waiting = new Map();
let repainted = null;
// Of the newest message that this page knows: what is older and not here was scrolled past.
let newest = 0;

noteNewest();
pill.addEventListener("click", () => {
  showWaiting();
  list().scrollIntoView();
  list().focus({ preventScroll: true });
});
onTop(() => mayMove() && showWaiting());
document.addEventListener("shown", (event) => event.target === list() && forgetShown());
const stream = new Stream(
  Number(list().dataset.change),
  list().dataset.thread,
  { message: arrive, edited: change, reacted: recount, hidden: remove, audience: greet, reset: reload },
  say,
);

// What is there now, as the server paints it.
async function reload(after) {
  const answer = await fetch(location.pathname + location.search);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("messages");
  if (!answer.ok || !fresh) return after;
  repainted = fresh;
  for (const one of fresh.querySelectorAll(":scope > article")) {
    if (!document.getElementById(one.id)) waiting.set(one.id, one);
  }
  if (mayMove()) showWaiting();
  else tell();
  return Number(fresh.dataset.change);
}

function arrive(message) {
  // One's own, which the answer to the post has brought.
  if (everywhere(message).size) return;
  if (message.reply_to !== null) answerTo(message);
  else if (message.id > newest) putUp(card(message), message.id);
}

function putUp(made, id) {
  newest = id;
  waiting.set(made.id, made);
  if (repainted) repainted.prepend(made);
  if (mayMove()) showWaiting();
  else tell();
}

function answerTo(message) {
  for (const above of everywhere({ id: message.reply_to })) {
    const below = replies(above);
    const made = card(message);
    made.classList.add("new");
    const form = below.querySelector(":scope > form");
    if (form) form.before(made);
    else below.append(made);
    shownNow(made);
  }
}

function change(message) {
  for (const old of everywhere(message)) {
    reword(old, message);
    shownNow(old);
  }
}

function recount(message) {
  for (const old of everywhere(message)) countReactions(old, message.reactions);
}

function remove(message) {
  for (const old of everywhere(message)) takeAway(old);
  waiting.delete(`m${message.id}`);
  tell();
}

// On the page, behind the button, and in the list that waits to be shown.
function everywhere({ id }) {
  const places = [document.getElementById(`m${id}`), waiting.get(`m${id}`), repainted?.querySelector(`#m${id}`)];
  return new Set(places.filter(Boolean));
}

// Not what is being read, nor the field that is being written in; and who is anywhere in the list
// would lose their place where all of it is painted anew.
function mayMove() {
  return atTop() && !list().querySelector(repainted ? ":focus" : ".write :focus");
}

function showWaiting() {
  if (repainted) {
    const fresh = repainted;
    repainted = null;
    waiting.clear();
    list().replaceWith(fresh);
    shownNow(fresh);
    return;
  }
  if (waiting.size === 0) return;
  list().querySelector(".empty")?.remove();
  for (const made of waiting.values()) {
    made.classList.add("new");
    list().prepend(made);
    shownNow(made);
  }
  waiting.clear();
  tell();
}

// The script that posts has painted the list anew, with what waited in it.
function forgetShown() {
  repainted = null;
  for (const id of waiting.keys()) if (document.getElementById(id)) waiting.delete(id);
  stream.known(Number(list().dataset.change));
  noteNewest();
  tell();
}

function noteNewest() {
  const first = list().querySelector(":scope > article");
  newest = Math.max(newest, Number(first?.id.slice(1) ?? 0));
}

function shownNow(place) {
  place.dispatchEvent(new Event("shown", { bubbles: true }));
}

function tell() {
  pill.textContent = waiting.size ? inWords(pill, waiting.size) : "";
  pill.hidden = waiting.size === 0;
}

function say(there) {
  live.querySelector("span").textContent = there ? live.dataset.live : live.dataset.lost;
  live.classList.toggle("lost", !there);
  live.hidden = false;
}

// Oneself is no company.
function greet(readers) {
  const counted = readers > 1 ? ` · ${inWords(live, readers)}` : "";
  live.querySelector("span").textContent = live.dataset.live + counted;
}

function inWords({ dataset }, number) {
  return ({ one: dataset.one, few: dataset.few }[plural.select(number)] ?? dataset.many).replace(/\d+/, number);
}

function list() {
  return document.getElementById("messages");
}
