// Adds a link to edit one's own messages, for as long as they may be edited.

import { now } from "./clock.js";
import { cookie } from "./key.js";

const EVERY = 30_000;

document.addEventListener("shown", mark);
document.addEventListener("more", mark);
document.addEventListener("clock", mark);
setInterval(mark, EVERY);
mark();

function mark() {
  const ids = new Set(editable());
  for (const link of document.querySelectorAll("a.mine")) {
    if (!ids.has(link.closest("article").id.slice(1))) link.remove();
  }
  for (const id of ids) {
    const footer = document.querySelector(`#m${id} > footer`);
    const form = footer?.querySelector("form");
    if (form && !footer.querySelector(".mine")) form.after(editLink(id));
  }
}

// A cookie names the messages and until when each may be edited; it expires with the last of them.
function editable() {
  const own = cookie("mine")
    .split(".")
    .map((one) => one.split("-"));
  return own.filter(([, until]) => until * 1000 > now()).map(([id]) => id);
}

function editLink(id) {
  const link = document.createElement("a");
  const { edit, mine: words } = document.getElementById("messages").dataset;
  link.className = "mine";
  link.href = edit.replace("/m//", `/m/${id}/`);
  link.target = "_self";
  link.textContent = words;
  return link;
}
