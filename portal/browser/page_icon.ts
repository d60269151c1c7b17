/** Pixels of the icon that is drawn, and the dot on it. */
const SIZE = 64, DOT = 15;
/** As badges in the page are. */
const COLOUR = "#c4320a", RIM = "#fff";

/** The icon of the window, with a dot on it while there is something new. */
export class PageIcon {
  readonly #link: HTMLLinkElement | null;
  readonly #plain: { readonly href: string; readonly type: string };
  #marked = false;
  #drawn: string | null = null;

  constructor(page: Document) {
    this.#link = page.querySelector('link[rel="icon"]');
    this.#plain = { href: this.#link?.href ?? "", type: this.#link?.type ?? "" };
  }

  /** Never rejects: an icon that cannot be drawn stays as it was. */
  async mark(marked: boolean): Promise<void> {
    this.#marked = marked;
    if (this.#link === null) return;
    if (marked) this.#drawn ??= await drawn(this.#link.ownerDocument);
    // It may have been read while it was drawn.
    const shown = this.#marked ? this.#drawn : null;
    this.#link.type = shown === null ? this.#plain.type : "image/png";
    this.#link.href = shown ?? this.#plain.href;
  }
}

/** The icon of the installed page with the dot; null where that cannot be had. */
async function drawn(page: Document): Promise<string | null> {
  const picture = new Image();
  picture.src = page.querySelector<HTMLLinkElement>('link[rel="apple-touch-icon"]')?.href ?? "";
  try {
    await picture.decode();
  } catch (error) {
    console.debug("no icon to mark", String(error));
    return null;
  }
  const canvas = page.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  pen.drawImage(picture, 0, 0, SIZE, SIZE);
  pen.beginPath();
  pen.arc(SIZE - DOT, DOT, DOT - 2, 0, 2 * Math.PI);
  pen.fillStyle = COLOUR;
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = RIM;
  pen.stroke();
  return canvas.toDataURL("image/png");
}
