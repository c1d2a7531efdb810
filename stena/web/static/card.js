// A message as the server would paint it, made of the blank one that came with the page.

const blank = document.getElementById("card");

export function card(message) {
  const made = sheet(message);
  made.querySelector("header a").href = `/m/${message.id}`;
  const form = made.querySelector("form");
  // Nobody feels anything any more about what was taken down.
  if (form) number(form, "action", message.id);
  made.querySelector(".replies").remove();
  if (message.reply_to === null) {
    number(made.querySelector(".answer"), "href", message.id);
  } else {
    made.classList.add("reply");
    made.querySelector(".answer").remove();
  }
  count(made, message.reactions);
  return made;
}

// Who wrote it, when, and the words: all that a hall shows.
export function sheet(message) {
  const made = blank.content.cloneNode(true).firstElementChild;
  made.id = `m${message.id}`;
  made.setAttribute("aria-labelledby", `by${message.id}`);
  made.querySelector("header").id = `by${message.id}`;
  made.querySelector(".dot").dataset.hue = message.hue ?? "";
  made.querySelector("time").dateTime = message.created;
  write(made, message);
  return made;
}

// The blank one's addresses lack the message's number, and have all else.
function number(part, name, id) {
  part.setAttribute(name, part.getAttribute(name).replace("/m/", `/m/${id}`));
}

// The same message with other words, whatever is below it.
export function reword(old, message) {
  const fresh = card(message);
  for (const part of ["header", ".words", "footer"]) {
    const was = old.querySelector(`:scope > ${part}`);
    const is = fresh.querySelector(`:scope > ${part}`);
    if (was && is) was.replaceWith(is);
  }
  old.classList.toggle("gone", message.deleted);
}

export function count(place, reactions) {
  for (const button of place.querySelectorAll(":scope > footer .reactions button")) {
    tally(button, reactions[button.value] ?? 0);
  }
}

// What nobody feels has no number, fifty times five of which would be a good part of the page.
export function tally(button, times) {
  button.querySelector("span")?.remove();
  if (!times) return;
  const number = document.createElement("span");
  number.textContent = times;
  button.append(number);
}

// The place below a message for the replies to it, which most have no need of.
export function replies(article) {
  const there = article.querySelector(":scope > .replies");
  if (there) return there;
  article.append(blank.content.querySelector(".replies").cloneNode(true));
  return article.lastElementChild;
}

// Takes a message off the page, and with the last reply the place for replies.
export function takeAway(article) {
  const below = article.closest(".replies");
  article.remove();
  if (below && !below.querySelector("article, form, .folded")) below.remove();
}

function write(made, message) {
  const nameless = made.querySelector(".nameless");
  if (message.deleted) nameless.textContent = nameless.dataset.gone;
  delete nameless.dataset.gone;
  made.querySelector(".name").textContent = message.name;
  made.querySelector(message.name === null ? ".name" : ".nameless").remove();
  if (!message.edited) made.querySelector(".edited")?.remove();
  const text = made.querySelector(".words");
  if (message.deleted) {
    made.classList.add("gone");
    made.querySelector(".dot").remove();
    made.querySelector("form").remove();
    return;
  }
  if (message.html) {
    // The server has made it of its own few elements.
    const parsed = document.createElement("template");
    parsed.innerHTML = message.html;
    text.replaceChildren(parsed.content);
  } else {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.textContent = message.text;
    text.replaceChildren(paragraph);
  }
}
