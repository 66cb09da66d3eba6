// The way to the API: the same requests as everybody's, with the session in the cookie.

const SECONDS = 20;
const phrases = JSON.parse(document.getElementById("phrases")?.textContent ?? "{}");

/** What the API said. `code` is that of a refusal, or `offline` where nothing was heard. */
function answer({ status = 0, data = {}, code = "", errors = [], wait = 0 }) {
  return { ok: status >= 200 && status < 300, status, data, code, errors, wait };
}

async function read(response) {
  const data = await response.json().catch(() => ({}));
  if (response.ok) return answer({ status: response.status, data });
  const { code = "unexpected", errors, retry_after: wait } = data;
  return answer({ status: response.status, data, code, errors, wait });
}

/** Send a request; never throws. */
export async function send(method, url, body) {
  const options = { method, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SECONDS * 1000) };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    return await read(await fetch(url, options));
  } catch {
    return answer({ code: "offline" });
  }
}

/** A phrase in the page's language; `{names}` in it are filled in. */
export function phrase(code, values = {}) {
  const text = phrases[code] ?? phrases.unexpected ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function has(code) {
  return code in phrases;
}

/** Seconds as people read them: 0:42, 12:00, 1:05:00. */
export function clock(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** Call `tick` with the seconds that are left, each second, until none is; returns what stops it. */
export function countDown(seconds, tick) {
  const end = Date.now() + seconds * 1000;
  let timer = 0;
  function step() {
    // By the clock, since browsers let timers of hidden tabs sleep.
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    tick(left);
    if (left) timer = window.setTimeout(step, 1000);
  }
  step();
  return () => window.clearTimeout(timer);
}
