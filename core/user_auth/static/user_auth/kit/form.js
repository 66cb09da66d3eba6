// Forms: one submit at a time, errors beside their fields, focus where it helps, nothing typed is lost.

import { clock, countDown, has, phrase, send } from "./api.js";

const fields = (form) => [...form.querySelectorAll("input[name]:not([hidden])")].filter((each) => !each.closest("[hidden]"));
const lineOf = (input) => document.getElementById(`${input.id}-line`);

/** Say something below a field; with nothing to say, what stood there at first. */
export function note(input, text = "", kind = "") {
  const line = lineOf(input);
  line.dataset.first ??= line.textContent;
  line.textContent = text || line.dataset.first;
  line.classList.toggle("is-bad", kind === "bad");
  line.classList.toggle("is-good", kind === "good");
  if (kind === "bad") input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** Say something above the fields. */
export function say(form, text, { isBad = true } = {}) {
  const says = form.querySelector(".says");
  says.classList.toggle("is-bad", isBad);
  says.replaceChildren(text);
}

/** Say that one has to wait, with the time that is left running down. */
function sayWait(form, code, seconds) {
  const says = form.querySelector(".says");
  const [before, after = ""] = phrase(code).split("{time}");
  const timer = Object.assign(document.createElement("strong"), { role: "timer" });
  says.classList.add("is-bad");
  says.replaceChildren(before, timer, after);
  countDown(seconds, (left) => {
    timer.textContent = clock(left);
    if (!left && timer.isConnected) says.replaceChildren();
  });
}

function wrong(input) {
  if (!input.value.trim()) return "required";
  return input.type === "email" && input.validity.typeMismatch ? input.name : "";
}

/** Mark what is missing or of a wrong form before anything is sent; tells whether there was nothing. */
function isComplete(form) {
  const bad = fields(form).filter((input) => input.required && wrong(input));
  bad.forEach((input) => note(input, phrase(wrong(input)), "bad"));
  bad[0]?.focus();
  return !bad.length;
}

function rulesOf(input) {
  return JSON.parse(input.dataset.rules ?? "{}");
}

/** Show each error beside its field, and what belongs to none above them. */
export function refuse(form, { code, errors, wait }) {
  const inputs = fields(form);
  let first = null;
  for (const error of errors) {
    const input = inputs.find((each) => each.name === error.param);
    if (!input) continue;
    const own = has(error.code) ? error.code : error.param;
    note(input, has(own) ? phrase(own, rulesOf(input)) : error.message, "bad");
    first ??= input;
  }
  if (wait) sayWait(form, code, wait);
  else if (!first) say(form, phrase(code));
  for (const input of inputs) if (input.type === "password" && !first && code !== "offline") input.value = "";
  (first ?? inputs.find((each) => !each.value) ?? form.querySelector("[type=submit]")).focus();
}

function setBusy(form, isBusy) {
  const button = form.querySelector("[type=submit]");
  button.setAttribute("aria-busy", String(isBusy));
  button.setAttribute("aria-disabled", String(isBusy));
}

/** Bring a form to life: `body` makes what is sent, `done` goes on from a good answer. */
export function enhance(form, { method = "POST", body, done, refused }) {
  let isBusy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    say(form, "");
    if (!isComplete(form)) return;
    isBusy = true;
    setBusy(form, true);
    const answer = await send(method, form.action, body(new FormData(form)));
    if (answer.ok) await done(answer);
    else if (!refused?.(answer)) refuse(form, answer);
    isBusy = false;
    setBusy(form, false);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.getAttribute("aria-invalid")) note(target);
  });
  form.querySelectorAll("[data-reveal]").forEach(revealer);
  form.querySelector("[type=submit]").disabled = false;
}

/** The button that shows a password, and hides it again. */
function revealer(button) {
  const input = document.getElementById(button.dataset.reveal);
  button.addEventListener("click", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    button.firstElementChild.textContent = phrase(isShown ? "show" : "hide");
  });
}
