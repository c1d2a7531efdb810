// Keeps what is being typed in this browser until it stands on the wall.

const KEY = "draft";
const form = document.getElementById("write");
const { text, name, nonce } = form.elements;

form.addEventListener("input", keep);
form.addEventListener("posted", forget);
renew();
// A page that shows a refusal carries the text itself, and it is the newer one.
if (text.value) keep();
else restore();

function keep() {
  // A browser may forbid storage, or have no room: then there is no draft, and that is all.
  try {
    localStorage.setItem(KEY, JSON.stringify({ text: text.value, name: name.value, nonce: nonce.value }));
  } catch {}
}

function forget() {
  renew();
  try {
    localStorage.removeItem(KEY);
  } catch {}
}

// All who look at the page share its nonce; with scripts each draft has one of its own.
function renew() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  nonce.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function restore() {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY));
    if (!draft) return;
    text.value = draft.text ?? "";
    name.value ||= draft.name ?? "";
    // It may have been sent already, and only the answer was lost: so it is the same form.
    nonce.value = draft.nonce ?? nonce.value;
  } catch {}
}
