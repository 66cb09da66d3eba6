// What every page of somebody signed in does: log out, times as they are here, and never show a page from before.

import { phrase, send } from "./api.js";
import { go } from "./places.js";

/** Leave for the log-in page, which says why. */
export function leave(news, { comesBack = false } = {}) {
  const login = document.getElementById("log-out").dataset.login;
  const then = comesBack ? `?next=${encodeURIComponent(location.pathname + location.search)}` : "";
  go(login + then, { news });
}

/** Deal with the refusals that any request here can meet; tells whether it was one of them. */
export function endedMeanwhile({ status, code }) {
  const isOver = status === 401 && code.startsWith("session_");
  if (isOver) leave(code, { comesBack: true });
  return isOver;
}

/** Say something about the whole page. */
export function news(text, { isBad = false } = {}) {
  const element = document.getElementById("news");
  element.classList.toggle("is-bad", isBad);
  element.textContent = text;
}

function showTimesOfHere() {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  document.querySelectorAll("time[datetime]").forEach((each) => {
    each.textContent = format.format(new Date(each.dateTime));
  });
}

// The browser may have kept the page as it was, for whoever sits here now.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

// Another tab may have signed out meanwhile, or in as somebody else, whose account a press here would then change.
const places = document.querySelector("[data-user]");
document.addEventListener("visibilitychange", async () => {
  if (!places || document.hidden) return;
  const { ok, status, code, data } = await send("POST", places.dataset.check);
  if (ok && data.user.id !== places.dataset.user) location.reload();
  else endedMeanwhile({ status, code });
});

const button = document.getElementById("log-out");
button?.addEventListener("click", async () => {
  const answer = await send("POST", button.dataset.logout);
  if (answer.ok) leave("signed_out");
  else news(phrase(answer.code), { isBad: true });
});
showTimesOfHere();
