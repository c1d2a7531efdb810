// Shows the way to change one's own messages, for as long as they may be changed.

import { named } from "./key.js";

const EVERY = 30_000;

document.addEventListener("shown", mark);
document.addEventListener("more", mark);
setInterval(mark, EVERY);
mark();

function mark() {
  const ids = new Set(mine());
  for (const link of document.querySelectorAll("a.mine")) {
    if (!ids.has(link.closest("article").id.slice(1))) link.remove();
  }
  for (const id of ids) {
    const footer = document.querySelector(`#m${id} > footer`);
    if (footer?.querySelector("form") && !footer.querySelector(".mine")) footer.querySelector("form").after(way(id));
  }
}

// The wall tells which they are, and until when, by a cookie that goes with the last of them.
function mine() {
  const [, told = ""] = new RegExp(`(?:^|; )${named("mine")}=([\\d.-]+)`).exec(document.cookie) ?? [];
  const known = told.split(".").map((one) => one.split("-"));
  return known.filter(([, until]) => until * 1000 > Date.now()).map(([id]) => id);
}

function way(id) {
  const link = document.createElement("a");
  const { edit, mine } = document.getElementById("messages").dataset;
  link.className = "mine";
  link.href = edit.replace("/m/", `/m/${id}`);
  link.target = "_self";
  link.textContent = mine;
  return link;
}
