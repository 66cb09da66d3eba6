// The page of one's own sessions.

import { phrase, send } from "./kit/api.js";
import { endedMeanwhile, leave, news } from "./kit/room.js";

const others = document.getElementById("end-others");

/** Send a request for a button, once; tells whether it went well. */
async function press(button, method, url) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  const answer = await send(method, url);
  button.setAttribute("aria-busy", "false");
  // What is not there any more was ended elsewhere meanwhile.
  if (answer.ok || answer.code === "not_found") return true;
  if (!endedMeanwhile(answer)) news(phrase(answer.code), { isBad: true });
  return false;
}

function drop(items, code) {
  items.forEach((item) => item.remove());
  if (others && document.querySelectorAll("[data-end]").length < 2) others.hidden = true;
  news(phrase(code));
  document.getElementById("news").focus();
}

for (const button of document.querySelectorAll("[data-end]")) {
  button.disabled = false;
  button.addEventListener("click", async () => {
    if (!(await press(button, "DELETE", button.dataset.end))) return;
    if ("current" in button.dataset) leave("signed_out");
    else drop([button.closest("li")], "session_ended");
  });
}

if (others) {
  others.disabled = false;
  others.addEventListener("click", async () => {
    if (!(await press(others, "DELETE", others.dataset.endOthers))) return;
    const buttons = document.querySelectorAll("[data-end]:not([data-current])");
    drop([...buttons].map((button) => button.closest("li")), "others_ended");
  });
}
