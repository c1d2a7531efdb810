// The notice of the team above the form.

import { parse } from "./parse.js";

export function show({ text, html }) {
  const old = document.getElementById("notice");
  if (!text) {
    old?.remove();
    return;
  }
  const words = document.createElement("div");
  words.className = "words";
  if (html) {
    // Sanitized: the server allows only a few elements in it.
    words.replaceChildren(...parse(html).body.childNodes);
  } else {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.textContent = text;
    words.append(paragraph);
  }
  if (old?.firstElementChild.isEqualNode(words)) return;
  const made = document.createElement("aside");
  made.id = "notice";
  made.className = "note";
  made.setAttribute("aria-label", document.getElementById("messages").dataset.notice);
  made.append(words);
  if (old) old.replaceWith(made);
  else document.getElementById("write").before(made);
}
