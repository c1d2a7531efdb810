// Posts without leaving the page: sends the same forms and reads the same pages in answer.

import { card, keepOpen, putFirst } from "./card.js";
import { cookie, ensureKey } from "./key.js";
import { parse } from "./parse.js";

const TIMEOUT = 30_000;
// The same as the server folds, more or less: the answer brings it soon.
const LONG = 840;
const LINES = 14;
// The pauses before what could not be sent is sent again.
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 60_000];
// What a proxy answers that does not reach the wall.
const AWAY = [502, 503, 504];

let pause = FIRST_PAUSE;
let timer = 0;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.write")) return;
  // If anything is missing in this browser, it sends the form as without scripts.
  send(form);
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const form = event.target.form;
  if (event.key === "Escape" && form?.matches(".first") && !form.elements.text.value) shut(form);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.matches(".write")) button(form).click();
});
// The form on top is one line until it is touched; it then stays open, so that nothing moves under a finger.
for (const kind of ["focusin", "click"]) document.addEventListener(kind, ({ target }) => openFirst(target));
document.addEventListener("input", (event) => event.target.form?.matches(".write") && change(event.target.form));
document.addEventListener("opened", (event) => begin(event.target));
document.querySelectorAll("form.write").forEach(begin);
// The network is back, or the stream: see stream.js.
addEventListener("online", sendSoon);
document.addEventListener("reachable", sendSoon);
if (cookie("team")) import("./team.js");

function openFirst(target) {
  const { form } = target;
  if (!form?.matches?.(".first")) return;
  // The button moves away from under the finger.
  if (!form.matches(".open") && target.matches("button")) form.elements.text.focus();
  form.classList.add("open");
  form.classList.remove("shut");
}

function shut(form) {
  form.elements.text.focus();
  form.classList.remove("open");
  form.classList.add("shut");
}

function begin(form) {
  count(form);
  if ("unsent" in form.dataset) send(form);
}

// What was changed is sent when the visitor says so.
function change(form) {
  count(form);
  if (!("unsent" in form.dataset)) return;
  delete form.dataset.unsent;
  showError(form, "text", "");
}

function sendSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    document.querySelectorAll("form.write[data-unsent]").forEach(send);
  }, pause * (0.5 + Math.random()));
}

function send(form) {
  if (!isBusy(form)) post(form);
}

function post(form) {
  loadTools();
  const key = ensureKey();
  const body = new URLSearchParams(new FormData(form));
  if (key && !body.has("key")) body.set("key", key);
  // The answer has the private link then, which a cookie carries to the next page otherwise.
  if (key) body.set("cookieless", "1");
  const control = new AbortController();
  const late = setTimeout(() => control.abort(), TIMEOUT);
  form.querySelector("[role=status]").textContent = "";
  const preview = showPreview(form);
  setSending(form, true);
  ask(form, { method: "POST", body, signal: control.signal }).then(() => {
    clearTimeout(late);
    preview?.remove();
    setSending(form, false);
  });
}

async function ask(form, options) {
  let answer = null;
  let page = null;
  try {
    answer = await fetch(form.action, options);
    page = parse(await answer.text());
    if (AWAY.includes(answer.status) && !formOf(page)) throw new Error(answer.status);
  } catch {
    wait(form);
    return;
  }
  delete form.dataset.unsent;
  pause = FIRST_PAUSE;
  const address = answer.redirected ? answer.url : location.href;
  try {
    showResult(form, page, answer.ok, address);
  } catch {
    // This browser cannot show it here.
    location.assign(address);
  }
}

// Until the wall can be reached: then it is sent by itself.
function wait(form) {
  form.dataset.unsent = "";
  form.dispatchEvent(new Event("unsent", { bubbles: true }));
  showError(form, "text", form.dataset.offline);
  document.dispatchEvent(new Event("unreachable"));
  if (navigator.onLine) sendSoon();
}

// The message as it will look, but paler, until the answer arrives.
function showPreview(form) {
  const list = document.getElementById("messages");
  if (form.elements.reply_to || !list || !form.elements.text.value.trim()) return null;
  const { text, name } = form.elements;
  const preview = card({
    id: "sending", text: text.value.trim(), name: name.value.trim() || null, created: new Date().toISOString(),
    edited: null, reply_to: null, reactions: {}, hue: null, deleted: false,
    long: text.value.length > LONG || text.value.split("\n").length > LINES ? "always" : "",
  });
  preview.classList.add("sending", "new");
  preview.setAttribute("aria-busy", "true");
  preview.inert = true;
  putFirst(preview, list);
  preview.dispatchEvent(new Event("shown", { bubbles: true }));
  return preview;
}

function showResult(form, page, posted, address) {
  const reply = form.elements.reply_to?.value;
  const held = page.getElementById("held");
  if (posted && held) {
    clear(form, form.dataset.waits);
    document.getElementById("held")?.remove();
    showLink(form, page);
    form.after(held);
    return;
  }
  const fresh = formOf(page);
  if (!fresh) {
    // An error page: its heading is the sentence to show.
    showError(form, "text", page.querySelector("h1")?.textContent || form.dataset.offline);
    return;
  }
  for (const field of ["text", "name"]) {
    showError(form, field, fresh.querySelector(`[id^=${field}-refusal]`).textContent);
  }
  const step = fresh.querySelector(".step");
  if (step) import("./step.js").then(({ take }) => take(form, step));
  if (!posted) return;
  document.getElementById("held")?.remove();
  clear(form, form.dataset.posted);
  showLink(form, page);
  if (reply) replaceReplies(form, page, reply);
  else replaceMessages(page, address);
  showOwn();
}

function formOf(page) {
  return page.getElementById("answer") ?? page.getElementById("write");
}

function clear(form, sentence) {
  for (const field of ["text", "name"]) showError(form, field, "");
  form.dispatchEvent(new Event("posted", { bubbles: true }));
  form.elements.text.value = "";
  count(form);
  form.querySelector("[role=status]").textContent = sentence;
}

// The private link is in this answer only.
function showLink(form, page) {
  const note = page.getElementById("kept");
  document.getElementById("kept")?.remove();
  if (!note) return;
  form.after(note);
  note.dispatchEvent(new Event("shown", { bubbles: true }));
}

function replaceMessages(page, address) {
  const messages = document.getElementById("messages");
  if (!messages) return;
  const fresh = page.getElementById("messages");
  if (!fresh) {
    // It was sent before, and has left the newest page since: its own page shows it.
    location.assign(address);
    return;
  }
  keepOpen(messages, fresh);
  messages.replaceWith(fresh);
  fresh.dispatchEvent(new Event("shown", { bubbles: true }));
  dispatchReplaced(page);
}

function replaceReplies(form, page, above) {
  const article = document.getElementById(`m${above}`);
  const fresh = page.querySelector(`#m${above} > .replies`);
  if (!article || !fresh) return;
  const existing = article.querySelector(":scope > .replies");
  if (article.contains(form)) {
    // Replacing the replies would replace the form too, so only new ones are added.
    form.before(...[...fresh.querySelectorAll("article")].filter((one) => !document.getElementById(one.id)));
  } else {
    if (existing) existing.replaceWith(fresh);
    else article.append(fresh);
    dispatchReplaced(page);
  }
  article.lastElementChild.dispatchEvent(new Event("shown", { bubbles: true }));
}

// What the stream has brought since the server rendered the answer is not in it.
function dispatchReplaced(page) {
  document.dispatchEvent(new CustomEvent("replaced", { detail: page }));
}

// Its private link, which is shown once, contains the id; the message may have arrived by the stream before the answer.
function showOwn() {
  const [, id] = /\/edit\/(\d+)#/.exec(document.querySelector("#kept a")?.href) ?? [];
  const show = () => {
    for (const shown of [`m${id}`, "kept"]) document.getElementById(shown)?.scrollIntoView({ block: "nearest" });
  };
  show();
  loadTools().then(show);
}

// What makes the new message and the note with its link higher. It is loaded while the message is on its way.
function loadTools() {
  const tools = [import("./copy.js")];
  // The page of one message says itself what its reader may edit.
  if (document.getElementById("messages")) tools.push(import("./mine.js"));
  return Promise.allSettled(tools);
}

function showError(form, field, sentence) {
  const input = form.elements[field];
  const place = form.querySelector(`[id^=${field}-refusal]`);
  const isNew = place.textContent !== sentence;
  place.textContent = sentence;
  if (sentence) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", place.id);
    // Not again when it was sent by itself in vain.
    if (isNew || !("unsent" in form.dataset)) input.focus();
  } else {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

function setSending(form, sending) {
  const pressed = button(form);
  // Not `disabled`: a disabled button loses the focus.
  if (sending) pressed.setAttribute("aria-disabled", "true");
  else pressed.removeAttribute("aria-disabled");
  // The answer clears the field, and text typed meanwhile would be lost.
  form.elements.text.readOnly = sending;
  pressed.dataset.label ??= pressed.textContent;
  pressed.textContent = sending ? form.dataset.sending : pressed.dataset.label;
}

// While it is sent, or while step.js works for it.
function isBusy(form) {
  return button(form).matches(":disabled, [aria-disabled]");
}

function count(form) {
  const counter = form.querySelector(".counter");
  const limit = Number(counter.dataset.limit);
  // Counted as the server does: code points, without spaces at the ends.
  const length = [...form.elements.text.value.trim().normalize("NFC")].length;
  counter.textContent = `${length} / ${limit}`;
  counter.hidden = length < limit * 0.8;
}

function button(form) {
  return form.querySelector("button");
}
