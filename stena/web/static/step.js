// Takes the step that the wall asks for: proves work in a worker, and sends the form again by itself. Where there is
// no worker, the block of the step stays as it is without scripts.

const ADDRESS = new URL("./work.js", import.meta.url).href;
// The only script that it lets a worker run.
const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => ADDRESS });

// The step of an answer, in the form that was sent.
export function take(form, step) {
  form.querySelector(".step")?.remove();
  form.lastElementChild.before(step);
  form.addEventListener("posted", () => step.remove(), { once: true });
  begin(form, step);
}

// The step of a form that is shown with it.
export function begin(form, step) {
  // Sent once by itself: where the address changes with each request, no ticket ever holds.
  const again = form.dataset.worked;
  delete form.dataset.worked;
  const stop = again ? leave : work(form, step);
  step.querySelector("[value=look]")?.addEventListener("click", (event) => {
    event.preventDefault();
    stop();
    const way = add(step, "way", "look");
    submit(form);
    way.remove();
  });
  step.querySelector("[name=answer]")?.addEventListener("input", stop);
}

// What to send for a step, if what was refused has no form of its own. Fails where there is no worker.
export function pay(step, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Error("stopped");
    const worker = start(step.querySelector(".work"), (number) => {
      worker.terminate();
      if (number === null) reject(new Error("no number"));
      else resolve({ way: "work", solution: number });
    });
    if (!worker) throw new Error("no worker");
    signal.addEventListener("abort", () => {
      worker.terminate();
      reject(new Error("stopped"));
    });
  });
}

// Returns how to stop it.
function work(form, step) {
  const area = step.querySelector(".work");
  const bar = area.querySelector("progress");
  const worker = start(area, found, (share) => {
    bar.value = share;
    bar.nextElementSibling.textContent = `${Math.round(share * 100)} %`;
  });
  if (!worker) return leave;
  show(true);
  area.querySelector("[role=status]").textContent = area.dataset.working;
  area.querySelector("button").addEventListener("click", () => {
    stop();
    form.querySelector("button").focus();
  });
  return stop;

  function found(number) {
    stop();
    if (number !== null) send(form, step, number);
  }

  function stop() {
    worker.terminate();
    show(false);
  }

  // Meanwhile the form is neither sent nor edited: a ticket is for one text, or for one reason.
  function show(working) {
    const pressed = form.querySelector("button");
    // A button that is disabled or hidden loses the focus, so it goes to the other one before.
    const held = document.activeElement === pressed || area.contains(document.activeElement);
    area.hidden = !working;
    area.tabIndex = -1;
    step.querySelector(".wait").hidden = working;
    pressed.disabled = working;
    if (held) (working ? area : pressed).focus();
    const { text } = form.elements;
    if (text) text.readOnly = working;
    for (const choice of form.querySelectorAll("[type=radio]")) choice.disabled = working;
  }
}

function leave() {
  // There is nothing to stop.
}

// Returns the worker, null where there is none. It finds a number, or null.
function start(area, found, progress) {
  const { challenge, salt, most } = area.dataset;
  try {
    const worker = new Worker(policy?.createScriptURL("") ?? ADDRESS);
    worker.addEventListener("message", ({ data: { number, share } }) => {
      if (number === undefined) progress?.(share);
      else found(number);
    });
    worker.addEventListener("error", () => found(null));
    worker.postMessage({ challenge, salt, most: Number(most) });
    return worker;
  } catch {
    return null;
  }
}

// What was found stays in the form, in case it has to be sent once more.
function send(form, step, number) {
  add(step, "way", "work");
  add(step, "solution", number);
  form.dataset.worked = "yes";
  submit(form);
}

// By its first button, which has no name: Safari has requestSubmit since 16.
function submit(form) {
  form.querySelector("button").click();
}

function add(step, name, value) {
  const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  step.append(field);
  return field;
}
