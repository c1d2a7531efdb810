// New messages as they are put up, without moving what is being read.

const STREAM = "/api/messages.stream";
// A tab that nobody looks at for so long gives its place to others, and catches up later.
const UNWATCHED = 60_000;
// Where there is no room for a stream, ask as often.
const POLL = 10_000;
// As far from the top as this, a new message would push away what is being read.
const TOP = 200;

const live = document.getElementById("live");
const pill = document.getElementById("news");
const plural = new Intl.PluralRules(document.documentElement.lang);
const waiting = new Map();
let repainted = null;
let last = Number(list().dataset.change);
let source = null;
let sleep = 0;

pill.addEventListener("click", () => {
  showWaiting();
  list().scrollIntoView();
  list().focus({ preventScroll: true });
});
document.addEventListener("scroll", () => scrollY < TOP && showWaiting(), { passive: true });
document.addEventListener("shown", (event) => event.target === list() && forgetShown());
document.addEventListener("visibilitychange", () => {
  clearTimeout(sleep);
  if (document.hidden) sleep = setTimeout(close, UNWATCHED);
  else if (!source) open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => event.persisted && !source && open());
open();

function open() {
  source = new EventSource(`${STREAM}?after=${last}`);
  source.addEventListener("open", () => say(""));
  source.addEventListener("message", (event) => hear(event, arrive));
  source.addEventListener("hidden", (event) => hear(event, remove));
  source.addEventListener("reset", reload);
  source.addEventListener("error", () => {
    say(live.dataset.lost);
    // The browser tries again by itself, but not after a refusal such as 503.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(poll, POLL * (0.5 + Math.random()));
    }
  });
}

function close() {
  source?.close();
  source = null;
}

async function poll() {
  if (source || document.hidden) return;
  await reload();
  open();
}

// Too much was missed, or could not be streamed: what is there now, as the server paints it.
async function reload() {
  try {
    const answer = await fetch("/");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("messages");
    if (!answer.ok || !fresh) return;
    last = Number(fresh.dataset.change);
    repainted = fresh;
    for (const card of fresh.querySelectorAll("article")) {
      if (!document.getElementById(card.id)) waiting.set(card.id, card);
    }
    if (scrollY < TOP) showWaiting();
    else count();
  } catch {
    // The next try says so.
  }
}

function hear(event, act) {
  last = Number(event.lastEventId);
  act(JSON.parse(event.data));
}

function arrive(message) {
  // One's own, which the answer to the post has brought.
  if (document.getElementById(`m${message.id}`)) return;
  const card = fill(document.getElementById("card").content.cloneNode(true).firstElementChild, message);
  if (repainted) repainted.prepend(card.cloneNode(true));
  waiting.set(card.id, card);
  if (scrollY < TOP) showWaiting();
  else count();
}

function remove(message) {
  waiting.delete(`m${message.id}`);
  document.getElementById(`m${message.id}`)?.remove();
  count();
}

function showWaiting() {
  if (repainted) {
    const fresh = repainted;
    repainted = null;
    waiting.clear();
    list().replaceWith(fresh);
    shownNow(fresh);
    return;
  }
  if (waiting.size === 0) return;
  list().querySelector(".empty")?.remove();
  for (const card of waiting.values()) {
    list().prepend(card);
    shownNow(card);
  }
  waiting.clear();
  count();
}

// The script that posts has painted the list anew, with what waited in it.
function forgetShown() {
  for (const id of waiting.keys()) if (document.getElementById(id)) waiting.delete(id);
  last = Math.max(last, Number(list().dataset.change));
  count();
}

function shownNow(card) {
  card.dispatchEvent(new Event("shown", { bubbles: true }));
}

function fill(card, message) {
  card.id = `m${message.id}`;
  card.querySelector("header").id = `by${message.id}`;
  card.setAttribute("aria-labelledby", `by${message.id}`);
  card.querySelector(".name").textContent = message.name;
  card.querySelector(message.name === null ? ".name" : ".nameless").remove();
  card.querySelector("a").href = `/m/${message.id}`;
  card.querySelector("time").dateTime = message.created;
  card.querySelector("p").replaceChildren(...linked(message));
  return card;
}

// Positions are in characters, not in JavaScript's halves of them.
function linked({ text, links = [] }) {
  const characters = [...text];
  const pieces = [];
  let position = 0;
  for (const [start, end] of links) {
    const address = characters.slice(start, end).join("");
    const link = document.createElement("a");
    link.href = address;
    link.rel = "nofollow ugc noopener noreferrer";
    link.textContent = address;
    pieces.push(characters.slice(position, start).join(""), link);
    position = end;
  }
  return [...pieces, characters.slice(position).join("")];
}

function count() {
  const form = { one: pill.dataset.one, few: pill.dataset.few }[plural.select(waiting.size)] ?? pill.dataset.many;
  pill.textContent = waiting.size ? form.replace(/\d+/, waiting.size) : "";
  pill.hidden = waiting.size === 0;
}

function say(sentence) {
  live.textContent = sentence;
  live.hidden = !sentence;
}

function list() {
  return document.getElementById("messages");
}
