// Opens a private link: sends its key, which is behind the #. So it is in no address that a server
// or a proxy logs, and in no history.

const form = document.getElementById("unlock");

addEventListener("hashchange", open);
open();

function open() {
  const key = location.hash.slice(1);
  if (!key) return;
  history.replaceState(null, "", location.pathname);
  form.elements.key.value = key;
  form.submit();
}
