// Shows new mails as they come. Those that are there already stay as they are, so that a code can be copied in peace.

const PAUSE_MILLISECONDS = 2000;

async function showNew() {
  const response = await fetch(window.location.pathname, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const letters = document.getElementById("letters");
  const fresh = [...page.querySelectorAll("article")].filter((letter) => !document.getElementById(letter.id));
  if (fresh.length) {
    letters.querySelector(".empty")?.remove();
    letters.prepend(...fresh);
  }
}

async function watch() {
  try {
    if (!document.hidden) await showNew();
  } catch {
    // The service is away; it may come back.
  }
  window.setTimeout(watch, PAUSE_MILLISECONDS);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.copied;
});
window.setTimeout(watch, PAUSE_MILLISECONDS);
