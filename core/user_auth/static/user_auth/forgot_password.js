// The page of a forgotten password.

import { opened } from "./kit/code.js";
import { enhance } from "./kit/form.js";
import { followHistory, go } from "./kit/places.js";

const form = document.getElementById("forgot");

enhance(form, {
  body: (data) => ({ email: data.get("email") }),
  done: ({ data }) => {
    go(form.dataset.then, { ...opened(data), email: form.elements.email.value.trim() }, { isStep: true });
  },
});
followHistory();
