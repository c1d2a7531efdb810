// Saves what is being typed in this browser until it is posted, and the name for the next time. Each tab has a draft of its
// own for each form; a new tab begins with the newest one, since the tab that has typed it may be closed. No page has the
// name: it stays out of the caches that visitors share.

import { base, randomHex } from "./key.js";

const NAME = `${base.slice(1)}name`;
// How many drafts of one form are kept.
const MOST = 5;
// A message that could not be sent is sent by itself within this time after it was typed, also after a reload.
const FRESH = 60 * 60_000;

const tab = tabName();
// The text with which a form began, if that was a draft; another tab may have typed it.
const origins = new WeakMap();

document.addEventListener("input", (event) => event.target.form?.matches(".write") && save(event.target.form));
document.addEventListener("unsent", (event) => save(event.target, Date.now()));
document.addEventListener("posted", (event) => discard(event.target));
document.addEventListener("opened", (event) => start(event.target));
addEventListener("storage", ({ key }) => {
  for (const form of forms()) if (key === storageKey(form)) forget(form);
});
forms().forEach(start);

// A form that edits a message has no nonce, and no draft either.
function forms() {
  return [...document.querySelectorAll("form.write [name=nonce]")].map(({ form }) => form);
}

function start(form) {
  const { text, name, nonce } = form.elements;
  const drafts = load(form);
  // All visitors of a cached page get the same nonce; with scripts each draft has one of its own.
  if (nonce.value.startsWith("page-")) renewNonce(form);
  const draft = text.value ? same(drafts, text.value) : (drafts[tab] ?? newest(drafts)[0]?.[1]);
  if (draft) {
    text.value = draft.text ?? "";
    name.value ||= draft.name ?? "";
    // The draft may have been posted and only the answer lost: the same nonce prevents a duplicate.
    nonce.value = draft.nonce;
    origins.set(form, text.value);
    if (text.value && Date.now() - draft.unsent < FRESH) form.dataset.unsent = "";
  } else if (text.value) save(form);
  // A text may be without a name on purpose.
  if (!text.value) name.value ||= remembered();
  sayWhere(form);
}

// Firefox fills the form when it reloads. The text of a page that shows a refusal is another one, and newer.
function same(drafts, text) {
  return Object.values(drafts).find((draft) => draft.text === text);
}

// Each form has drafts of its own, and each of a site's walls.
function storageKey(form) {
  const { thread, reply_to } = form.elements;
  return [`${base.slice(1)}draft`, thread?.value, reply_to?.value].filter(Boolean).join(":");
}

function load(form) {
  try {
    let drafts = JSON.parse(localStorage.getItem(storageKey(form)));
    // As an earlier release has saved it.
    if (drafts?.nonce) drafts = { earlier: drafts };
    return Object.fromEntries(Object.entries(drafts ?? {}).filter(([, draft]) => draft?.nonce));
  } catch {
    // Storage is forbidden, or its content is no draft.
    return {};
  }
}

function store(form, drafts) {
  try {
    const kept = newest(drafts).slice(0, MOST);
    if (kept.length > 0) localStorage.setItem(storageKey(form), JSON.stringify(Object.fromEntries(kept)));
    else localStorage.removeItem(storageKey(form));
  } catch {
    // Storage may be forbidden or full; then no draft is saved.
  }
}

function newest(drafts) {
  return Object.entries(drafts).sort(([, one], [, other]) => other.saved - one.saved);
}

function save(form, unsent) {
  const { text, name, nonce } = form.elements;
  if (!nonce) return;
  const draft = { text: text.value, name: name.value, nonce: nonce.value, saved: Date.now(), unsent };
  store(form, { ...load(form), [tab]: draft });
}

// In other tabs too, unless it was changed there.
function discard(form) {
  const { text, name, nonce } = form.elements;
  const done = [text.value, origins.get(form)];
  const { [tab]: _, ...others } = load(form);
  const left = Object.entries(others).filter(([, draft]) => draft.nonce !== nonce.value || !done.includes(draft.text));
  store(form, Object.fromEntries(left));
  origins.delete(form);
  renewNonce(form);
  remember(name.value.trim());
  forms().forEach(sayWhere);
}

// Another tab has posted the draft that this form shows.
function forget(form) {
  const { text, nonce } = form.elements;
  if (text.value !== origins.get(form)) return;
  if (Object.values(load(form)).some((draft) => draft.nonce === nonce.value)) return;
  text.value = "";
  renewNonce(form);
}

function renewNonce(form) {
  form.elements.nonce.value = randomHex(16);
}

function tabName() {
  const fresh = randomHex(4);
  try {
    const known = sessionStorage.getItem("tab") ?? fresh;
    sessionStorage.setItem("tab", known);
    return known;
  } catch {
    return fresh;
  }
}

// An empty name too: the next message of its author has none either.
function remember(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Storage is forbidden, so no name is kept.
  }
}

function remembered() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

// Under a form that has the name of the last time: where it is kept, and a button to forget it.
function sayWhere(form) {
  form.querySelector(".remembered")?.remove();
  if (!remembered() || form.elements.name.value !== remembered()) return;
  const [line, button] = ["p", "button"].map((name) => document.createElement(name));
  line.className = "remembered";
  button.type = "button";
  button.textContent = form.dataset.forget;
  button.addEventListener("click", forgetName);
  line.append(`${form.dataset.remembered} `, button);
  form.querySelector(".row").after(line);
}

function forgetName({ target }) {
  const own = target.form.elements.name;
  localStorage.removeItem(NAME);
  for (const line of document.querySelectorAll(".remembered")) {
    const { name } = line.closest("form").elements;
    line.remove();
    name.value = "";
    // The draft is another one now.
    name.dispatchEvent(new Event("input", { bubbles: true }));
  }
  own.focus();
}
