// The page of a new password: the code, and the password, in one go.

import { codeField, resender } from "./kit/code.js";
import { enhance, note } from "./kit/form.js";
import { phrase } from "./kit/api.js";
import { watch } from "./kit/password.js";
import { followHistory, keep, showSent, state } from "./kit/places.js";
import { logIn } from "./kit/signin.js";

const form = document.getElementById("reset");
const { otp, new_password: password, username } = form.elements;
const { email } = state();

showSent(email);
followHistory();
if (email) {
  username.value = email;
  codeField(otp, () => password.focus());
  watch(password, () => email);
  resender(document.querySelector("[data-resend]"), { form, state, changed: keep })();
  enhance(form, {
    body: (data) => ({
      verification_id: state().verification_id,
      otp: data.get("otp"),
      new_password: data.get("new_password"),
    }),
    done: () => logIn(form, { email, password: password.value, news: "reset" }),
    refused: ({ code }) => {
      if (code !== "invalid_or_expired_code") return false;
      // The password was not judged, so it stays.
      note(otp, phrase(code), "bad");
      otp.select();
      return true;
    },
  });
  otp.focus();
}
