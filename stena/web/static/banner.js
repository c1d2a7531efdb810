// The notice of the team on a screen in a hall, above the sheets.

import { parse } from "./parse.js";

const list = document.getElementById("messages");

document.addEventListener("notice", ({ detail: { text, html } }) => {
  // Sanitized: the server allows only a few elements in it.
  const parts = html ? [...parse(html).body.childNodes] : text ? [paragraph(text)] : [];
  show(parts);
});
// The page was fetched again.
document.addEventListener("refreshed", ({ detail: page }) => {
  show([...(page.querySelector("#notice > .words")?.childNodes ?? [])]);
});

function show(parts) {
  const old = document.getElementById("notice");
  if (parts.length === 0) {
    old?.remove();
    return;
  }
  const words = document.createElement("div");
  words.className = "words";
  words.append(...parts);
  for (const link of words.querySelectorAll("a")) for (const name of ["href", "rel"]) link.removeAttribute(name);
  if (old?.firstElementChild.isEqualNode(words)) return;
  const made = document.createElement("aside");
  made.id = "notice";
  made.setAttribute("aria-label", list.dataset.notice);
  made.append(words);
  old?.remove();
  list.before(made);
  made.dispatchEvent(new Event("shown", { bubbles: true }));
}

function paragraph(text) {
  const made = document.createElement("p");
  made.dir = "auto";
  made.textContent = text;
  return made;
}
