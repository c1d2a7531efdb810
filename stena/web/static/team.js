// Lets a member of the team decide about messages where visitors read them, and post with a badge. Only a browser with the
// cookie of the team loads this; whether the member is signed in, and what the role permits, the server decides.

import { decide, load, takeBack } from "./decide.js";

const WORDS = {
  en: { as: "As the team, with a badge", remove: "Remove", more: "More", desk: "On the desk" },
  ru: { as: "От имени команды, со значком", remove: "Убрать", more: "Ещё", desk: "На пульте" },
};
const words = WORDS[document.documentElement.lang] ?? WORDS.en;
// This file is in a folder right below the wall.
const desk = new URL("../owner/wall", import.meta.url);
// The button or link of a card that has the focus, or had it when the card was drawn anew.
let held = null;

addStyle();
document.addEventListener("shown", mark);
document.addEventListener("more", mark);
document.addEventListener("pointerdown", () => {
  held = null;
});
document.addEventListener("focusin", ({ target }) => {
  const article = target.closest("article");
  held = article && target.closest("header, footer") ? { target, id: article.id } : null;
});
mark();
offerBadge();

// Visitors do not load it, so it is not in the style of the wall.
function addStyle() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("team.css", import.meta.url);
  document.head.append(style);
}

function mark() {
  for (const footer of document.querySelectorAll("article:not(.deleted, .sending) > footer")) {
    if (footer.querySelector(":scope > .decides")) continue;
    const article = footer.parentElement;
    const remove = button(words.remove, "removes", () => decide(article, remove, `${desk}/decide`, removal(article)));
    const more = button(words.more, "furthers", () => toggle(article, more));
    more.setAttribute("aria-expanded", panelOf(article) !== null);
    for (const one of [remove, more]) one.setAttribute("aria-describedby", `by${article.id.slice(1)}`);
    // On a narrow screen they go to the next line together.
    const both = document.createElement("span");
    both.className = "decides";
    both.append(remove, more);
    footer.append(both);
  }
  takeBack();
  holdFocus();
}

// A change of the message replaces what is above and below its text.
function holdFocus() {
  if (!held || held.target.isConnected || document.activeElement !== document.body) return;
  const footer = document.querySelector(`#${held.id} > footer`);
  const same = held.target.matches(".removes") ? footer?.querySelector(".removes") : footer?.querySelector(".furthers");
  same?.focus({ preventScroll: true });
}

function removal(article) {
  return new URLSearchParams({ action: "remove", ...range(article) });
}

function range(article) {
  const id = article.id.slice(1);
  return { oldest: id, newest: id };
}

// What is needed less often, as the desk offers it to this member: in the right language, and with what the role permits.
async function toggle(article, more) {
  if (panelOf(article)) {
    close(article);
    return;
  }
  const address = `${desk}?${new URLSearchParams(range(article))}`;
  const page = await load(article, more, address);
  if (!page || panelOf(article)) return;
  const panel = document.createElement("div");
  panel.className = "further";
  panel.append(...offered(page), deskLink(address));
  let pressed = null;
  panel.addEventListener("click", ({ target }) => {
    pressed = target.closest("button") ?? pressed;
  });
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const submitter = event.submitter ?? pressed;
    // A button is named "action", so the property of this name is not the address.
    const fields = new URLSearchParams(new FormData(form));
    if (submitter.name) fields.append(submitter.name, submitter.value);
    if (await decide(article, submitter, form.getAttribute("action"), fields)) close(article);
  });
  panel.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    close(article);
    moreOf(article)?.focus();
  });
  article.querySelector(":scope > footer").after(panel);
  moreOf(article)?.setAttribute("aria-expanded", "true");
}

function offered(page) {
  const forms = [...page.querySelectorAll(".group .more > :is(.forward, .ban)")];
  // Its link is on the card already.
  for (const form of forms) form.querySelector(":scope > a")?.remove();
  return forms.filter((form) => form.querySelector("button"));
}

function deskLink(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words.desk;
  return link;
}

function close(article) {
  panelOf(article)?.remove();
  moreOf(article)?.setAttribute("aria-expanded", "false");
}

function panelOf(article) {
  return article.querySelector(":scope > .further");
}

function moreOf(article) {
  return article.querySelector(":scope > footer .furthers");
}

// The form of a conversation has it from the server, which makes that page for one visitor.
function offerBadge() {
  const row = document.querySelector("#write > .row");
  if (!row || document.querySelector("#write [name=as_team]")) return;
  const [line, label, box] = ["p", "label", "input"].map((name) => document.createElement(name));
  line.className = "as";
  box.type = "checkbox";
  box.name = "as_team";
  box.value = "1";
  label.append(box, ` ${words.as}`);
  line.append(label);
  row.after(line);
}

function button(text, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
