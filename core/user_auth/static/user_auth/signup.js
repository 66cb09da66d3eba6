// The page of signing up: address and password, then the code, without a reload in between.

import { opened } from "./kit/code.js";
import { enhance } from "./kit/form.js";
import { watch } from "./kit/password.js";
import { state } from "./kit/places.js";
import { verifyStep } from "./kit/verify.js";

const form = document.getElementById("signup");

function show() {
  const isSecond = Boolean(state().verification_id);
  document.getElementById("first").hidden = isSecond;
  document.getElementById("second").hidden = !isSecond;
  if (isSecond) begin();
  else form.elements.email.focus();
}

const begin = form && verifyStep(() => form.elements.password.value);
if (form) {
  watch(form.elements.password, () => form.elements.email.value);
  enhance(form, {
    body: (data) => ({ email: data.get("email"), password: data.get("password") }),
    done: ({ data }) => {
      history.pushState({ ...opened(data), email: form.elements.email.value.trim() }, "", form.dataset.then);
      show();
    },
  });
  // Back to the first step, where everything is as it was typed, and forth again.
  window.addEventListener("popstate", show);
}
