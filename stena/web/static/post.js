// Posts without leaving the page: the same form and the same answers, read by a script.

const form = document.getElementById("write");
const text = form.elements.text;
const button = form.querySelector("button");
const label = button.textContent;
const counter = form.querySelector(".counter");
const limit = Number(counter.dataset.limit);
const PATIENCE = 30_000;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!button.disabled) post();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
text.addEventListener("input", count);
count();

async function post() {
  form.querySelector("[role=status]").textContent = "";
  wait(true);
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), answer.ok);
  } catch {
    refuse("text", form.dataset.offline);
  }
  wait(false);
}

function show(page, posted) {
  const fresh = page.getElementById("write");
  if (!fresh) {
    // An error page: its heading is the sentence.
    refuse("text", page.querySelector("h1")?.textContent || form.dataset.offline);
    return;
  }
  for (const field of ["text", "name"]) refuse(field, fresh.querySelector(`#${field}-refusal`).textContent);
  if (posted) {
    form.elements.nonce.value = fresh.elements.nonce.value;
    text.value = "";
    count();
    form.dispatchEvent(new Event("posted"));
    form.querySelector("[role=status]").textContent = form.dataset.posted;
    replaceMessages(page);
  }
}

function replaceMessages(page) {
  const messages = document.getElementById("messages");
  const before = new Set([...messages.querySelectorAll("article")].map((article) => article.id));
  const fresh = page.getElementById("messages");
  messages.replaceWith(fresh);
  fresh.dispatchEvent(new Event("shown", { bubbles: true }));
  const mine = [...fresh.querySelectorAll("article")].find((article) => !before.has(article.id));
  mine?.scrollIntoView({ block: "nearest" });
}

function refuse(field, sentence) {
  const input = form.elements[field];
  const place = document.getElementById(`${field}-refusal`);
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

function wait(waiting) {
  button.disabled = waiting;
  // What is typed meanwhile would go with the text when the answer comes.
  text.readOnly = waiting;
  button.textContent = waiting ? form.dataset.sending : label;
}

function count() {
  // As the wall counts: code points, the ends trimmed.
  const length = [...text.value.trim().normalize("NFC")].length;
  counter.textContent = `${length} / ${limit}`;
  counter.hidden = length < limit * 0.8;
}
