import { OperationError } from "../operations/mod.ts";
import { SETTINGS } from "./catalogue.ts";
import { checkChanges, sameValue } from "./change_check.ts";
import type { Config } from "./config.ts";
import { ConfirmWindow } from "./confirm_window.ts";
import type { SettingsHandover, SettingsKeeperOptions } from "./keeper_options.ts";
import { auditFacts } from "./settings_audit.ts";
import { SettingsInForce } from "./settings_in_force.ts";
import { diffOf, settingRows, versionOf } from "./setting_rows.ts";
import { type SettingProblem, SettingSources } from "./setting_sources.ts";
import type {
  CandidateView,
  SettingChange,
  SettingOrigin,
  SettingRow,
  SettingsOutcome,
  SettingsService,
  SettingsVersion,
} from "./settings_service.ts";
import {
  candidateOf,
  confirmed,
  readStored,
  reverted,
  type StoredChange,
  type StoredSettings,
  type StoredVersion,
  valuesAsOf,
  withChange,
} from "./stored_settings.ts";

/** Name of the stored value. */
const NAME = "console_settings";

/**
 * The settings while the box runs: what is in force, who may change what, and the way back. A risky change is a candidate: it is
 * stored beside the confirmed values, put in force by a restart in place, and is gone unless somebody confirms it in time. It is
 * used only where the life before has handed it over, so that a box that was killed starts with the confirmed ones.
 */
export class SettingsKeeper implements SettingsService {
  readonly #options: SettingsKeeperOptions;
  readonly #sources: SettingSources;
  #stored: StoredSettings;
  #inForce: SettingsInForce;
  #window: ConfirmWindow | null = null;
  #troubles: SettingProblem[] = [];
  readonly #live: ((config: Config) => void)[] = [];
  #restart: ((why: string, handover: SettingsHandover) => void) | null = null;
  #askedFor: { readonly why: string; readonly handover: SettingsHandover } | null = null;
  #closed = false;
  #last: Promise<void> = Promise.resolve();

  private constructor(options: SettingsKeeperOptions, stored: StoredSettings) {
    this.#options = options;
    this.#sources = new SettingSources(options.source);
    this.#stored = stored;
    // Until it is decided about a candidate: without it.
    this.#inForce = new SettingsInForce(this.#sources, { ...stored, history: [] });
  }

  /**
   * Reads what the console has set. Nothing in the store keeps the box from starting: what is wrong there is left out and told
   * by `problems`. Rejects with ConfigError where file or environment is wrong.
   */
  static async open(options: SettingsKeeperOptions): Promise<SettingsKeeper> {
    const { stored, problem } = readStored(options.settings.get(NAME));
    const keeper = new SettingsKeeper(options, stored);
    if (problem !== null) keeper.#troubles.push({ key: "", message: problem });
    for (const { message } of keeper.problems) options.log.warn("a setting of the console is left out", { message });
    await keeper.#begin(options.handover);
    return keeper;
  }

  /** What is in force now. A new value after each change of a live setting. */
  get config(): Config {
    return this.#inForce.now.config;
  }

  /** What is left out of the console's settings, and other trouble with them, for the health list. */
  get problems(): readonly SettingProblem[] {
    return [...this.#troubles, ...this.#inForce.saved.problems];
  }

  /** Throws RangeError for a key that is none. */
  originOf(key: string): SettingOrigin {
    return this.#inForce.saved.originOf(key);
  }

  /** Told when live settings have changed, with all that is in force. */
  onLive(listener: (config: Config) => void): void {
    this.#live.push(listener);
  }

  /**
   * Told when the service is to restart in place, which it does after the answer to whoever asked has gone out. The next life
   * opens with `handover`.
   */
  onRestart(listener: (why: string, handover: SettingsHandover) => void): void {
    this.#restart = listener;
    if (this.#askedFor !== null) listener(this.#askedFor.why, this.#askedFor.handover);
  }

  /** For a restart that somebody else asks for: a candidate that is open goes along, and its time runs on. */
  get handover(): SettingsHandover {
    if (this.#window === null) return { candidate: null, failed: null };
    const { version, since } = this.#window;
    return { candidate: { version, since }, failed: null };
  }

  /** Before the store is closed; from here on changes are refused. Resolves when what has begun is written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#window?.stop();
    await this.#last;
  }

  get version(): number {
    return this.#stored.version;
  }

  get restartNeeded(): boolean {
    return this.#inForce.restartNeeded;
  }

  rows(): SettingRow[] {
    return settingRows(this.#sources, this.#inForce.saved, this.#stored);
  }

  history(limit: number): SettingsVersion[] {
    return this.#stored.history.slice(0, Math.max(0, limit)).map(versionOf);
  }

  get candidate(): CandidateView | null {
    const candidate = candidateOf(this.#stored);
    if (candidate === null || this.#window === null) return null;
    const { version, changes, by, at } = candidate;
    return { version, changes: changes.map(diffOf), by, at, confirm_before: this.#window.confirmBefore };
  }

  change(
    changes: readonly SettingChange[],
    options: { by: string; version: number | null; dry_run: boolean },
  ): Promise<SettingsOutcome> {
    return this.#inTurn(() => this.#change(changes, options));
  }

  revertTo(version: number, { by, dry_run = false }: { by: string; dry_run?: boolean }): Promise<SettingsOutcome> {
    return this.#inTurn(() => {
      const then = valuesAsOf(this.#stored, version);
      if (then === null) {
        const text = `version ${version} of the settings cannot come back: it is not kept, or was never confirmed`;
        throw new OperationError("not-found", text);
      }
      const now = this.#stored.values;
      // What file or environment sets since then cannot come back from here.
      const keys = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((key) => this.#mayChange(key));
      const changes = keys.filter((key) => !sameValue(now[key] ?? null, then[key] ?? null))
        .map((key) => ({ key, value: then[key] ?? null }));
      return this.#change(changes, { by, version: null, dry_run });
    });
  }

  confirm(by: string): Promise<SettingsVersion> {
    return this.#inTurn(async () => {
      const { version } = this.#openCandidate();
      if (this.#window?.inForce !== true) {
        throw new OperationError("conflict", `version ${version} is not in force yet: the service restarts with it`);
      }
      if (this.#window.over) {
        throw new OperationError("conflict", `version ${version} was not confirmed in time and is taken back`);
      }
      await this.#write(confirmed(this.#stored));
      this.#endWindow();
      this.#options.audit("settings.confirm", by, { version });
      this.#refresh();
      return versionOf(this.#stored.history[0]);
    });
  }

  revert(by: string): Promise<SettingsVersion> {
    return this.#inTurn(async () => {
      this.#openCandidate();
      await this.#write(reverted(this.#stored, `${by} took it back`));
      return this.#takenBack(by);
    });
  }

  async #change(
    requested: readonly SettingChange[],
    { by, version, dry_run }: { by: string; version: number | null; dry_run: boolean },
  ): Promise<SettingsOutcome> {
    if (version !== null && version !== this.version) {
      const text = `the settings are at version ${this.version}; the change was made upon version ${version}`;
      throw new OperationError("stale", text);
    }
    const open = candidateOf(this.#stored);
    if (open !== null) {
      const text = `version ${open.version} of the settings, by ${open.by}, waits: confirm it or take it back first`;
      throw new OperationError("conflict", text);
    }
    const { errors, changes } = checkChanges(this.#sources, this.#stored.values, this.#inForce.saved, requested);
    const next = this.#nextStep(changes);
    if (!dry_run && changes.length > 0) await this.#carryOut(changes, by, next);
    return { errors, changes: changes.map(diffOf), version: this.version, next, candidate: this.candidate };
  }

  #nextStep(changes: readonly StoredChange[]): SettingsOutcome["next"] {
    const risky = changes.some(({ key }) => SETTINGS.get(key)!.risky);
    if (risky) return "confirm";
    const waits = changes.some((change) =>
      !SETTINGS.get(change.key)!.live && !sameValue(diffOf(change).to, this.#inForce.now.valueOf(change.key))
    );
    return waits ? "restart" : "nothing";
  }

  async #carryOut(changes: readonly StoredChange[], by: string, next: SettingsOutcome["next"]): Promise<void> {
    const state = next === "confirm" ? "candidate" : "confirmed";
    await this.#write(withChange(this.#stored, { at: this.#options.clock.now(), by, changes, state }));
    const event = state === "candidate" ? "settings.candidate" : "settings.change";
    for (const facts of auditFacts(this.version, changes.map(diffOf))) this.#options.audit(event, by, facts);
    if (state === "candidate") this.#startWindow(this.version, null);
    this.#refresh();
    if (state === "candidate") this.#ask(`settings of version ${this.version} are tried`);
  }

  #mayChange(key: string): boolean {
    const setting = SETTINGS.get(key);
    return setting !== undefined && setting.locked === "" && this.#sources.lockOf(setting) === null;
  }

  #openCandidate(): StoredVersion {
    const candidate = candidateOf(this.#stored);
    if (candidate === null) throw new OperationError("conflict", "no change of the settings waits to be confirmed");
    return candidate;
  }

  /** Decides about a candidate that the store has: handed over and in time, or given up. */
  async #begin({ candidate: handed, failed }: SettingsHandover): Promise<void> {
    const candidate = candidateOf(this.#stored);
    if (candidate === null) return;
    const why = this.#whyNot(candidate, handed, failed);
    if (why !== null) return await this.#giveUp(why);
    this.#startWindow(candidate.version, handed!.since || this.#options.clock.monotonic());
    this.#inForce = new SettingsInForce(this.#sources, this.#stored);
  }

  #whyNot(candidate: StoredVersion, handed: SettingsHandover["candidate"], failed: string | null): string | null {
    if (handed?.version !== candidate.version) return "the service ended before it was confirmed";
    if (failed !== null) return `the service could not start with it: ${failed}`;
    const late = handed.since > 0 && this.#options.clock.monotonic() >= handed.since + this.#patience;
    return late ? tooLate(this.#patience) : null;
  }

  get #patience(): number {
    return this.config.console.confirm_seconds * 1000;
  }

  #startWindow(version: number, since: number | null): void {
    const { clock, timers, log } = this.#options;
    const onEnd = () => {
      this.#inTurn(() => this.#expire(version)).catch((error) => {
        if (!this.#closed) log.error("settings not taken back", { error: String(error) });
      });
    };
    this.#window = new ConfirmWindow({ clock, timers, version, patience_ms: this.#patience, since, onEnd });
  }

  #endWindow(): void {
    this.#window?.stop();
    this.#window = null;
  }

  async #expire(version: number): Promise<void> {
    if (this.#window?.version !== version) return;
    const { inForce, patience_ms } = this.#window;
    await this.#giveUp(inForce ? tooLate(patience_ms) : "the service did not restart with it");
    this.#takenBack(null);
  }

  /** Nothing may keep the confirmed settings from coming back: where the store cannot be written, the next start gives up too. */
  async #giveUp(why: string): Promise<void> {
    const { log, audit } = this.#options;
    const next = reverted(this.#stored, why);
    const { version } = next.history[0];
    try {
      await this.#write(next);
    } catch (error) {
      const said = (error as Error).message;
      this.#stored = next;
      this.#troubles = [{ key: "", message: `that version ${version} was taken back could not be stored: ${said}` }];
      log.error("settings cannot be stored", { error: said });
    }
    log.warn("settings taken back", { version, why });
    audit("settings.revert", "system", { version, why: next.history[0].why });
  }

  /** Back to the confirmed values: live ones now, the others by a restart. `by`: null where it was told already. */
  #takenBack(by: string | null): SettingsVersion {
    const inForce = this.#window?.inForce === true;
    this.#endWindow();
    const entry = versionOf(this.#stored.history[0]);
    if (by !== null) this.#options.audit("settings.revert", by, { version: entry.version, why: entry.why });
    this.#refresh();
    // A candidate that is not in force yet: the restart that was asked for finds it given up.
    if (inForce) this.#ask(`settings of version ${entry.version} are taken back`);
    return entry;
  }

  #ask(why: string): void {
    this.#askedFor = { why, handover: this.handover };
    this.#restart?.(why, this.handover);
  }

  async #write(next: StoredSettings): Promise<void> {
    await this.#options.settings.set(NAME, next);
    this.#stored = next;
    this.#troubles = [];
  }

  #refresh(): void {
    if (!this.#inForce.follow(this.#stored, this.#window?.inForce === false)) return;
    for (const listener of this.#live) {
      try {
        listener(this.config);
      } catch (error) {
        this.#options.log.error("a live setting was not taken up", { error: String(error) });
      }
    }
  }

  #inTurn<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#closed) throw new OperationError("unavailable", "the service restarts; try again in a moment");
      return work();
    });
    this.#last = result.then(() => {}, () => {});
    return result;
  }
}

function tooLate(patience_ms: number): string {
  return `nobody confirmed it within ${patience_ms / 1000} seconds`;
}
