// Edits or deletes one's own message where it stands. A deletion can be undone for some seconds: until then this page
// merely hides the message, and the wall knows nothing of it.

import { cancelButton } from "./cancel.js";
import { removeCard } from "./card.js";
import { current, fetched } from "./fetched.js";
import { parse } from "./parse.js";

const UNDO_SECONDS = 10;

// By card, the deletions that can still be undone. If the page is left before, they are made at once.
const pending = new Map();
document.addEventListener("visibilitychange", () => document.hidden && deleteAll());
addEventListener("pagehide", deleteAll);

// What the first press of a double click opens, the second does not close.
export async function open(link, isSecond) {
  const article = link.closest("article");
  const place = placeOf(article);
  if (place) {
    if (isSecond) place.querySelector("textarea, button").focus();
    else close(article);
    return;
  }
  const page = await fetched(link);
  if (!page) return;
  try {
    show(current(article), page.getElementById("write"), page.querySelector(".danger"));
  } catch {
    // That page says why it cannot be edited.
    location.assign(link.href);
  }
}

function show(article, form, removal) {
  const place = document.createElement("div");
  place.className = "editing";
  form.removeAttribute("id");
  form.querySelector(".row").append(cancelButton(() => close(article)));
  place.append(form, removal);
  // Before post.js, which posts new messages.
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (event.target === form) save(article, form);
    else removeLater(article, removal);
  });
  place.addEventListener("keydown", ({ key }) => key === "Escape" && close(article));
  article.querySelector(":scope > .words").after(place);
  form.elements.text.focus();
}

function close(article) {
  clearTimeout(pending.get(article)?.timer);
  pending.delete(article);
  placeOf(article)?.remove();
  (article.querySelector(":scope > footer > .mine") ?? article.querySelector("header a")).focus();
}

async function save(article, form) {
  const button = form.querySelector("button");
  if (button.matches("[aria-disabled]")) return;
  button.setAttribute("aria-disabled", "true");
  const { page, refusal } = await send(form);
  button.removeAttribute("aria-disabled");
  const fresh = page?.getElementById(article.id);
  if (!fresh) {
    refuse(form, refusal ?? form.dataset.offline);
    return;
  }
  for (const part of ["header", ".words"]) {
    article.querySelector(`:scope > ${part}`).replaceWith(fresh.querySelector(`:scope > ${part}`));
  }
  article.dispatchEvent(new Event("shown", { bubbles: true }));
  close(article);
  // The new text waits for the owner.
  const held = page.getElementById("held");
  if (held) article.before(held);
}

function refuse(form, sentence) {
  form.querySelector(".refusal").textContent = sentence;
  // Unless the visitor is elsewhere by now.
  if (form.closest("article").contains(document.activeElement)) form.elements.text.focus();
}

// The page that answers, or the sentence with which it refuses; neither if there is no answer.
async function send(form, more) {
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, ...more });
    const page = parse(await answer.text());
    if (answer.ok) return { page };
    return { refusal: (page.querySelector(".refusal:not(:empty)") ?? page.querySelector("h1")).textContent.trim() };
  } catch {
    return {};
  }
}

function removeLater(article, removal) {
  const place = placeOf(article);
  const kept = [...place.childNodes];
  const line = document.createElement("p");
  const undo = document.createElement("button");
  line.setAttribute("role", "status");
  line.textContent = removal.dataset.pending;
  undo.type = "button";
  undo.className = "quiet";
  undo.textContent = removal.dataset.undo;
  undo.addEventListener("click", () => close(article));
  // The second press of a double click meets nothing else.
  place.style.minHeight = `${place.offsetHeight}px`;
  place.replaceChildren(line, undo);
  undo.focus();
  pending.set(article, { finish, timer: setTimeout(finish, UNDO_SECONDS * 1000) });

  async function finish() {
    clearTimeout(pending.get(article).timer);
    pending.delete(article);
    undo.remove();
    const { page, refusal } = await send(removal, { keepalive: true });
    if (!page) {
      place.style.minHeight = "";
      place.replaceChildren(...kept);
      refuse(kept[0], refusal ?? removal.dataset.failed);
    } else if (article.querySelector(".replies article")) {
      // It leaves its place, which the stream brings.
      place.remove();
    } else removeCard(article);
  }
}

function deleteAll() {
  for (const { finish } of [...pending.values()]) finish();
}

function placeOf(article) {
  return article.querySelector(":scope > .editing");
}
