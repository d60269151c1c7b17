import type { KvStore } from "./kv/group_commit.ts";
import type { WriteQueue } from "./kv/write_queue.ts";
import type { Settings } from "./repositories.ts";

const MAX_OCTETS = 60_000;

/** Small named values in plain JSON, `["settings", name]`; all of them in memory. */
export class KvSettings implements Settings {
  readonly #queue: WriteQueue;
  readonly #values = new Map<string, unknown>();

  private constructor(queue: WriteQueue) {
    this.#queue = queue;
  }

  static async open(kv: KvStore, queue: WriteQueue): Promise<KvSettings> {
    const settings = new KvSettings(queue);
    for await (const { key, value } of kv.list({ prefix: ["settings"] })) settings.#values.set(key[1] as string, value);
    return settings;
  }

  get<T>(name: string): T | undefined {
    return this.#values.get(name) as T | undefined;
  }

  /** `undefined` removes it. Rejects with StorageError, RangeError for a value beyond 60,000 octets. */
  async set(name: string, value: unknown): Promise<void> {
    if (value === undefined) {
      await this.#queue.written([{ key: ["settings", name] }]);
      this.#values.delete(name);
      return;
    }
    const text = JSON.stringify(value);
    if (text.length > MAX_OCTETS) {
      throw new RangeError(`The setting "${name}" has ${text.length} octets; at most ${MAX_OCTETS} are allowed`);
    }
    const own = JSON.parse(text) as unknown;
    await this.#queue.written([{ key: ["settings", name], value: own, size: text.length }]);
    this.#values.set(name, own);
  }
}
