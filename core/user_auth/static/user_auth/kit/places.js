// From page to page. What the next page needs goes along in the history entry: it survives a reload, belongs to this
// tab alone, and is neither in the address nor in the browser's storage.

export const state = () => history.state ?? {};

export function keep(value) {
  history.replaceState(value, "");
}

/** Go to a page, in place of this one or after it. */
export function go(url, value = {}, { isStep = false } = {}) {
  if (isStep) history.pushState(value, "", url);
  else history.replaceState(value, "", url);
  location.reload();
}

/** Going back to an entry that was made here shows the page of that entry, not this one. */
export function followHistory() {
  const here = location.pathname;
  window.addEventListener("popstate", () => {
    if (location.pathname !== here) location.reload();
  });
}

/** Show what is for people of whom an address is known, or what is for the others. */
export function showSent(email) {
  document.querySelectorAll("[data-sent]").forEach((each) => (each.hidden = !email));
  document.querySelectorAll("[data-unsent]").forEach((each) => (each.hidden = Boolean(email)));
  document.querySelectorAll("[data-address]").forEach((each) => (each.textContent = email ?? ""));
}
