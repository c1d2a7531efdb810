// Opens a conversation within the wall: all replies, and a form to write one.

import { cancelButton } from "./cancel.js";
import { replies } from "./card.js";
import { current, fetched } from "./fetched.js";

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && target.form?.matches(".replies > form")) close(target.form);
});

// What the first press of a double click opens, the second does not close.
export async function open(link, isSecond) {
  const article = link.closest("article:not(.reply)");
  const form = article.querySelector(":scope > .replies > form");
  if (form && link.matches(".answer")) {
    if (form.hidden || isSecond) show(form);
    else close(form);
    return;
  }
  const page = await fetched(link);
  if (!page) return;
  try {
    if (link.rel === "next") append(link, article, page);
    else unfold(current(article), page, link.matches(".answer"));
  } catch {
    // The message's own page does the same without scripts, or shows the error.
    location.assign(link.href);
  }
}

function unfold(article, page, focusForm) {
  const below = replies(article);
  // A conversation that is too old says so in the place of the form; one that is locked has neither.
  const form = page.getElementById("answer") ?? page.getElementById("closed");
  below.replaceChildren(...answers(article, page));
  if (form) {
    // Several forms may be open, and an id must be unique.
    form.removeAttribute("id");
    below.append(form);
    if (form.elements) form.querySelector(".row").append(cancelButton(() => close(form)));
  }
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  if (form?.elements) form.dispatchEvent(new Event("opened", { bubbles: true }));
  if (form && focusForm) focusOn(form.elements?.text ?? form);
  else below.querySelector("header a")?.focus({ preventScroll: true });
}

// It keeps what was typed, and the replies stay where they are.
function close(form) {
  form.hidden = true;
  form.closest("article").querySelector(":scope > footer > .answer").focus();
}

function show(form) {
  form.hidden = false;
  form.elements.text.focus();
}

function focusOn(place) {
  if (!place.matches("textarea")) place.tabIndex = -1;
  place.focus();
}

function append(link, article, page) {
  const below = replies(article);
  // Some may have arrived by the stream meanwhile.
  const fresh = answers(article, page).filter((one) => !document.getElementById(one.id));
  link.closest(".folded").replaceWith(...fresh);
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  fresh[0]?.querySelector("a").focus({ preventScroll: true });
}

// The replies on a message's own page, and a link to the next page of them.
function answers(article, page) {
  const found = [...page.querySelectorAll(`#${article.id} > .replies > article`)];
  const next = page.querySelector("main > .onward [rel=next]");
  if (!next) return found;
  const more = document.createElement("p");
  more.className = "folded";
  more.append(next);
  return [...found, more];
}
