// Appends log lines as they come, and copies what is shown. Without it the page is loaded again. Rows are cloned from a
// template of the page; no HTML is made from strings here.

const MOST = 1000;
const NEAR = 80;

/** @param {HTMLElement} place */
function follow(place) {
  const list = /** @type {HTMLElement} */ (document.getElementById("log"));
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("log-row"));
  const button = /** @type {HTMLButtonElement} */ (place.querySelector("[data-follow]"));
  const sign = /** @type {HTMLElement} */ (place.querySelector("[data-said]"));
  const words = place.dataset;
  const time = new Intl.DateTimeFormat(document.documentElement.lang.slice(0, 2), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZone: words.zone,
  });
  let after = Number(words.after);
  /** @type {EventSource | null} */
  let source = null;

  /** @param {string} text */
  const fieldText = (text) => /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text;

  /** @param {{ id: number, at: number, level: string, component: string, text: string, fields: Record<string, unknown> }} line */
  function append(line) {
    if (line.id <= after) return;
    after = line.id;
    const atEnd = innerHeight + scrollY >= document.body.scrollHeight - NEAR;
    const row =
      /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
    const fill = (/** @type {string} */ name, /** @type {string} */ text) => {
      const piece = row.querySelector(`.${name}`);
      if (piece !== null) piece.textContent = text;
    };
    const tone = { warn: "warning", error: "critical", debug: "plain", info: "info" }[line.level] ?? "info";
    row.className = tone === "warning" || tone === "critical" ? tone : "";
    fill("when", time.format(line.at));
    fill("level", words[line.level] ?? line.level);
    row.querySelector(".level")?.classList.add(tone);
    fill("component", line.component);
    fill("text", line.text);
    fill(
      "fields",
      Object.entries(line.fields).map(([name, value]) =>
        `${name}=${typeof value === "string" ? fieldText(value) : value}`
      ).join(" "),
    );
    list.append(row);
    list.hidden = false;
    document.getElementById("log-empty")?.remove();
    while (list.childElementCount > MOST) list.firstElementChild?.remove();
    if (atEnd) row.scrollIntoView({ block: "nearest" });
  }

  /** @param {string | undefined} text */
  const say = (text) => sign.textContent = text ?? "";

  function start() {
    const address = new URL(words.stream ?? "", location.href);
    address.searchParams.set("after", String(after));
    source = new EventSource(address);
    source.addEventListener("line", (event) => append(JSON.parse(event.data)));
    source.addEventListener("lost", (event) => say((words.lostLines ?? "").replace("{n}", event.data)));
    source.onopen = () => say(words.following);
    source.onerror = () => say(words.lost);
    button.setAttribute("aria-pressed", "true");
    label(words.pause);
  }

  function stop() {
    source?.close();
    source = null;
    button.setAttribute("aria-pressed", "false");
    label(words.follow);
    say(words.paused);
  }

  /** @param {string | undefined} text */
  function label(text) {
    const piece = button.querySelector("[data-label]");
    if (piece !== null) piece.textContent = text ?? "";
  }

  button.addEventListener("click", () => source === null ? start() : stop());
  addEventListener("pagehide", () => source?.close());
  place.querySelector("[data-copy-log]")?.addEventListener("click", async (event) => {
    const lines = [...list.children].map((row) =>
      [".when", ".level", ".component", ".text", ".fields"].map((part) => row.querySelector(part)?.textContent ?? "")
        .filter((text) => text !== "").join(" ")
    );
    await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
    say(words.copied);
    /** @type {HTMLElement} */ (event.currentTarget).blur();
  });
}

const place = document.getElementById("log-tools");
if (place !== null) follow(place);
