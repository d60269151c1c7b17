import { OperationError } from "../../../operations/mod.ts";
import type { BackupSchedule, BackupService, BackupTarget, BackupView, RecoveryView } from "../services/mod.ts";

/** The recovery key that opens every backup of the fake. */
export const FAKE_RECOVERY = "AAAA-BBBB-CCCC-DDDD";

/** Backups in memory; each is a file of a few octets. A restore only counts what came. */
export class FakeBackups implements BackupService {
  readonly #now: () => number;
  readonly #files = new Map<string, BackupView>();
  #schedule: BackupSchedule = {
    enabled: true,
    at: "02:30",
    every: "day",
    keep: 7,
    test: true,
    target: { kind: "none" },
  };
  #recovery: RecoveryView = { id: "", created_at: 0, confirmed_at: 0 };
  readonly inside = { included: ["users", "stored messages"], left_out: ["parley.toml"] };
  /** Octets that `restore` was given; -1: it was not called. */
  restored = -1;
  secret: string | undefined = undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  list(): Promise<BackupView[]> {
    return Promise.resolve([...this.#files.values()]);
  }
  create(by: string): Promise<BackupView> {
    const name = `parley-${this.#files.size + 1}.backup`;
    const contents = { users: 2, deferred_messages: 0, registrations: 1 };
    const view: BackupView = {
      name,
      created_at: this.#now(),
      octets: 6,
      version: "0.1.0",
      recovery_key: this.#recovery.id,
      contents,
      made_by: by,
      tested: null,
    };
    this.#files.set(name, view);
    return Promise.resolve(view);
  }
  remove(name: string): Promise<boolean> {
    return Promise.resolve(this.#files.delete(name));
  }
  open(name: string): Promise<{ readonly octets: number; readonly stream: ReadableStream<Uint8Array> } | null> {
    if (!this.#files.has(name)) return Promise.resolve(null);
    const stream = ReadableStream.from([new TextEncoder().encode("parley")]);
    return Promise.resolve({ octets: 6, stream });
  }
  test(name: string) {
    const file = this.#known(name);
    const tested = {
      at: this.#now(),
      ok: true,
      reason: "",
      users: 2,
      registrations: 1,
      deferred_messages: 0,
      ms: 12,
    };
    this.#files.set(name, { ...file, tested });
    return Promise.resolve(tested);
  }
  schedule(): BackupSchedule {
    return this.#schedule;
  }
  setSchedule(schedule: BackupSchedule, secret: string | undefined): Promise<BackupSchedule> {
    this.secret = secret ?? this.secret;
    return Promise.resolve(this.#schedule = schedule);
  }
  testTarget(target: BackupTarget): Promise<string | null> {
    return Promise.resolve(target.kind === "none" ? "no target is set" : null);
  }
  recovery(): RecoveryView {
    return this.#recovery;
  }
  newRecovery(): Promise<{ readonly id: string; readonly text: string }> {
    this.#recovery = { id: "0a1b2c3d", created_at: this.#now(), confirmed_at: 0 };
    return Promise.resolve({ id: this.#recovery.id, text: FAKE_RECOVERY });
  }
  confirmRecovery(text: string): Promise<boolean> {
    if (text !== FAKE_RECOVERY) return Promise.resolve(false);
    this.#recovery = { ...this.#recovery, confirmed_at: this.#now() };
    return Promise.resolve(true);
  }
  async restore(upload: ReadableStream<Uint8Array>, { recovery_key }: { recovery_key: string }) {
    if (recovery_key !== FAKE_RECOVERY) throw new OperationError("invalid", "the recovery key is wrong");
    let octets = 0;
    for await (const chunk of upload) octets += chunk.length;
    this.restored = octets;
    return { created_at: this.#now(), users: 2, deferred_messages: 0 };
  }
  // deno-lint-ignore require-await
  async restoreNamed(name: string, { recovery_key }: { recovery_key: string }) {
    this.#known(name);
    if (recovery_key !== FAKE_RECOVERY) throw new OperationError("invalid", "the recovery key is wrong");
    return { created_at: this.#now(), users: 2, deferred_messages: 0 };
  }

  #known(name: string): BackupView {
    const file = this.#files.get(name);
    if (file === undefined) throw new OperationError("not-found", `there is no backup "${name}"`);
    return file;
  }
}
