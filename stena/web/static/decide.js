// Sends the forms of the desk from the wall's own pages, and says above the message what was done, with "Undo".

import { removeCard } from "./card.js";
import { parse } from "./parse.js";

const FAILED = { en: "That did not work. Try again", ru: "Не получилось. Повторить" };

// Whether it was done. The focus then is on "Undo".
export async function decide(article, pressed, address, fields) {
  const note = noteAbove(article);
  const page = await request(note, pressed, address, { method: "POST", body: fields });
  if (!page) return false;
  // One a message: what was done before is in the log.
  while (note.previousElementSibling?.matches(".did")) removeCard(note.previousElementSibling);
  for (const done of page.querySelectorAll(".done[role=status]")) {
    const line = document.createElement("div");
    line.append(...done.childNodes);
    note.append(line);
  }
  note.addEventListener("submit", (event) => {
    event.preventDefault();
    undo(note, event.target, article.id);
  });
  note.hidden = false;
  if (fields.get("action") === "remove" || fields.has("spam")) takeAway(article);
  note.querySelector("button")?.focus();
  return true;
}

// A page of the desk; null if it is refused, which the note then says.
export async function load(article, pressed, address) {
  const note = noteAbove(article);
  const page = await request(note, pressed, address, {});
  if (!page) return null;
  removeCard(note);
  if (page.querySelector(".group")) return page;
  // Nothing is there for this member: the session is over, or the message is gone.
  location.assign(address);
  return null;
}

// Called when messages were shown: a message that an undo has brought back takes the place of its note, and the focus.
export function takeBack() {
  for (const note of document.querySelectorAll(".did[data-back]")) {
    const article = document.getElementById(note.dataset.back);
    if (!article || article.inert) continue;
    const hadFocus = note.contains(document.activeElement);
    removeCard(note);
    if (hadFocus) focusOn(article);
  }
}

// In its place before the stream takes the message away.
function noteAbove(article) {
  const old = article.previousElementSibling;
  if (old?.matches(".did") && !old.querySelector("form")) removeCard(old);
  const note = document.createElement("div");
  note.className = "note did";
  note.setAttribute("role", "status");
  note.hidden = true;
  article.before(note);
  return note;
}

// The stream says so too; an older page has none. With replies the place stays. On the page of the message it stays, paler.
function takeAway(article) {
  if (article.querySelector(".replies article")) return;
  if (article.matches("main > article")) {
    article.classList.add("sending");
    article.inert = true;
  } else removeCard(article);
}

async function undo(note, form, id) {
  const pressed = form.querySelector("button");
  const fields = new URLSearchParams(new FormData(form));
  const page = await request(note, pressed, form.getAttribute("action"), { method: "POST", body: fields });
  if (!page) return;
  const line = form.parentElement;
  const next = (line.nextElementSibling ?? line.previousElementSibling)?.querySelector("button");
  if (next) {
    line.remove();
    next.focus();
    return;
  }
  line.textContent = page.querySelector(".done > p")?.textContent ?? "";
  note.dataset.back = id;
  note.tabIndex = -1;
  note.focus();
  // The stream brings the message back to its place. A page without one is read again.
  takeBack();
  if (note.isConnected && !document.getElementById("live") && !document.querySelector("textarea")?.value) location.reload();
}

function focusOn(article) {
  const place = article.querySelector(":scope > footer .furthers") ?? article.querySelector("header a");
  place.focus({ preventScroll: true });
}

// The page that answers; null if it refuses, which the note says, or if there is no answer, which the button says. The
// button keeps the focus meanwhile, so it is not disabled.
async function request(note, pressed, address, options) {
  if (pressed.getAttribute("aria-busy") === "true") return null;
  pressed.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, options);
    const page = parse(await answer.text());
    if (answer.ok) return page;
    say(note, (page.querySelector("[role=alert]:not(:empty)") ?? page.querySelector("h1")).textContent);
  } catch {
    pressed.dataset.label ??= pressed.textContent;
    pressed.textContent = FAILED[document.documentElement.lang] ?? FAILED.en;
    setTimeout(() => {
      pressed.textContent = pressed.dataset.label;
    }, 5000);
  } finally {
    pressed.removeAttribute("aria-busy");
  }
  if (note.hidden) removeCard(note);
  return null;
}

function say(note, sentence) {
  const line = document.createElement("p");
  line.textContent = sentence.replaceAll(/\s+/g, " ").trim();
  if (note.hidden) note.replaceChildren(line);
  else note.append(line);
  note.hidden = false;
}
