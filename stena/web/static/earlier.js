// Appends older messages to the end of the page.

import { parse } from "./parse.js";

export async function open(link) {
  const end = link.closest(".earlier");
  link.setAttribute("aria-busy", "true");
  link.textContent = link.dataset.loading;
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.status);
    const page = parse(await answer.text());
    append(end, [...page.getElementById("messages").children]);
  } catch {
    link.removeAttribute("aria-busy");
    link.textContent = link.dataset.failed;
  }
}

function append(end, older) {
  // Messages posted meanwhile may shift one that is here already to the next page.
  const fresh = older.filter((part) => !part.id || !document.getElementById(part.id));
  const list = end.parentElement;
  end.replaceWith(...fresh);
  list.dispatchEvent(new Event("more", { bubbles: true }));
  const first = fresh.find((part) => part.matches("article"));
  first?.setAttribute("tabindex", "-1");
  first?.focus({ preventScroll: true });
}
