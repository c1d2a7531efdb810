// Posts without leaving the page: the same forms and the same answers, read by a script.

import { card } from "./card.js";
import { haveKey } from "./key.js";

const PATIENCE = 30_000;

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

async function post(form) {
  haveKey();
  form.querySelector("[role=status]").textContent = "";
  const body = new URLSearchParams(new FormData(form));
  wait(form, true);
  const shadow = cast(form);
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    show(form, new DOMParser().parseFromString(await answer.text(), "text/html"), answer.ok);
  } catch {
    refuse(form, "text", form.dataset.offline);
  }
  shadow?.remove();
  wait(form, false);
}

// The message as it will stand, paler, until the wall has it.
function cast(form) {
  const list = document.getElementById("messages");
  if (form.elements.reply_to || !list || !form.elements.text.value.trim()) return null;
  const { text, name } = form.elements;
  const shadow = card({
    id: "sending", text: text.value.trim(), name: name.value.trim() || null, created: new Date().toISOString(),
    edited: null, reply_to: null, reactions: {}, hue: null, deleted: false,
  });
  shadow.classList.add("sending", "new");
  shadow.setAttribute("aria-busy", "true");
  shadow.inert = true;
  list.prepend(shadow);
  shadow.dispatchEvent(new Event("shown", { bubbles: true }));
  return shadow;
}

function show(form, page, posted) {
  const reply = form.elements.reply_to?.value;
  const fresh = page.getElementById("answer") ?? page.getElementById("write");
  if (!fresh) {
    // An error page: its heading is the sentence.
    refuse(form, "text", page.querySelector("h1")?.textContent || form.dataset.offline);
    return;
  }
  for (const field of ["text", "name"]) {
    refuse(form, field, fresh.querySelector(`[id^=${field}-refusal]`).textContent);
  }
  if (!posted) return;
  form.elements.nonce.value = fresh.elements.nonce.value;
  form.elements.text.value = "";
  count(form);
  form.dispatchEvent(new Event("posted", { bubbles: true }));
  form.querySelector("[role=status]").textContent = form.dataset.posted;
  keepLink(form, page);
  if (reply) replaceReplies(form, page, reply);
  else replaceMessages(page);
  showOwn();
}

// Shown once: the next page does not have it any more.
function keepLink(form, page) {
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
}

function replaceReplies(form, page, above) {
  const article = document.getElementById(`m${above}`);
  const fresh = page.querySelector(`#m${above} > .replies`);
  if (!article || !fresh) return;
  const there = article.querySelector(":scope > .replies");
  if (article.contains(form)) {
    // What is there stays, and so does whoever writes.
    form.before(...[...fresh.querySelectorAll("article")].filter((one) => !document.getElementById(one.id)));
  } else if (there) there.replaceWith(fresh);
  else article.append(fresh);
  article.lastElementChild.dispatchEvent(new Event("shown", { bubbles: true }));
}

// Which one it is, its private link says; it may have come live before the answer did.
function showOwn() {
  const [, id] = /\/edit\/(\d+)\//.exec(document.querySelector("#kept a")?.href) ?? [];
  document.getElementById(`m${id}`)?.scrollIntoView({ block: "nearest" });
}

function refuse(form, field, sentence) {
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

function wait(form, waiting) {
  const pressed = button(form);
  pressed.disabled = waiting;
  // What is typed meanwhile would go with the text when the answer comes.
  form.elements.text.readOnly = waiting;
  pressed.dataset.label ??= pressed.textContent;
  pressed.textContent = waiting ? form.dataset.sending : pressed.dataset.label;
}

function count(form) {
  const counter = form.querySelector(".counter");
  const limit = Number(counter.dataset.limit);
  // As the wall counts: code points, the ends trimmed.
  const length = [...form.elements.text.value.trim().normalize("NFC")].length;
  counter.textContent = `${length} / ${limit}`;
  counter.hidden = length < limit * 0.8;
}

function button(form) {
  return form.querySelector("button");
}
