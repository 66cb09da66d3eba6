// The page in place of another: the time to wait runs down, and then the button works.

import { clock, countDown } from "./kit/api.js";

const wait = document.getElementById("wait");
const again = document.getElementById("again");

if (wait && again) {
  const timer = wait.querySelector("[role=timer]");
  countDown(Number(wait.dataset.seconds), (left) => {
    timer.textContent = clock(left);
    wait.hidden = !left;
    again.setAttribute("aria-disabled", String(left > 0));
  });
}
