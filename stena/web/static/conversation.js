// Keeps the page of one message up to date: its text, its reactions, its replies.

import { card, idOf, insertReply, isFull, removeCard, replies, update, updateReactions } from "./card.js";
import { parse } from "./parse.js";
import { Stream } from "./stream.js";

// The replies on an open page.
const MOST = 300;

const blank = document.getElementById("card");

if (!document.body.classList.contains("framed")) {
  if (document.hidden) count();
  else document.addEventListener("visibilitychange", count, { once: true });
}
document.addEventListener("replaced", ({ detail: page }) => stream.resume(changeOf(page)));
const stream = new Stream(
  changeOf(document),
  blank.dataset.thread,
  {
    message: add,
    edited: edit,
    reacted: react,
    deleted: remove,
    removed: remove,
    reset: reload,
  },
  () => {
    // This page does not show whether it is connected.
  },
);

function add(message) {
  // The visitor's own, which waited until now.
  if (message.id === id() && document.getElementById("held")) leave();
  // The visitor's own came with the answer to the post.
  if (message.reply_to !== id() || find(message) || isLater(message)) return;
  const below = replies(shown());
  if (isFull(below, MOST, location.href, (next) => shown().after(next))) return;
  const made = card(message);
  made.classList.add("new");
  insertReply(made, below);
  dispatchShown(made);
}

// In the title, while nobody sees the page.
function count() {
  import("./title.js").catch(() => {
    // Without a connection nothing is new.
  });
}

// Newer replies belong to the next page if there is one.
function isLater(message) {
  const last = [...shown().querySelectorAll(".replies > article")].pop();
  return document.querySelector("main > .onward [rel=next]") && idOf(last) < message.id;
}

function edit(message) {
  const old = find(message);
  if (!old) return;
  update(old, message);
  // The form to reply is on this page already, or the sentence that there is none.
  shown().querySelector(":scope > footer :is(.answer, .locked)")?.remove();
  if (message.id === id() && message.locked !== Boolean(document.getElementById("locked"))) leave();
  dispatchShown(old);
}

function react(message) {
  const old = find(message);
  if (old) updateReactions(old, message.reactions);
}

function remove(message) {
  if (message.id === id()) {
    leave();
    return;
  }
  const old = find(message);
  if (old) removeCard(old);
}

// Replaces the conversation with what the server renders now.
async function reload(after, signal) {
  const answer = await fetch(location.pathname + location.search, { signal });
  if (answer.status === 404) leave();
  const page = parse(await answer.text());
  const fresh = page.getElementById(shown().id);
  if (!answer.ok || !fresh) return null;
  const change = changeOf(page);
  if (change === after) return change;
  shown().replaceWith(fresh);
  dispatchShown(fresh);
  return change;
}

// The newest change before the server read what the page shows.
function changeOf(page) {
  return Number(page.getElementById("card").dataset.change);
}

// A reload would lose a text that is being typed, and sending it will show the refusal; or an "Undo" of the team.
function leave() {
  if (!document.querySelector("textarea")?.value && !document.querySelector(".did")) location.reload();
}

function shown() {
  return document.querySelector("main > article");
}

function id() {
  return Number(shown().id.slice(1));
}

function find(message) {
  return document.getElementById(`m${message.id}`);
}

function dispatchShown(place) {
  place.dispatchEvent(new Event("shown", { bubbles: true }));
}
