// Saves what is being typed in this browser until it is posted.

import { base, randomHex } from "./key.js";

document.addEventListener("input", (event) => event.target.form?.matches(".write") && save(event.target.form));
document.addEventListener("posted", (event) => discard(event.target));
document.addEventListener("opened", (event) => start(event.target));
document.querySelectorAll("form.write").forEach(start);

function start(form) {
  const { text } = form.elements;
  renewNonce(form);
  // A page that shows a refusal has the text itself, and that is newer than the saved one.
  if (text.value) save(form);
  else restore(form);
}

// Each form has a draft of its own, and each of a site's walls.
function storageKey(form) {
  const { thread, reply_to } = form.elements;
  return [`${base.slice(1)}draft`, thread?.value, reply_to?.value].filter(Boolean).join(":");
}

function save(form) {
  const { text, name, nonce } = form.elements;
  try {
    localStorage.setItem(storageKey(form), JSON.stringify({ text: text.value, name: name.value, nonce: nonce.value }));
  } catch {
    // Storage may be forbidden or full; then no draft is saved.
  }
}

function discard(form) {
  renewNonce(form);
  try {
    localStorage.removeItem(storageKey(form));
  } catch {
    // Storage is forbidden, so there is no draft.
  }
}

// All visitors of a cached page get the same nonce; with scripts each draft has one of its own.
function renewNonce(form) {
  form.elements.nonce.value = randomHex(16);
}

function restore(form) {
  const { text, name, nonce } = form.elements;
  try {
    const draft = JSON.parse(localStorage.getItem(storageKey(form)));
    if (!draft) return;
    text.value = draft.text ?? "";
    name.value ||= draft.name ?? "";
    // The draft may have been posted and only the answer lost: the same nonce prevents a duplicate.
    nonce.value = draft.nonce ?? nonce.value;
  } catch {
    // Storage is forbidden, or its content is no draft.
  }
}
