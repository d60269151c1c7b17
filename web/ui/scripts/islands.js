// The little that pages do by script; without it they work all the same. No HTML is made from strings here, and the page's
// policy (require-trusted-types-for) would refuse it.

/** Tells the server our time zone, for the pages to come. */
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`parley_zone=${encodeURIComponent(zone)}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `parley_zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }
}

/** `<button data-copy="id">`: copies the text of that element, says so on itself. @param {HTMLButtonElement} button */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (source === null) return;
  const text = source instanceof HTMLTextAreaElement ? source.value : source.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection()?.selectAllChildren(source);
    return;
  }
  say(button, button.dataset.done ?? "");
}

/** Shows `text` on a button for two seconds, where a screen reader hears it. @param {HTMLElement} button @param {string} text */
function say(button, text) {
  const label = button.querySelector("[data-label]");
  if (label === null || button.dataset.busy) return;
  const before = label.textContent;
  button.dataset.busy = "1";
  label.textContent = text;
  setTimeout(() => {
    label.textContent = before;
    delete button.dataset.busy;
  }, 2000);
}

/** `<button data-reveal="id">`: shows what is typed in a password field. @param {HTMLButtonElement} button */
function reveal(button) {
  const input = document.getElementById(button.dataset.reveal ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button === null) return;
  if (button.dataset.copy !== undefined) copy(button);
  if (button.dataset.reveal !== undefined) reveal(button);
  if (button.dataset.print !== undefined) print();
});

/** No second press of a button while the first is under way. Not `disabled`: its value would not be sent. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "get") return;
  // The answer is a file: the page stays, and the button may be pressed again.
  if (event.submitter?.hasAttribute("data-stays")) return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  form.dataset.sent = "";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    form.removeAttribute("data-sent");
    form.removeAttribute("aria-busy");
  }
});

/** `<time data-countdown="seconds left">`: counts down from the time the page was made; at 0 loads the page anew. */
function countDown() {
  const began = performance.now();
  const all = [...document.querySelectorAll("[data-countdown]")].map((element) => ({
    element,
    seconds: Number(element.getAttribute("data-countdown")),
  }));
  if (all.length === 0) return;
  const timer = setInterval(() => {
    for (const { element, seconds } of all) {
      const left = Math.max(0, Math.ceil(seconds - (performance.now() - began) / 1000));
      element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left === 0 && element.getAttribute("data-then") !== "stay") {
        clearInterval(timer);
        setTimeout(() => location.replace(location.href), 1500);
      }
    }
  }, 250);
}

/** Takes the `[data-live]` pieces of a fresh copy of this page. A piece that has the focus or an open part stays. */
function freshen() {
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.onload = () => {
    if (request.status !== 200 || request.responseXML === null) return;
    for (const piece of document.querySelectorAll("[data-live][id]")) {
      const fresh = request.responseXML.getElementById(piece.id);
      const held = piece.contains(document.activeElement) || piece.querySelector("details[open]") !== null;
      if (fresh === null || held || fresh.isEqualNode(piece)) continue;
      piece.replaceWith(document.adoptNode(fresh));
    }
  };
  request.send();
}

/** `<main data-events="/api/v1/events">`: listens while the page is seen, and brings its live pieces up to date. */
function live() {
  const place = document.querySelector("[data-events]");
  if (place === null) return;
  const url = place.getAttribute("data-events") ?? "";
  const sign = document.querySelector("[data-live-sign]");
  /** @type {EventSource | null} */
  let source = null;
  let waiting = 0;
  let last = performance.now();
  const soon = () => {
    if (waiting !== 0) return;
    waiting = setTimeout(() => {
      waiting = 0;
      last = performance.now();
      freshen();
    }, Math.max(250, 5000 - (performance.now() - last)));
  };
  const open = () => {
    if (source !== null || document.hidden) return;
    source = new EventSource(url);
    source.addEventListener("health", () => {
      last = 0;
      soon();
    });
    source.addEventListener("live", soon);
    source.onopen = () => sign?.removeAttribute("hidden");
    source.onerror = () => sign?.setAttribute("hidden", "");
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      open();
      soon();
    } else {
      source?.close();
      source = null;
    }
  });
  open();
}

tellZone();
countDown();
live();
