// Opens a conversation where it stands: all replies, and a place to write one.

import { replies } from "./card.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("#messages .answer, #messages .folded a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy") !== "true") unfold(link);
});

async function unfold(link) {
  const article = link.closest("#messages > article");
  const there = article.querySelector(":scope > .replies > form");
  if (there && link.matches(".answer")) {
    there.elements.text.focus();
    return;
  }
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (link.rel === "next") goOn(link, article, page);
    else open(article, page, link.matches(".answer"));
  } catch {
    // Its own page does it too, or says why not.
    location = link.href;
  }
  link.removeAttribute("aria-busy");
}

function open(article, page, writing) {
  const below = replies(article);
  const form = page.getElementById("answer");
  // Of two that are open only one could have it.
  form.removeAttribute("id");
  below.replaceChildren(...answers(article, page), form);
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  form.dispatchEvent(new Event("opened", { bubbles: true }));
  if (writing) form.elements.text.focus();
  else below.querySelector("header a")?.focus({ preventScroll: true });
}

function goOn(link, article, page) {
  const below = replies(article);
  // What came live meanwhile stands there already.
  const fresh = answers(article, page).filter((one) => !document.getElementById(one.id));
  link.closest(".folded").replaceWith(...fresh);
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  fresh[0]?.querySelector("a").focus({ preventScroll: true });
}

// The replies of a message's own page, and the way to those that it has no room for.
function answers(article, page) {
  const found = [...page.querySelectorAll(`#${article.id} > .replies > article`)];
  const next = page.querySelector("main > .onward [rel=next]");
  if (!next) return found;
  const more = document.createElement("p");
  more.className = "folded";
  more.append(next);
  return [...found, more];
}
