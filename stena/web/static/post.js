// Posts without leaving the page: sends the same forms and reads the same pages in answer.

import { card } from "./card.js";
import { cookie, ensureKey } from "./key.js";
import { parse } from "./parse.js";

const TIMEOUT = 30_000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.write")) return;
  event.preventDefault();
  if (!button(form).disabled) post(form);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.form;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.matches(".write")) form.requestSubmit();
});
document.addEventListener("input", (event) => event.target.form?.matches(".write") && count(event.target.form));
document.addEventListener("opened", (event) => count(event.target));
document.querySelectorAll("form.write").forEach(count);
if (cookie("team")) import("./team.js");

async function post(form) {
  ensureKey();
  form.querySelector("[role=status]").textContent = "";
  const body = new URLSearchParams(new FormData(form));
  setSending(form, true);
  const preview = showPreview(form);
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
    showResult(form, parse(await answer.text()), answer.ok);
  } catch {
    showError(form, "text", form.dataset.offline);
    document.dispatchEvent(new Event("unreachable"));
  }
  preview?.remove();
  setSending(form, false);
}

// The message as it will look, but paler, until the answer arrives.
function showPreview(form) {
  const list = document.getElementById("messages");
  if (form.elements.reply_to || !list || !form.elements.text.value.trim()) return null;
  const { text, name } = form.elements;
  const preview = card({
    id: "sending", text: text.value.trim(), name: name.value.trim() || null, created: new Date().toISOString(),
    edited: null, reply_to: null, reactions: {}, hue: null, deleted: false,
  });
  preview.classList.add("sending", "new");
  preview.setAttribute("aria-busy", "true");
  preview.inert = true;
  list.prepend(preview);
  preview.dispatchEvent(new Event("shown", { bubbles: true }));
  return preview;
}

function showResult(form, page, posted) {
  const reply = form.elements.reply_to?.value;
  const held = page.getElementById("held");
  if (posted && held) {
    clear(form, form.dataset.waits);
    document.getElementById("held")?.remove();
    showLink(form, page);
    form.after(held);
    return;
  }
  const fresh = page.getElementById("answer") ?? page.getElementById("write");
  if (!fresh) {
    // An error page: its heading is the sentence to show.
    showError(form, "text", page.querySelector("h1")?.textContent || form.dataset.offline);
    return;
  }
  for (const field of ["text", "name"]) {
    showError(form, field, fresh.querySelector(`[id^=${field}-refusal]`).textContent);
  }
  if (!posted) return;
  form.elements.nonce.value = fresh.elements.nonce.value;
  document.getElementById("held")?.remove();
  clear(form, form.dataset.posted);
  showLink(form, page);
  if (reply) replaceReplies(form, page, reply);
  else replaceMessages(page);
  showOwn();
}

function clear(form, sentence) {
  for (const field of ["text", "name"]) showError(form, field, "");
  form.elements.text.value = "";
  count(form);
  form.dispatchEvent(new Event("posted", { bubbles: true }));
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

function replaceMessages(page) {
  const messages = document.getElementById("messages");
  if (!messages) return;
  const fresh = page.getElementById("messages");
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

// Its private link contains the id; the message may have arrived by the stream before the answer.
function showOwn() {
  const [, id] = /\/edit\/(\d+)#/.exec(document.querySelector("#kept a")?.href) ?? [];
  document.getElementById(`m${id}`)?.scrollIntoView({ block: "nearest" });
}

function showError(form, field, sentence) {
  const input = form.elements[field];
  const place = form.querySelector(`[id^=${field}-refusal]`);
  place.textContent = sentence;
  if (sentence) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", place.id);
    input.focus();
  } else {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

function setSending(form, sending) {
  const pressed = button(form);
  pressed.disabled = sending;
  // The answer clears the field, and text typed meanwhile would be lost.
  form.elements.text.readOnly = sending;
  pressed.dataset.label ??= pressed.textContent;
  pressed.textContent = sending ? form.dataset.sending : pressed.dataset.label;
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
