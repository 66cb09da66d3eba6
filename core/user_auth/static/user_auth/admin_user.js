// The page of one user, for admins.

import { phrase, send } from "./kit/api.js";
import { enhance, refuse, say } from "./kit/form.js";
import { endedMeanwhile, news } from "./kit/room.js";

const dialog = document.getElementById("again");
const password = document.getElementById("reauthenticate");
const roles = document.getElementById("roles");
const user = roles.action;
let goOn = () => {};

/** Do something that needs a fresh sign-in; where it is not fresh, ask for the password and do it again. */
async function act(method, url, body, { refused = (answer) => news(phrase(answer.code), { isBad: true }) } = {}) {
  const answer = await send(method, url, body);
  // What has changed is on many places of the page.
  if (answer.ok) return location.reload();
  if (answer.code !== "reauthentication_required") return endedMeanwhile(answer) || refused(answer);
  goOn = () => act(method, url, body, { refused });
  say(password, "");
  dialog.showModal();
  return password.elements.password.focus();
}

enhance(password, {
  body: (data) => ({ password: data.get("password") }),
  refused: endedMeanwhile,
  done: () => {
    password.reset();
    dialog.close();
    return goOn();
  },
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

roles.addEventListener("submit", (event) => {
  event.preventDefault();
  const names = roles.elements.roles.value.split(",").map((name) => name.trim()).filter(Boolean);
  act("PATCH", user, { roles: [...new Set(names)] }, { refused: (answer) => refuse(roles, answer) });
});

const buttons = document.querySelectorAll("[data-change], [data-end-all]");
for (const button of buttons) {
  button.addEventListener("click", () => {
    if (button.dataset.endAll) act("DELETE", button.dataset.endAll);
    else act("PATCH", user, { is_active: button.dataset.change === "true" });
  });
}
for (const button of [...buttons, roles.querySelector("[type=submit]")]) button.disabled = false;
