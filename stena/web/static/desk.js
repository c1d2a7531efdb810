// Shows what has changed on the desk, while it is visible and nobody is in the middle of something.

import { parse } from "./parse.js";

// How often it looks while the stream says nothing, or is not open.
const EVERY = 5000;
// The stream speaks every 15 seconds. If it is silent for longer, something holds it back.
const SILENCE = 20_000;
// As long as a finger needs that is on its way: what it meets then is another card.
const PAUSE = 500;

let stream = null;
let heard = Number.NEGATIVE_INFINITY;
// The number of what there is to show, as the stream said it last.
let newest = "";
let isLooking = false;
let isSignedIn = true;

// What a search has found stays as it is.
if (desk().dataset.stream) begin();

function begin() {
  document.addEventListener("visibilitychange", follow);
  setInterval(check, EVERY);
  follow();
}

function check() {
  if (document.hidden) return;
  if (stream?.readyState === EventSource.CLOSED && isSignedIn) follow();
  if (performance.now() - heard > SILENCE || newest !== desk().dataset.change) look();
}

// A hidden page holds no connection.
function follow() {
  stream?.close();
  stream = null;
  if (document.hidden) return;
  stream = new EventSource(desk().dataset.stream);
  stream.onmessage = ({ data }) => {
    heard = performance.now();
    newest = data;
    if (newest !== desk().dataset.change) look();
  };
}

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
  isSignedIn = next !== null;
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
