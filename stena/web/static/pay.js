// Takes the step on a page that answers a form. When the work is done, the form is sent again by itself.

import { begin } from "./step.js";

for (const step of document.querySelectorAll(".step")) begin(step.closest("form"), step);
