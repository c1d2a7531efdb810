// Shows the moments on the page in the reader's own zone.

const language = document.documentElement.lang;
const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

document.addEventListener("shown", (event) => localise(event.target));
localise(document);

function localise(place) {
  for (const time of place.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.textContent = format.format(moment);
    time.title = moment.toLocaleString(language, { dateStyle: "full", timeStyle: "long" });
  }
}
