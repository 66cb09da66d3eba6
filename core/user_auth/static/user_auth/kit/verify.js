// The second step of signing up.

import { phrase } from "./api.js";
import { codeField, resender } from "./code.js";
import { enhance, say } from "./form.js";
import { keep, showSent, state } from "./places.js";
import { logIn } from "./signin.js";

/** Bring the step to life; `password` gives what was typed in the first, as long as the page is the same. */
export function verifyStep(password = () => "") {
  const form = document.getElementById("verify");
  const wait = resender(document.querySelector("[data-resend]"), { form, state, changed: keep });
  codeField(form.elements.otp, () => form.requestSubmit());
  enhance(form, {
    body: (data) => {
      const { verification_id } = state();
      return verification_id ? { otp: data.get("otp"), verification_id } : { otp: data.get("otp"), email: data.get("email") };
    },
    done: () => logIn(form, { email: state().email ?? form.elements.email?.value, password: password(), news: "verified" }),
    refused: ({ code }) => {
      if (code !== "invalid_or_expired_code") return false;
      say(form, phrase(code));
      form.elements.otp.value = "";
      form.elements.otp.focus();
      return true;
    },
  });
  return function begin() {
    const { email } = state();
    showSent(email);
    if (email) wait();
    (email ? form.elements.otp : form.elements.email).focus();
  };
}
