// Keeps what is being typed in this browser until it stands on the wall.

import { chance } from "./key.js";

document.addEventListener("input", (event) => event.target.form?.matches(".write") && keep(event.target.form));
document.addEventListener("posted", (event) => forget(event.target));
document.addEventListener("opened", (event) => adopt(event.target));
document.querySelectorAll("form.write").forEach(adopt);

function adopt(form) {
  const { text } = form.elements;
  renew(form);
  // A page that shows a refusal carries the text itself, and it is the newer one.
  if (text.value) keep(form);
  else restore(form);
}

// Each place to write has its own.
function place(form) {
  const { thread, reply_to } = form.elements;
  return ["draft", thread?.value, reply_to?.value].filter(Boolean).join(":");
}

function keep(form) {
  const { text, name, nonce } = form.elements;
  // A browser may forbid storage, or have no room: then there is no draft, and that is all.
  try {
    localStorage.setItem(place(form), JSON.stringify({ text: text.value, name: name.value, nonce: nonce.value }));
  } catch {}
}

function forget(form) {
  renew(form);
  try {
    localStorage.removeItem(place(form));
  } catch {}
}

// All who look at the page share its nonce; with scripts each draft has one of its own.
function renew(form) {
  form.elements.nonce.value = chance(16);
}

function restore(form) {
  const { text, name, nonce } = form.elements;
  try {
    const draft = JSON.parse(localStorage.getItem(place(form)));
    if (!draft) return;
    text.value = draft.text ?? "";
    name.value ||= draft.name ?? "";
    // It may have been sent already, and only the answer was lost: so it is the same form.
    nonce.value = draft.nonce ?? nonce.value;
  } catch {}
}
