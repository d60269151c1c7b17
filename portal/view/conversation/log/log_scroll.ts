import { signal } from "@preact/signals";
import { firstVisible, shiftOf } from "./first_visible.ts";

/** A row and how far below the upper edge of the view it begins. */
interface Place {
  readonly key: string;
  readonly offset: number;
}

interface Held {
  readonly row: HTMLElement;
  readonly offset: number;
}

/** Rows that come into view get their heights with the next frame, and bring others into view. */
const FRAMES = 4;

/** Where each log was when it was left: the end, or a row at a height. */
const places = new Map<string, Place | "end">();
const MOST_PLACES = 200;
/** Nearer than this to an end is there. */
const END = 32, NEAR_TOP = 400;

/** Keeps the place in a log: at its end while one is there, else at the row that one reads, whatever comes before or after it. */
export class LogScroll {
  readonly atEnd = signal(true);
  /** Called when the user comes near to the first rows. */
  onNearTop: () => void = () => {};
  readonly #key: string;
  #view: HTMLElement | null = null;
  #anchor: Held | null = null;
  /** The row to which the log was sent, until the rows around it have their true heights. */
  #held: Held | null = null;

  constructor(key: string) {
    this.#key = key;
  }

  /** Takes over an element that scrolls, whose rows are the children of its child with `data-rows`. Gives what lets it go. */
  attach(view: HTMLElement): () => void {
    this.#view = view;
    const onScroll = () => {
      this.#look();
      // At the end of a short log its beginning is near, too: there is a button for who wants more.
      if (view.scrollTop < NEAR_TOP && !this.atEnd.peek() && this.#held === null) this.onNearTop();
    };
    view.addEventListener("scroll", onScroll, { passive: true });
    // The view shrinks when the keyboard of a phone comes up; rows get their true heights when they come into view.
    const sizes = new ResizeObserver(() => this.drawn());
    sizes.observe(view);
    sizes.observe(this.#rows());
    return () => {
      view.removeEventListener("scroll", onScroll);
      sizes.disconnect();
      this.#view = null;
      this.#held = null;
    };
  }

  /** Where one left off, else at `first` (a row's key), else at the end. */
  begin(first: string): void {
    const place = places.get(this.#key);
    const row = place === undefined || place === "end" ? null : this.#row(place.key);
    if (row !== null && place !== "end") this.#hold({ row, offset: place!.offset });
    else if (first === "" || place !== undefined || !this.to(first)) this.toEnd();
  }

  /** To a row, a third below the upper edge. False where it is not there. */
  to(key: string): boolean {
    const row = this.#row(key);
    if (row === null || this.#view === null) return false;
    this.#hold({ row, offset: this.#view.clientHeight / 3 });
    return true;
  }

  toEnd(): void {
    const view = this.#view;
    if (view === null) return;
    view.scrollTop = view.scrollHeight;
    this.atEnd.value = true;
    this.#anchor = this.#held = null;
    this.#remember("end");
  }

  /** After rows came, went, or got other heights. */
  drawn(): void {
    const anchor = this.#anchor;
    if (this.#view === null) return;
    if (this.#held !== null) this.#put(this.#held);
    else if (this.atEnd.peek()) this.toEnd();
    else if (anchor !== null && anchor.row.isConnected) this.#put(anchor);
    this.#look();
  }

  #hold(held: Held): void {
    this.#held = held;
    this.atEnd.value = false;
    let frames = FRAMES;
    const settle = () => {
      if (this.#held !== held || this.#view === null) return;
      this.#put(held);
      if (frames-- > 0) requestAnimationFrame(settle);
      else {
        this.#held = null;
        this.#look();
      }
    };
    settle();
  }

  #look(): void {
    const view = this.#view;
    if (view === null || this.#held !== null) return;
    this.atEnd.value = view.scrollHeight - view.scrollTop - view.clientHeight <= END;
    const rows = this.#rows().children;
    const top = view.getBoundingClientRect().top;
    const at = firstVisible(rows.length, (index) => rows[index].getBoundingClientRect().bottom, top);
    const row = rows[at] as HTMLElement | undefined;
    this.#anchor = row === undefined ? null : { row, offset: this.#offsetOf(row) };
    this.#remember(
      this.atEnd.peek() || row === undefined ? "end" : { key: row.dataset.key ?? "", offset: this.#offsetOf(row) },
    );
  }

  #remember(place: Place | "end"): void {
    places.delete(this.#key);
    places.set(this.#key, place);
    if (places.size > MOST_PLACES) places.delete(places.keys().next().value!);
  }

  #put({ row, offset }: Held): void {
    this.#view!.scrollTop += shiftOf(offset, this.#offsetOf(row));
  }

  #offsetOf(row: HTMLElement): number {
    return row.getBoundingClientRect().top - this.#view!.getBoundingClientRect().top;
  }

  #rows(): HTMLElement {
    return this.#view!.querySelector<HTMLElement>("[data-rows]")!;
  }

  #row(key: string): HTMLElement | null {
    return [...this.#rows().children].find((row) => (row as HTMLElement).dataset.key === key) as HTMLElement ?? null;
  }
}
