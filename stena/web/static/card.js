// Builds a message as the server renders it, from the blank card that is in the page.

import { parse } from "./parse.js";

const blank = document.getElementById("card");

export function card(message) {
  const made = sheet(message);
  insertId(made.querySelector("header a"), "href", message.id);
  const form = made.querySelector("form");
  // A deleted message has no reactions.
  if (form) insertId(form, "action", message.id);
  made.querySelector(".replies").remove();
  if (message.reply_to === null) {
    insertId(made.querySelector(".answer"), "href", message.id);
    made.querySelector(message.locked ? ".answer" : ".locked").remove();
  } else {
    made.classList.add("reply");
    for (const part of made.querySelectorAll(".answer, .locked")) part.remove();
  }
  updateReactions(made, message.reactions);
  return made;
}

// Author, time and text: all that a hall shows.
export function sheet(message) {
  const made = blank.content.cloneNode(true).firstElementChild;
  made.id = `m${message.id}`;
  made.setAttribute("aria-labelledby", `by${message.id}`);
  made.querySelector("header").id = `by${message.id}`;
  made.querySelector(".dot").dataset.hue = message.hue ?? "";
  made.querySelector("time").dateTime = message.created;
  // A hall folds texts in its own way.
  const all = made.querySelector(".all");
  if (all && message.long) made.classList.add("long", message.long);
  else all?.remove();
  fill(made, message);
  return made;
}

// The addresses in the blank card lack only the message's id. The wall's own path may contain /m/ too,
// with something behind it.
function insertId(part, name, id) {
  part.setAttribute(name, part.getAttribute(name).replace(/\/m\/(?=[/#?]|$)/, `/m/${id}`));
}

// Updates the message itself and leaves its replies alone.
export function update(old, message) {
  const fresh = card(message);
  const open = old.querySelector(":scope > .all[open]") !== null;
  old.querySelector(":scope > .all")?.remove();
  for (const part of ["header", ".words", "footer"]) {
    const was = old.querySelector(`:scope > ${part}`);
    const is = fresh.querySelector(`:scope > ${part}`);
    if (was && is) was.replaceWith(is);
  }
  const all = fresh.querySelector(":scope > .all");
  // The page of one message shows it whole.
  const long = all && !old.matches("main > article");
  if (long) {
    all.open = open;
    old.querySelector(":scope > .words").after(all);
  }
  for (const name of ["long", "narrow", "always"]) old.classList.toggle(name, long && fresh.matches(`.${name}`));
  old.classList.toggle("deleted", message.deleted || message.removed);
}

export function updateReactions(article, reactions) {
  for (const button of article.querySelectorAll(":scope > footer .reactions button")) {
    showCount(button, reactions[button.value] ?? 0);
  }
}

// No element for 0: five on each of fifty messages would be a good part of the page.
export function showCount(button, count) {
  button.querySelector("span")?.remove();
  if (!count) {
    // Hidden now, it loses the focus.
    if (document.activeElement === button && !button.offsetWidth) button.form.querySelector("summary").focus();
    return;
  }
  const number = document.createElement("span");
  number.textContent = count;
  button.append(number);
}

// The container of a message's replies, created when it is first needed.
export function replies(article) {
  const existing = article.querySelector(":scope > .replies");
  if (existing) return existing;
  article.append(blank.content.querySelector(".replies").cloneNode(true));
  return article.lastElementChild;
}

// Puts a reply in its place: among the older ones if it was approved late.
export function insertReply(made, below) {
  const later = [...below.querySelectorAll(":scope > article")].find((other) => idOf(other) > idOf(made));
  const next = later ?? below.querySelector(":scope > form");
  if (next) next.before(made);
  else below.append(made);
}

// Whether below a message are as many replies as a page keeps. Newer ones are behind a link then, put at the end by `put`.
export function isFull(below, most, address, put) {
  const all = below.querySelectorAll(":scope > article");
  if (all.length < most) return false;
  const made = document.importNode(document.getElementById("onward").content.lastElementChild, true);
  const next = new URL(address, location.href);
  next.hash = "";
  next.searchParams.set("after", idOf(all[all.length - 1]));
  made.firstElementChild.href = next.pathname + next.search;
  put(made);
  return true;
}

// Puts a message above the others, and below those that are pinned.
export function putFirst(made, list) {
  const above = list.querySelector(":scope > .pins");
  if (above) above.after(made);
  else list.prepend(made);
}

// Puts a message among the pinned ones, or in its place among the others; one that is older than
// all others is on a later page.
export function arrange(message, list) {
  const old = list.querySelector(`#m${message.id}`);
  const above = old?.closest(".pins");
  if (Boolean(message.pinned) === Boolean(above)) return;
  if (message.pinned) pins(list).prepend(old ?? card(message));
  else if (isLater(message, list)) old.remove();
  else insert(old, list);
  if (above && !above.firstElementChild) above.remove();
}

// A message that was approved late has its place among the older ones; or on a later page.
export function isLater({ id }, list) {
  const older = [...list.querySelectorAll(":scope > article")].pop();
  return list.querySelector(".earlier") && idOf(older) > id;
}

function pins(list) {
  const existing = list.querySelector(":scope > .pins");
  if (existing) return existing;
  const made = document.createElement("div");
  made.className = "pins";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", list.dataset.pinned);
  list.prepend(made);
  return made;
}

// Puts a message in its place among others, newest first.
export function insert(made, list) {
  const articles = [...list.querySelectorAll(":scope > article")];
  const next = articles.find((other) => idOf(other) < idOf(made));
  if (next) next.before(made);
  else if (articles.length) articles.pop().after(made);
  else putFirst(made, list);
}

// What is open in a list stays so in the one that replaces it.
export function keepOpen(list, fresh) {
  for (const part of list.querySelectorAll(".write, .editing, [open]")) {
    const article = part.closest("article:not(.reply)");
    fresh.querySelector(`#${article.id}`)?.replaceWith(article);
  }
}

export function idOf(article) {
  return Number(article?.id.slice(1) ?? 0);
}

// Removes a message, and the container of replies with its last one.
export function removeCard(article) {
  const below = article.closest(".replies");
  const above = article.closest(".pins");
  article.remove();
  if (above && !above.firstElementChild) above.remove();
  if (below && !below.querySelector("article, form, .folded")) below.remove();
}

function fill(made, message) {
  const nameless = made.querySelector(".nameless");
  // A hall shows no tombstones.
  const nothing = made.querySelector(".nothing");
  if (message.deleted) nameless.textContent = nameless.dataset.deleted;
  if (message.removed) {
    nameless.textContent = nameless.dataset.removed;
    nothing.textContent = nothing.dataset.removed;
  }
  delete nameless.dataset.deleted;
  delete nameless.dataset.removed;
  nothing?.removeAttribute("data-removed");
  made.querySelector(".name").textContent = message.name;
  const badge = made.querySelector(".badge");
  if (message.badge === "moderator") badge.textContent = badge.dataset.moderator;
  delete badge.dataset.moderator;
  if (!message.badge) badge.remove();
  if (message.name === null) made.querySelector(".name").remove();
  if (message.name !== null || message.badge) nameless.remove();
  if (!message.edited) made.querySelector(".edited")?.remove();
  if (!message.pinned) made.querySelector(".pinned")?.remove();
  const text = made.querySelector(".words");
  if (message.deleted || message.removed) {
    made.classList.add("deleted");
    made.querySelector(".dot").remove();
    made.querySelector("form").remove();
    return;
  }
  if (message.html) {
    // Sanitized: the server allows only a few elements in it.
    text.replaceChildren(...parse(message.html).body.childNodes);
  } else {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.textContent = message.text;
    text.replaceChildren(paragraph);
  }
}
