// Judges a new password while it is typed, by the rules that the API judges by: they come with the page, as data.
// Which passwords are common only the API knows.

import { phrase } from "./api.js";
import { note } from "./form.js";

// As close to case folding as JavaScript comes: "ß" and "SS" are the same.
const fold = (text) => text.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
const length = (text) => [...text].length;

/** The names that a password must not be made from. */
function names(email, serviceName) {
  const local = email.slice(0, Math.max(0, email.lastIndexOf("@")));
  const labels = email.slice(email.lastIndexOf("@") + 1).split(".");
  const domains = labels.slice(0, -1).map((_, start) => labels.slice(start).join("."));
  return [serviceName, email, local, local.split("+")[0], ...labels.slice(0, -1), ...domains];
}

/** Whether the password is the word with nothing but digits and separators around it and in between. */
function isPadded(word, password, { isSeparator, rules }) {
  if (!/\p{L}/u.test(word)) {
    const bare = [...password].filter((each) => !isSeparator(each)).join("");
    return length(word) >= rules.shortest_number && bare.includes(word);
  }
  const awaited = [...word];
  for (const each of password) {
    if (each === awaited[0]) awaited.shift();
    else if (!isSeparator(each) && !/\p{N}/u.test(each)) return false;
  }
  return !awaited.length;
}

/** The code of the first rule that a password breaks; nothing if it keeps all that are known here. */
export function weakness(password, { rules, email = "" }) {
  const separator = new RegExp(`^[${rules.separators.map((category) => `\\p{${category}}`).join("")}]$`, "u");
  const isSeparator = (each) => separator.test(each);
  const bare = (text) => [...fold(text)].filter((each) => !isSeparator(each)).join("");
  const normal = password.normalize("NFC");
  if (length(normal) > rules.max_length) return "too_long";
  if (length(normal) < rules.min_length) return "too_short";
  const words = names(email, rules.service_name).map(bare).filter(Boolean);
  return words.some((word) => isPadded(word, fold(normal), { isSeparator, rules })) ? "derived" : "";
}

/** Tell, below the field, what is wrong with the password so far. */
export function watch(input, address = () => input.dataset.email ?? "") {
  const rules = JSON.parse(input.dataset.rules);
  function judge() {
    if (!input.value) return note(input);
    const code = weakness(input.value, { rules, email: address() });
    // Not marked as wrong while somebody is still on the way to a good one.
    return note(input, phrase(code || "good_password", rules), code ? "" : "good");
  }
  input.addEventListener("input", judge);
}
