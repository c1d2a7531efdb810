// Shows more text, or larger text, on a sheet that has room to spare: it is read from afar.

const SIZES = [1.4, 1.3, 1.2, 1.1];

addEventListener("resize", fill);
document.addEventListener("shown", fill);
fill();

function fill() {
  const all = [...document.querySelectorAll("main .words")];
  for (const words of all) words.removeAttribute("style");
  // All are measured before any is filled, because they share the free space of a column.
  const rooms = all.map(room);
  for (const [place, words] of all.entries()) (isCut(words) ? lengthen : enlarge)(words, rooms[place]);
}

function room(words) {
  const sheet = words.parentElement;
  const { paddingBottom } = getComputedStyle(sheet);
  return sheet.clientHeight - parseFloat(paddingBottom) - words.offsetTop;
}

function isCut(words) {
  return words.scrollHeight > words.clientHeight + 1;
}

function lengthen(words, height) {
  const { lineHeight, webkitLineClamp } = getComputedStyle(words);
  const more = Math.floor((height - words.offsetHeight) / parseFloat(lineHeight));
  if (more > 0) words.style.setProperty("--lines", Number(webkitLineClamp) + more);
}

function enlarge(words, height) {
  for (const size of height > words.offsetHeight ? SIZES : []) {
    words.style.setProperty("--size", size);
    if (words.offsetHeight <= height && !isCut(words)) return;
  }
  words.removeAttribute("style");
}
