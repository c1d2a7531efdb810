// Shows times as relative ones in the reader's language, and the exact time as a tooltip.

import { now } from "./clock.js";

const EVERY = 30_000;
const DAY = 24 * 60 * 60 * 1000;
// From a week on the date is more useful.
const STEPS = [
  [60, "second"], [60, "minute"], [24, "hour"], [7, "day"],
];

// The reader's own variant of the page's language, such as British English.
const page = document.documentElement.lang;
const language = navigator.languages.find((tag) => tag.split("-")[0] === page) ?? page;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });

document.addEventListener("shown", (event) => update(event.target));
document.addEventListener("more", (event) => update(event.target));
document.addEventListener("clock", () => update(document));
setInterval(() => update(document), EVERY);
update(document);

function update(place) {
  for (const time of place.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    const words = ago(moment);
    if (time.textContent !== words) time.textContent = words;
    time.title ||= exact.format(moment);
  }
}

// Calendar days: "yesterday" ends at midnight, not after 24 hours.
function midnights(moment) {
  const [then, today] = [moment, now()].map((time) => new Date(time).setHours(0, 0, 0, 0));
  return Math.round((today - then) / DAY);
}

function ago(moment) {
  // Negative if the clocks differ a little; that counts as now.
  let past = (now() - moment) / 1000;
  for (const [size, unit] of STEPS) {
    if (unit === "second" && past < size) return document.body.dataset.now;
    if (past < size) return relative.format(-(unit === "day" ? midnights(moment) : Math.floor(past)), unit);
    past /= size;
  }
  return day.format(moment);
}
