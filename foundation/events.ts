/**
 * Typed events: cross-cutting work (charging, intercept, audit, metrics) listens; who emits does not know who listens.
 * `Catalogue` names each event and the shape of its data. A listener that throws is reported and stops nobody.
 */
export class Events<Catalogue extends object> {
  readonly #listeners = new Map<keyof Catalogue, ((data: never) => void)[]>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on<K extends keyof Catalogue>(name: K, listener: (data: Catalogue[K]) => void): void {
    const list = this.#listeners.get(name) ?? [];
    list.push(listener as (data: never) => void);
    this.#listeners.set(name, list);
  }

  /** True when somebody listens: who emits on a hot path asks first and builds the data only then. */
  heard(name: keyof Catalogue): boolean {
    return this.#listeners.has(name);
  }

  emit<K extends keyof Catalogue>(name: K, data: Catalogue[K]): void {
    const list = this.#listeners.get(name);
    if (list === undefined) return;
    for (const listener of list) {
      try {
        (listener as (data: Catalogue[K]) => void)(data);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
