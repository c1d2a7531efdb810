// Lets a member of the team remove messages where visitors read them. Only a browser with the cookie of the
// team loads this; whether the member is signed in, the server decides.

import { removeCard } from "./card.js";
import { parse } from "./parse.js";

const WORDS = {
  en: { remove: "Remove", removed: "Removed", undo: "Undo", failed: "That did not work. Try again" },
  ru: { remove: "Убрать", removed: "Убрано", undo: "Отменить", failed: "Не вышло. Попробуйте ещё раз" },
};
const words = WORDS[document.documentElement.lang] ?? WORDS.en;
// This file is in a folder right below the wall.
const desk = new URL("../owner/wall/", import.meta.url);

document.addEventListener("shown", mark);
document.addEventListener("more", mark);
mark();

function mark() {
  for (const footer of document.querySelectorAll("article:not(.deleted, .sending) > footer:not(:has(> .removes))")) {
    const pressed = button(words.remove, () => remove(footer.parentElement, pressed));
    pressed.classList.add("mine", "removes");
    footer.append(pressed);
  }
}

async function remove(article, pressed) {
  const id = article.id.slice(1);
  // In its place before the stream takes the message away.
  const note = document.createElement("p");
  note.className = "note";
  note.setAttribute("role", "status");
  article.before(note);
  note.hidden = true;
  const page = await send(pressed, "decide", { action: "remove", oldest: id, newest: id });
  const decision = page?.querySelector("[name=decision]")?.value;
  if (!decision) {
    note.remove();
    return;
  }
  const back = button(words.undo, async () => {
    if (await send(back, "undo", { decision })) restore(note);
  });
  back.classList.add("quiet");
  note.append(`${words.removed} `, back);
  note.hidden = false;
  // The stream says so too; an older page has none. With replies the place stays.
  if (!article.querySelector(".replies article")) removeCard(article);
  back.focus();
}

// The stream brings the message back to its place. A page without one is read again.
function restore(note) {
  note.remove();
  if (!document.getElementById("live") && !document.querySelector("textarea")?.value) location.reload();
}

// The page that answers; null if it refuses. The button then says so.
async function send(pressed, action, fields) {
  pressed.disabled = true;
  const said = pressed.textContent;
  try {
    const answer = await fetch(new URL(action, desk), { method: "POST", body: new URLSearchParams(fields) });
    if (answer.ok) return parse(await answer.text());
    pressed.textContent = words.failed;
  } catch {
    pressed.textContent = words.failed;
  }
  pressed.disabled = false;
  setTimeout(() => {
    pressed.textContent = said;
  }, 5000);
  return null;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
