// Whether the reader is at the top, where new messages do not move what is being read.

// From this distance in pixels on, a new message would move it.
const TOP = 200;
const framed = document.body.classList.contains("framed");
const visible = { form: true, list: true };
let reached = () => {
  // Replaced by `onTop`.
};

export function atTop() {
  // A frame is as high as its content, and the page around it scrolls. While the list is out of
  // sight, the visitor reads something else.
  return framed ? visible.form || !visible.list : scrollY < TOP;
}

// Calls back each time that the reader reaches the top.
export function onTop(callback) {
  reached = callback;
  if (framed) observe();
  else document.addEventListener("scroll", check, { passive: true });
}

function observe() {
  const form = document.getElementById("write");
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) visible[target === form ? "form" : "list"] = isIntersecting;
    check();
  });
  observer.observe(form);
  observer.observe(form.parentElement);
}

function check() {
  if (atTop()) reached();
}
