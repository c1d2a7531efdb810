// Checks of the page: each function returns a line for each fault.

const CONTROLS = "a[href], button, input:not([type=hidden]), textarea, select, summary";

// At no width the page is wider than the window.
function sideways() {
  const beyond = document.documentElement.scrollWidth - innerWidth;
  return beyond > 0 ? [`${beyond} px beyond the edge`] : [];
}

// Targets are large enough for a thumb, except links within a sentence; a choice includes its label.
function small(thumb) {
  const inline = (one) => one.closest("p, dd, .text") && getComputedStyle(one).display === "inline";
  return controls()
    .filter((one) => !inline(one))
    .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([, { width, height }]) => height < thumb - 0.5 || width < 24)
    .map(([one, { width, height }]) => `${named(one)} ${Math.round(width)} x ${Math.round(height)}`);
}

function tiny(smallest) {
  // A size of 0 leaves words to screen readers, beside a sign.
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  return written().filter((one) => size(one) && size(one) < smallest).map(named);
}

// The focus has to be visible.
function unfocused() {
  return [...controls(), ...document.querySelectorAll("[tabindex='0']")]
    .filter((one) => seen(one) && !one.disabled)
    .filter((one) => {
      one.focus({ preventScroll: true });
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return document.activeElement !== one || outlineStyle === "none" || parseFloat(outlineWidth) < 2;
    })
    .map(named);
}

function moving() {
  const still = (times) => times.split(",").every((time) => parseFloat(time) === 0);
  const moves = (one) =>
    [null, "::before", "::after"].some((part) => {
      const style = getComputedStyle(one, part);
      return !still(style.transitionDuration) || style.animationName !== "none" || style.scrollBehavior === "smooth";
    });
  const running = document.getAnimations().map(({ effect }) => effect.target);
  return [...new Set([...running, ...[...document.querySelectorAll("*")].filter(moves)])].map(named);
}

// Contrast where axe cannot decide: on a sky of several colours, and in forced colours.
function unreadable(least) {
  const worst = (one) => {
    const text = getComputedStyle(one).color;
    return Math.min(...backgrounds(one).map((behind) => contrast(text, behind)));
  };
  return written()
    .map((one) => [one, worst(one)])
    .filter(([, found]) => found < least)
    .map(([one, found]) => `${named(one)} ${found.toFixed(2)}`);
}

// Controls that are recognizable by a background of their own.
function remember() {
  const beside = (one) => one.getBoundingClientRect().right < 0;
  window.recognized = controls().filter((one) => !beside(one) && !clear(getComputedStyle(one).backgroundColor));
  return [];
}

// The same controls without borders, in forced colours, which remove those backgrounds.
function edgeless() {
  return window.recognized
    .filter((one) => {
      const { borderTopStyle, borderTopWidth } = getComputedStyle(one);
      return borderTopStyle === "none" || parseFloat(borderTopWidth) === 0;
    })
    .map(named);
}

// Text spacing that a reader may set, without loss of content: WCAG 2.2, 1.4.12.
function spaced() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }
  `);
  document.adoptedStyleSheets = [sheet];
  const cut = [...document.querySelectorAll("a, button, label, h1, h2, h3, p, dt, dd")]
    .filter((one) => seen(one) && getComputedStyle(one).overflowX !== "visible")
    .filter((one) => !one.closest(".unseen") && one.scrollWidth > one.clientWidth + 1);
  const found = [...sideways(), ...cut.map(named)];
  document.adoptedStyleSheets = [];
  return found;
}

function controls() {
  // What is hidden from everybody is there for programs alone.
  return [...document.querySelectorAll(CONTROLS)].filter((one) => seen(one) && !one.closest("[aria-hidden=true]"));
}

function written() {
  const words = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return [...document.querySelectorAll("body *")].filter((one) => seen(one) && words(one));
}

function seen(one) {
  return one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]");
}

function named(one) {
  const words = (one.innerText || one.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
  return `<${one.tagName.toLowerCase()} id="${one.id}" class="${one.className}"> ${words}`;
}

// All colours behind an element; the sky has several, as far down as it extends.
function backgrounds(element) {
  for (let at = element; at; at = at.parentElement) {
    const { backgroundColor, backgroundImage, backgroundSize } = getComputedStyle(at);
    const sky = (backgroundImage.match(/rgba?\([^)]+\)/g) ?? []).filter((colour) => !clear(colour));
    const reach = parseFloat(backgroundSize.split(" ")[1] ?? Infinity);
    const below = element.getBoundingClientRect().top - at.getBoundingClientRect().top;
    if (sky.length && !(below > reach)) return sky;
    if (!clear(backgroundColor)) return [backgroundColor];
  }
  return ["rgb(255, 255, 255)"];
}

function clear(colour) {
  return /^rgba\(.*, 0\)$/.test(colour);
}

// WCAG 2.2: from 1 for the same colour to 21 for black on white.
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const [red, green, blue] = colour.match(/[\d.]+/g).map((number) => channel(number / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
