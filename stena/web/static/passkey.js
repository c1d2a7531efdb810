// Forms that a passkey answers: to sign in, and to add one. They are shown where the browser can do
// it; a code works everywhere.

if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("form[data-options]")) offer(form);
  for (const note of document.querySelectorAll(".without-passkeys")) note.hidden = true;
}

function offer(form) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form);
  });
}

async function answer(form) {
  const button = form.querySelector("button");
  // Not `disabled`: a disabled button loses the focus.
  if (button.matches("[aria-disabled]")) return;
  const refusal = form.querySelector(".refusal:last-of-type");
  refusal.textContent = "";
  button.setAttribute("aria-disabled", "true");
  try {
    const options = await ask(form);
    if (options.error) {
      refusal.textContent = options.error.message;
      return;
    }
    const credential = await ("creates" in form.dataset ? create(options) : get(options));
    form.elements.passkey.value = JSON.stringify(credential);
    form.submit();
  } catch (error) {
    // A person who has pressed “Cancel” learns it too: browsers do not tell the reasons apart.
    refusal.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function ask(form) {
  const given = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams() });
  return given.json();
}

function create(options) {
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
}

function get(options) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}
