// Bounds the cards of an open page: one that stays open on a busy wall would get slower and slower.

import { idOf } from "./card.js";

const onward = document.getElementById("onward").content;

// Removes the oldest cards until there are `most`; they are on later pages then. Those that are in view or in use stay, and
// all for a reader who is not at the top, so nothing that is read moves. `cut` is the id of the oldest message after those
// that were removed before, or 0.
export function trim(list, most, { cut, atTop }) {
  let count = list.querySelectorAll("article").length;
  if (!cut && count <= most) return;
  let oldest = cut;
  const unseen = [...list.querySelectorAll(":scope > article")].filter((article) => !isSeen(article));
  for (const article of unseen.reverse()) {
    if (!atTop || count <= most) break;
    if (isInUse(article)) continue;
    count -= 1 + article.querySelectorAll("article").length;
    article.remove();
    oldest = idOf(article) + 1;
  }
  if (oldest) continueBefore(list, oldest);
}

// A frame is as high as its content, and what is seen of it begins near its top for a reader who is there.
function isSeen(article) {
  const { top, bottom } = article.getBoundingClientRect();
  return top < Math.min(innerHeight, 2 * screen.height) && bottom > 0;
}

function isInUse(article) {
  return article.contains(document.activeElement) || article.querySelector(".write, .editing");
}

function continueBefore(list, id) {
  list.querySelector(":scope > .end")?.remove();
  let place = list.querySelector(":scope > .earlier");
  if (!place) {
    place = onward.querySelector(".earlier").cloneNode(true);
    list.append(place);
  }
  const link = place.firstElementChild;
  const address = new URL(link.href, location.href);
  // A card in use may have stayed below others that were removed, and leave later.
  address.searchParams.set("before", Math.max(id, address.searchParams.get("before")));
  link.setAttribute("href", address.pathname + address.search);
}
