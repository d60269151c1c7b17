import { kitText } from "../view/kit/mod.ts";

/** How many stand at once, and how long each, in ms: read at 15 characters a second, and never less than this. */
const MOST = 3, SHORTEST_MS = 8_000, MS_A_CHARACTER = 65;

/**
 * Short words in a corner of the page, read out by screen readers. They go by themselves, but not while the pointer or the focus is on them: what
 * they say stands in its conversation all the same.
 */
export class Toasts {
  readonly #place: HTMLElement;
  readonly #document: Document;

  constructor(page: Document) {
    this.#document = page;
    this.#place = page.createElement("div");
    this.#place.className = "toasts";
    // There from the start: a live region that comes with its words is not read out.
    this.#place.setAttribute("role", "status");
    // Each by itself: not all that stand there again with every new one.
    this.#place.setAttribute("aria-atomic", "false");
    page.body.append(this.#place);
  }

  /** `href`: where a press leads. Texts of others stay text. */
  show(title: string, text: string, href: string): void {
    const toast = this.#document.createElement("div");
    toast.className = "toast";
    const link = this.#document.createElement("a");
    link.href = href;
    const [strong, words] = [this.#document.createElement("bdi"), this.#document.createElement("bdi")];
    strong.className = "toast-title";
    strong.textContent = title;
    words.className = "toast-text";
    words.textContent = text;
    link.append(strong, " ", words);
    const close = this.#document.createElement("button");
    close.type = "button";
    close.className = "button quiet";
    close.textContent = kitText("close");
    toast.append(link, close);
    const end = () => toast.remove();
    link.addEventListener("click", end);
    close.addEventListener("click", end);
    this.#place.append(toast);
    while (this.#place.children.length > MOST) this.#place.firstElementChild?.remove();
    this.#goLater(toast, Math.max(SHORTEST_MS, (title.length + text.length) * MS_A_CHARACTER));
  }

  close(): void {
    this.#place.remove();
  }

  #goLater(toast: HTMLElement, afterMs: number): void {
    setTimeout(() => {
      if (!toast.isConnected) return;
      // Nor while nobody sees the page.
      const kept = this.#document.visibilityState === "hidden" || toast.matches(":hover, :focus-within");
      if (kept) this.#goLater(toast, afterMs);
      else toast.remove();
    }, afterMs);
  }
}
