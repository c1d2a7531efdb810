// Shows the moments on the page in the reader's own zone.

// The reader's own English, say, if the page is in English.
const page = document.documentElement.lang;
const language = navigator.languages.find((tag) => tag.split("-")[0] === page) ?? page;
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
