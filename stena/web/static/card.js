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
  } else {
    made.classList.add("reply");
    made.querySelector(".answer").remove();
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
  for (const part of ["header", ".words", "footer"]) {
    const was = old.querySelector(`:scope > ${part}`);
    const is = fresh.querySelector(`:scope > ${part}`);
    if (was && is) was.replaceWith(is);
  }
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
  if (!count) return;
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

// Puts a message in its place among others, newest first.
export function insert(made, list) {
  const articles = [...list.querySelectorAll(":scope > article")];
  const next = articles.find((other) => idOf(other) < idOf(made));
  if (next) next.before(made);
  else if (articles.length) articles.at(-1).after(made);
  else list.prepend(made);
}

export function idOf(article) {
  return Number(article?.id.slice(1) ?? 0);
}

// Removes a message, and the container of replies with its last one.
export function removeCard(article) {
  const below = article.closest(".replies");
  article.remove();
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
  made.querySelector(message.name === null ? ".name" : ".nameless").remove();
  if (!message.edited) made.querySelector(".edited")?.remove();
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
