// Fetches the page of a link. Without a connection it says so beside the link: the browser's own page with an error would
// take the wall away, with all that is open and with what waits to be sent.

import { parse } from "./parse.js";

// The page, or null.
export async function fetched(link) {
  const article = link.closest("article");
  article.querySelector(":scope > .refusal")?.remove();
  link.setAttribute("aria-busy", "true");
  try {
    return parse(await (await fetch(link.href)).text());
  } catch {
    say(article);
    return null;
  } finally {
    link.removeAttribute("aria-busy");
  }
}

// The card as it is now: the list may have been replaced meanwhile.
export function current(article) {
  return article.isConnected ? article : document.getElementById(article.id);
}

function say(article) {
  const sentence = document.createElement("p");
  sentence.className = "refusal";
  sentence.setAttribute("role", "alert");
  // An earlier page of the wall has no stream that tries again.
  sentence.textContent = (document.getElementById("live") ?? document.getElementById("messages")).dataset.lost;
  article.querySelector(":scope > footer").after(sentence);
  document.addEventListener("reachable", () => sentence.remove(), { once: true });
  document.dispatchEvent(new Event("unreachable"));
}
