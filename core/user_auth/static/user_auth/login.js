// The log-in page.

import { has, phrase } from "./kit/api.js";
import { enhance, say } from "./kit/form.js";
import { keep, state } from "./kit/places.js";
import { goOn } from "./kit/signin.js";

const form = document.getElementById("login");
const { email = "", news = "" } = state();
const isGood = ["verified", "reset", "deleted", "signed_out"].includes(news);

enhance(form, {
  body: (data) => ({ email: data.get("email"), password: data.get("password") }),
  done: (answer) => goOn(form, answer),
});
if (has(news)) say(form, phrase(news), { isBad: !isGood });
// Said once: a reload is another visit.
keep({ email });
if (email) {
  form.elements.email.value = email;
  form.elements.password.focus();
}
