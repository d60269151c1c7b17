import type { MediaPlace, Seat, SeatUser } from "./media_place.ts";

/** What is to be done with a seat: one of the two happens. */
export interface SeatWish {
  readonly go: (seat: Seat) => void;
  readonly otherwise: (problem: string) => void;
}

/** The seat of one call: taken when the first session needs it. What is wished before it is ready waits; the last wish counts. */
export class Seating implements SeatUser {
  readonly #place: MediaPlace;
  readonly #moved: (seat: Seat) => void;
  #seat: Seat | null = null;
  #waiting: SeatWish | null = null;
  #over = false;

  /** `moved`: the seat is another one than before. */
  constructor(place: MediaPlace, moved: (seat: Seat) => void) {
    this.#place = place;
    this.#moved = moved;
  }

  /** Null while there is none that a session could be on. */
  get ready(): Seat | null {
    return this.#seat?.ready === true ? this.#seat : null;
  }

  /** `go` at once where there is a seat, else as soon as it is known whether there is one. */
  when(wish: SeatWish): void {
    if (this.#over) return;
    const seat = this.#seat ??= this.#place.take(this);
    if (seat.ready) return wish.go(seat);
    this.#waiting = wish;
    if (seat.problem !== "") queueMicrotask(() => this.onNoSeat(seat.problem));
  }

  /** Nothing is heard afterwards. */
  leave(): void {
    this.#over = true;
    this.#waiting = null;
    this.#seat?.leave();
  }

  onSeat(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (this.#over || this.#seat === null) return;
    if (waiting === null) this.#moved(this.#seat);
    else waiting.go(this.#seat);
  }

  onNoSeat(problem: string): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.otherwise(problem);
  }
}
