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

// The wall tells which they are by a cookie that goes when the time is up.
function mine() {
  const found = new RegExp(`(?:^|; )${named("mine")}=([\\d.]+)`).exec(document.cookie);
  return found ? found[1].split(".").filter(Boolean) : [];
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
