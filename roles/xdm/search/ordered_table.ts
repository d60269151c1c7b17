/**
 * Rows by id, in the order of their ids. A walk survives changes between its steps: it goes on behind the id it was at.
 */
export class OrderedTable<Row extends { readonly id: string }> {
  readonly #rows: Row[] = [];

  get size(): number {
    return this.#rows.length;
  }

  get(id: string): Row | undefined {
    const row = this.#rows[this.#place(id)];
    return row?.id === id ? row : undefined;
  }

  /** Adds it, or puts it in the place of the one with its id. */
  set(row: Row): void {
    const last = this.#rows.at(-1);
    if (last === undefined || last.id < row.id) {
      this.#rows.push(row);
      return;
    }
    const place = this.#place(row.id);
    this.#rows.splice(place, this.#rows[place].id === row.id ? 1 : 0, row);
  }

  delete(id: string): void {
    const place = this.#place(id);
    if (this.#rows[place]?.id === id) this.#rows.splice(place, 1);
  }

  /** Up to `most` rows from behind an id; "" for the first ones. */
  after(id: string, most: number): readonly Row[] {
    let place = id === "" ? 0 : this.#place(id);
    if (id !== "" && this.#rows[place]?.id === id) place++;
    return this.#rows.slice(place, place + most);
  }

  /** Where it is, or would be. */
  #place(id: string): number {
    let low = 0, high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
