// Shows what has changed on the desk, while it is visible and nobody is in the middle of something.

import { parse } from "./parse.js";

const EVERY = 5000;
// As long as a finger needs that is on its way: what it meets then is another card.
const PAUSE = 500;

setInterval(() => document.hidden || look(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || look());

let isLooking = false;

async function look() {
  if (isLooking) return;
  isLooking = true;
  try {
    const answer = await fetch(desk().dataset.here);
    if (answer.ok) show(parse(await answer.text()));
  } catch {
    // The next look may succeed; until then the page stays as it is.
  }
  isLooking = false;
}

function show(page) {
  const [now, next] = [desk(), desk(page)];
  // Without the desk it is the form to sign in: the session is over, and the next press says so.
  if (!next || now.dataset.change === next.dataset.change || isInUse(now)) return;
  const [tabs, newTabs] = [document, page].map((one) => one.getElementById("tabs"));
  if (!tabs.contains(document.activeElement)) tabs.replaceChildren(...newTabs.childNodes);
  document.title = page.title;
  const first = scrollY > 0 && [...now.querySelectorAll(".by")].find((one) => top(one) > 0);
  const before = first && top(first);
  now.replaceWith(next);
  next.dispatchEvent(new Event("shown", { bubbles: true }));
  const same = first && document.getElementById(first.id);
  if (same) scrollBy(0, top(same) - before);
  next.inert = true;
  setTimeout(() => {
    next.inert = false;
  }, PAUSE);
}

function top(one) {
  return one.getBoundingClientRect().top;
}

// A card that somebody uses stays as it is.
function isInUse(section) {
  const open = section.querySelector("details[open], :hover:is(form *, summary)");
  return section.contains(document.activeElement) || open !== null;
}

function desk(page = document) {
  return page.getElementById("desk");
}
