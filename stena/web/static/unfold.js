// Opens a conversation within the wall: all replies, and a form to write one.

import { replies } from "./card.js";
import { parse } from "./parse.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("#messages .answer, #messages .folded a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy") !== "true") unfold(link);
});

async function unfold(link) {
  const article = link.closest("#messages > article");
  const form = article.querySelector(":scope > .replies > form");
  if (form && link.matches(".answer")) {
    form.elements.text.focus();
    return;
  }
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    const page = parse(await answer.text());
    if (link.rel === "next") append(link, article, page);
    else open(article, page, link.matches(".answer"));
  } catch {
    // The message's own page does the same without scripts, or shows the error.
    location.assign(link.href);
  }
  link.removeAttribute("aria-busy");
}

function open(article, page, focusForm) {
  const below = replies(article);
  const form = page.getElementById("answer");
  // Several forms may be open, and an id must be unique.
  form.removeAttribute("id");
  below.replaceChildren(...answers(article, page), form);
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  form.dispatchEvent(new Event("opened", { bubbles: true }));
  if (focusForm) form.elements.text.focus();
  else below.querySelector("header a")?.focus({ preventScroll: true });
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
