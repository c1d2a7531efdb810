// The page of one message as it changes: its words, what others feel, the replies below it.

import { card, count, replies, reword, takeAway } from "./card.js";
import { Stream } from "./stream.js";

const blank = document.getElementById("card");

new Stream(
  Number(blank.dataset.change),
  blank.dataset.thread,
  { message: arrive, edited: change, reacted: recount, hidden: remove, reset: reload },
  () => {},
);

function arrive(message) {
  // The next page begins with it, where there is one; one's own came with the answer to the post.
  if (message.reply_to !== number() || find(message) || document.querySelector("main > .onward [rel=next]")) return;
  const made = card(message);
  made.classList.add("new");
  replies(shown()).append(made);
  tell(made);
}

function change(message) {
  const old = find(message);
  if (!old) return;
  reword(old, message);
  // The form stands below it.
  shown().querySelector(":scope > footer .answer")?.remove();
  tell(old);
}

function recount(message) {
  const old = find(message);
  if (old) count(old, message.reactions);
}

function remove(message) {
  if (message.id === number()) {
    leave();
    return;
  }
  const old = find(message);
  if (old) takeAway(old);
}

// All of it, as the server paints it now.
async function reload(after) {
  const answer = await fetch(location.pathname + location.search);
  if (answer.status === 404) leave();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(shown().id);
  if (!answer.ok || !fresh) return after;
  shown().replaceWith(fresh);
  tell(fresh);
  return Number(page.getElementById("card").dataset.change);
}

// Whoever is writing keeps their words, and is told when they send them.
function leave() {
  if (!document.querySelector("textarea")?.value) location.reload();
}

function shown() {
  return document.querySelector("main > article");
}

function number() {
  return Number(shown().id.slice(1));
}

function find({ id }) {
  return document.getElementById(`m${id}`);
}

function tell(place) {
  place.dispatchEvent(new Event("shown", { bubbles: true }));
}
