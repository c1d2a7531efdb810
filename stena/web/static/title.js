// Counts in the title of a tab that nobody sees how many messages are new. Such a tab has no stream; it asks now and
// then, and less and less often.

import { parse } from "./parse.js";

const FIRST = 30_000;
const LONGEST = 15 * 60_000;

let title = "";
let newest = 0;
let pause = 0;
let timer = 0;

document.addEventListener("visibilitychange", watch);
watch();

function watch() {
  clearTimeout(timer);
  if (!document.hidden) {
    if (title) document.title = title;
    title = "";
    return;
  }
  title ||= document.title;
  newest = Math.max(0, ...ids(document));
  pause = FIRST;
  wait();
}

function wait() {
  // Not all at the same moment.
  timer = setTimeout(ask, pause * (1 + Math.random() / 4));
  pause = Math.min(2 * pause, LONGEST);
}

async function ask() {
  try {
    const answer = await fetch(location.pathname + location.search);
    const found = answer.ok ? ids(parse(await answer.text())).filter((id) => id > newest) : [];
    if (document.hidden && found.length) document.title = `(${found.length}) ${title}`;
  } catch {
    // The next time may succeed.
  }
  if (document.hidden) wait();
}

function ids(page) {
  return [...page.querySelectorAll("article")].map(({ id }) => Number(id.slice(1)) || 0);
}
