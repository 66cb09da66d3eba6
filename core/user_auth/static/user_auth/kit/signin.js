// The end of every way in.

import { phrase, send } from "./api.js";
import { say } from "./form.js";
import { go } from "./places.js";

/** Go on to where somebody wanted to be, once it is certain that the browser has kept the cookie. */
async function arrive(form) {
  const kept = await send("POST", form.dataset.check);
  if (kept.code === "session_missing") return say(form, phrase("cookies"));
  return location.replace(form.dataset.done);
}

/** Go on from a good answer to a log-in. A second factor will be asked for here: it is a 202 instead of a session. */
export function goOn(form, { status }) {
  return status === 200 ? arrive(form) : say(form, phrase("unexpected"));
}

/** Log in with what was just typed; whatever stands in the way, the log-in page takes it from there. */
export async function logIn(form, { email, password, news }) {
  const answer = password ? await send("POST", form.dataset.login, { email, password }) : null;
  if (answer?.status === 200) return arrive(form);
  return go(form.dataset.loginPage, { email, news });
}
