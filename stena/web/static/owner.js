// Fills in the code of a link: it is behind the #, so that no server logs it. Only a press of the
// button sends it, because what previews links may run scripts.

const form = document.getElementById("sign-in");

addEventListener("hashchange", fill);
fill();

function fill() {
  const code = location.hash.slice(1);
  if (!code || code === "main") return;
  history.replaceState(null, "", location.pathname);
  form.parentElement.hidden = false;
  form.elements.code.value = code;
  form.querySelector("button").focus();
}
