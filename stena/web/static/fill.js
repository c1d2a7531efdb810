// Shows more text, or larger text, on a sheet that has room to spare: it is read from afar.

const SIZES = [1.4, 1.3, 1.2, 1.1];

addEventListener("resize", fill);
document.addEventListener("shown", fill);
fill();

function fill() {
  const all = [...document.querySelectorAll("main .words")];
  for (const words of all) words.removeAttribute("style");
  // Each step reads of all before it writes to any: the browser then lays the page out once a step, not once a sheet. And
  // the sheets of a column share its free space, so it is measured before any is filled.
  const sheets = all.map((words) => ({ words, height: room(words), cut: isCut(words), more: moreLines(words) }));
  for (const { words, cut, more } of sheets) if (cut && more > 0) words.style.setProperty("--lines", more);
  enlarge(sheets.filter(({ words, height, cut }) => !cut && height > words.offsetHeight));
}

function room(words) {
  const sheet = words.parentElement;
  const { paddingBottom } = getComputedStyle(sheet);
  return sheet.clientHeight - parseFloat(paddingBottom) - words.offsetTop;
}

function isCut(words) {
  return words.scrollHeight > words.clientHeight + 1;
}

// The number of lines for which there is room.
function moreLines(words) {
  const { lineHeight, webkitLineClamp } = getComputedStyle(words);
  const more = Math.floor((room(words) - words.offsetHeight) / parseFloat(lineHeight));
  return more > 0 ? Number(webkitLineClamp) + more : 0;
}

// The largest size that fits, or none.
function enlarge(sheets) {
  let rest = sheets;
  for (const size of SIZES) {
    for (const { words } of rest) words.style.setProperty("--size", size);
    rest = rest.filter(({ words, height }) => words.offsetHeight > height || isCut(words));
  }
  for (const { words } of rest) words.removeAttribute("style");
}
