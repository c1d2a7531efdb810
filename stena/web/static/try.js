// Sends the request of a form on the API page, and shows the response below it.

// How many characters of a stream stay on the page.
const MOST = 20_000;

for (const form of document.querySelectorAll("form.try")) prepare(form);
for (const words of document.querySelectorAll(".scriptless")) words.hidden = true;

function prepare(form) {
  let running = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    running?.abort();
    running = new AbortController();
    send(form, running.signal);
  });
  form.querySelector(".stop").addEventListener("click", () => {
    running.abort();
    form.querySelector("button").focus();
  });
  form.hidden = false;
}

async function send(form, signal) {
  const url = address(form);
  const begun = performance.now();
  report(form, form.dataset.asking);
  show(form, "");
  try {
    const answer = await fetch(url, { ...content(form), method: form.dataset.verb, signal });
    const streams = answer.headers.get("Content-Type").startsWith("text/event-stream");
    const text = streams ? "" : pretty(await answer.text());
    const took = `${Math.round(performance.now() - begun)} ${form.dataset.took}`;
    const status = `${answer.status} ${answer.statusText}`.trim();
    report(form, `${form.dataset.verb} ${url.pathname}${url.search}: ${status}, ${took}`);
    show(form, text);
    if (streams) await follow(form, answer.body);
  } catch {
    if (!signal.aborted) report(form, form.dataset.lost);
  }
}

function address(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value);
  return url;
}

// Exactly as typed, so that errors can be tried as well.
function content(form) {
  const headers = {};
  const token = form.querySelector("[data-token]")?.value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = form.querySelector("textarea")?.value;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return { body, headers };
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function follow(form, body) {
  const stop = form.querySelector(".stop");
  stop.hidden = false;
  try {
    const [reader, decoder] = [body.getReader(), new TextDecoder()];
    let received = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      received = (received + decoder.decode(piece.value, { stream: true })).slice(-MOST);
      show(form, received, true);
    }
  } finally {
    stop.hidden = true;
    report(form, form.dataset.ended);
  }
}

// Keeps the end of a growing text in view if it was in view.
function show(form, text, grows = false) {
  const place = form.querySelector(".answer");
  const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 1;
  place.textContent = text;
  place.hidden = !text;
  if (grows && atEnd) place.scrollTop = place.scrollHeight;
}

function report(form, sentence) {
  form.querySelector("[role=status]").textContent = sentence;
}
