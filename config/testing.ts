/** A box around a SettingsKeeper: it can restart in place, fail to start, be killed. For tests only. */
import { silentLog } from "../foundation/mod.ts";
import { FakeTime } from "../foundation/testing.ts";
import type { SettingsHandover, SettingsStore } from "./keeper_options.ts";
import { SettingsKeeper } from "./settings_keeper.ts";

/** Keeps JSON text, as a disk would. */
export class FakeSettingsStore implements SettingsStore {
  readonly disk = new Map<string, string>();
  /** Set: writes are refused with it. */
  refusal: Error | null = null;

  get<T>(name: string): T | undefined {
    const text = this.disk.get(name);
    return text === undefined ? undefined : JSON.parse(text) as T;
  }

  set(name: string, value: unknown): Promise<void> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    const text = JSON.stringify(value);
    if (text.length > 60_000) return Promise.reject(new RangeError(`${text.length} octets`));
    this.disk.set(name, text);
    return Promise.resolve();
  }
}

export const NO_HANDOVER: SettingsHandover = { candidate: null, failed: null };

export interface KeeperWorldOptions {
  readonly text?: string;
  readonly environment?: Record<string, string>;
  readonly settings?: FakeSettingsStore;
}

export class KeeperWorld {
  readonly time = new FakeTime();
  readonly settings: FakeSettingsStore;
  readonly audited: [event: string, actor: string, facts: Readonly<Record<string, string | number>>][] = [];
  /** What the present life has asked for; null: nothing. */
  asked: { why: string; handover: SettingsHandover } | null = null;
  keeper!: SettingsKeeper;
  /** Values of `pager.max_body` that the listener of live settings was told. */
  readonly told: number[] = [];
  readonly #text: string;
  readonly #environment: Record<string, string>;

  private constructor({ text = "", environment = {}, settings = new FakeSettingsStore() }: KeeperWorldOptions) {
    this.#text = text;
    this.#environment = environment;
    this.settings = settings;
  }

  static async start(options: KeeperWorldOptions = {}): Promise<KeeperWorld> {
    const world = new KeeperWorld(options);
    await world.#live(NO_HANDOVER);
    return world;
  }

  /** The process dies and is started again. */
  async kill(): Promise<void> {
    // Nothing of the old life acts any more.
    await this.keeper.close();
    await this.#live(NO_HANDOVER);
  }

  /** The restart in place that was asked for, or one for another reason. */
  async restart(): Promise<void> {
    const handover = this.asked?.handover ?? this.keeper.handover;
    await this.keeper.close();
    await this.#live(handover);
  }

  /** As `restart`, but the box cannot start with what it finds: the one after is told so. */
  async restartFails(reason: string): Promise<void> {
    const handover = this.asked?.handover ?? this.keeper.handover;
    await this.keeper.close();
    await this.#live(handover);
    if (handover.candidate === null) return;
    await this.keeper.close();
    await this.#live({ ...handover, failed: reason });
  }

  /** Lets time pass, and what it sets off be done. */
  async pass(seconds: number): Promise<void> {
    this.time.advance(seconds * 1000);
    await settled();
  }

  async #live(handover: SettingsHandover): Promise<void> {
    this.asked = null;
    this.keeper = await SettingsKeeper.open({
      source: { text: this.#text, file: "/etc/parley.toml", data: "/srv/parley", environment: this.#environment },
      settings: this.settings,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      audit: (event, actor, facts) => this.audited.push([event, actor, facts]),
      handover,
    });
    const { keeper } = this;
    keeper.onLive(({ pager }) => this.told.push(pager.max_body));
    keeper.onRestart((why, handed) => {
      if (keeper === this.keeper) this.asked = { why, handover: handed };
    });
  }
}

/** All that hangs on promises that are resolved is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
