// The page of one's own account.

import { phrase } from "./kit/api.js";
import { codeField, opened, resender } from "./kit/code.js";
import { enhance, note } from "./kit/form.js";
import { watch } from "./kit/password.js";
import { endedMeanwhile, leave, news } from "./kit/room.js";

const byId = (id) => document.getElementById(id);

/** Close a form that has done its work, empty but for the name, and say so. */
function settle(form, code) {
  form.closest("details").open = false;
  form.closest("details").querySelector("summary").focus();
  news(phrase(code));
}

const rename = byId("rename");
enhance(rename, {
  method: "PATCH",
  body: (data) => ({ name: data.get("name") }),
  refused: endedMeanwhile,
  done: ({ data }) => {
    byId("shown-name").textContent = data.user.name;
    rename.elements.name.value = data.user.name;
    settle(rename, "saved");
  },
});

const changeEmail = byId("change-email");
const confirmEmail = byId("confirm-email");
let challenge = {};
const wait = resender(document.querySelector("[data-resend]"), {
  form: confirmEmail,
  state: () => challenge,
  changed: (value) => (challenge = value),
});

function showEmailStep(isSecond) {
  changeEmail.hidden = isSecond;
  byId("confirm-step").hidden = !isSecond;
}

enhance(changeEmail, {
  body: (data) => ({ new_email: data.get("new_email"), password: data.get("password") }),
  refused: endedMeanwhile,
  done: ({ data }) => {
    challenge = opened(data);
    byId("confirm-step").querySelector("[data-address]").textContent = changeEmail.elements.new_email.value.trim();
    changeEmail.elements.password.value = "";
    showEmailStep(true);
    wait();
    confirmEmail.elements.otp.focus();
  },
});
codeField(confirmEmail.elements.otp, () => confirmEmail.requestSubmit());
enhance(confirmEmail, {
  body: (data) => ({ verification_id: challenge.verification_id, otp: data.get("otp") }),
  refused: (answer) => {
    if (answer.code !== "invalid_or_expired_code") return endedMeanwhile(answer);
    note(confirmEmail.elements.otp, phrase(answer.code), "bad");
    confirmEmail.elements.otp.value = "";
    confirmEmail.elements.otp.focus();
    return true;
  },
  done: ({ data }) => {
    byId("shown-email").textContent = data.user.email;
    [changeEmail, confirmEmail].forEach((form) => form.reset());
    showEmailStep(false);
    settle(confirmEmail, "email_changed");
  },
});

const changePassword = byId("change-password");
watch(changePassword.elements.new_password);
enhance(changePassword, {
  body: (data) => ({ current_password: data.get("current_password"), new_password: data.get("new_password") }),
  refused: endedMeanwhile,
  done: () => {
    changePassword.reset();
    note(changePassword.elements.new_password);
    settle(changePassword, "password_changed");
  },
});

const remove = byId("delete");
enhance(remove, {
  method: "DELETE",
  body: (data) => ({ password: data.get("password") }),
  refused: endedMeanwhile,
  done: () => leave("deleted"),
});
