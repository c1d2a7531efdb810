// Whether the reader is at the top, where what is new moves nothing that is being read.

// As far from it as this, a new message would push away what is being read.
const TOP = 200;
const framed = document.body.classList.contains("framed");
const seen = { form: true, list: true };
let reached = () => {};

export function atTop() {
  // A frame is as high as what is in it, and the page around it scrolls; who does not see the
  // list at all reads something else.
  return framed ? seen.form || !seen.list : scrollY < TOP;
}

// Calls back whenever the reader comes to the top.
export function onTop(callback) {
  reached = callback;
  if (framed) watch();
  else document.addEventListener("scroll", tell, { passive: true });
}

function watch() {
  const form = document.getElementById("write");
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[target === form ? "form" : "list"] = isIntersecting;
    tell();
  });
  observer.observe(form);
  observer.observe(form.parentElement);
}

function tell() {
  if (atTop()) reached();
}
