// The field for six digits, and the button that has them sent again.

import { clock, countDown, phrase, send } from "./api.js";
import { note, refuse, say } from "./form.js";

const DIGITS = 6;

/** Take a code however it is pasted; `full` is called once all digits are there. */
export function codeField(input, full) {
  let last = "";
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, DIGITS);
    if (digits !== input.value) input.value = digits;
    if (digits.length === DIGITS && digits !== last) full();
    last = digits;
  });
}

/** Bring the button to life: it counts down, asks, and counts down again. */
export function resender(button, { form, state, changed }) {
  let stop = () => {};
  function wait() {
    stop();
    const seconds = Math.max(0, Math.ceil((state().resend_at - Date.now()) / 1000));
    stop = countDown(seconds, (left) => {
      button.setAttribute("aria-disabled", String(left > 0));
      button.textContent = left ? phrase("resend_in", { time: clock(left) }) : phrase("resend");
    });
  }
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const answer = await send("POST", button.dataset.resend, { verification_id: state().verification_id });
    if (answer.ok) {
      changed({ ...state(), ...opened(answer.data) });
      say(form, phrase("resent"), { isBad: false });
    } else {
      if (answer.wait) changed({ ...state(), resend_at: Date.now() + answer.wait * 1000 });
      refuse(form, answer);
    }
    const input = form.querySelector("input.code");
    input.value = "";
    note(input);
    input.focus();
    wait();
  });
  return wait;
}

/** What is to be remembered of a challenge. */
export function opened({ verification_id, resend_after }) {
  return { verification_id, resend_at: Date.now() + resend_after * 1000 };
}
