// Opens a conversation where it stands: all replies, and a place to write one.

import { replies } from "./card.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest(".answer, .folded a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  unfold(link);
});

async function unfold(link) {
  const article = link.closest("#messages > article");
  const there = article?.querySelector(":scope > .replies > form");
  if (there) {
    there.elements.text.focus();
    return;
  }
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    open(article, page, link.matches(".answer"));
  } catch {
    // Its own page does it too, or says why not.
    location = link.href;
  }
  link.removeAttribute("aria-busy");
}

function open(article, page, writing) {
  const below = replies(article);
  const fresh = page.querySelector(`#${article.id} > .replies`);
  const form = page.getElementById("answer");
  // Of two that are open only one could have it.
  form.removeAttribute("id");
  const next = page.querySelector("main > .onward [rel=next]");
  below.replaceChildren(...(fresh?.childNodes ?? []));
  if (next) {
    const more = document.createElement("p");
    more.className = "folded";
    more.append(next);
    below.append(more);
  }
  below.append(form);
  below.dispatchEvent(new Event("shown", { bubbles: true }));
  form.dispatchEvent(new Event("opened", { bubbles: true }));
  if (writing) form.elements.text.focus();
}
