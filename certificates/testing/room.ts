/** What the tests of certificates share: records in memory, a keeper over a temporary folder. For tests only. */
import { type Config, parseConfig } from "../../config.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { Metrics, silentLog } from "../../foundation/mod.ts";
import { type Records, StorageError } from "../../storage/mod.ts";
import { type CertificatePair, makeCertificate } from "../../transport/net/machine/mod.ts";
import { CertificateKeeper } from "../keeper.ts";
import type { CertificateRecord } from "../shelf.ts";

export const DAY_MS = 86_400_000;

/** Records in memory, as JSON like the real ones; `fault` makes writes fail. */
export class MemoryRecords<T> implements Records<T> {
  readonly #texts = new Map<string, string>();
  fault: StorageError | null = null;

  get size(): number {
    return this.#texts.size;
  }
  get max(): number {
    return 50;
  }
  get(id: string): T | undefined {
    const text = this.#texts.get(id);
    return text === undefined ? undefined : JSON.parse(text);
  }
  *entries(): Iterable<readonly [string, T]> {
    for (const id of [...this.#texts.keys()].sort()) yield [id, this.get(id)!];
  }
  async put(id: string, value: T): Promise<void> {
    await this.putAll([[id, value]]);
  }
  async putAll(values: Iterable<readonly [string, T]>): Promise<void> {
    if (this.fault !== null) throw this.fault;
    for (const [id, value] of values) this.#texts.set(id, JSON.stringify(value));
  }
  async update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    const next = change(this.get(id));
    if (next === undefined) this.#texts.delete(id);
    else await this.put(id, next);
    return this.get(id);
  }
  async remove(id: string): Promise<boolean> {
    if (this.fault !== null) throw this.fault;
    return this.#texts.delete(id);
  }
}

/** A box's folder and what would outlive a restart of it. */
export class Room implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "parley-certificates-" });
  readonly time = new FakeTime(Date.UTC(2026, 5, 1));
  readonly records = new MemoryRecords<CertificateRecord>();
  readonly audit: { event: string; by: string; facts: Readonly<Record<string, string | number>> }[] = [];
  readonly metrics = new Metrics();
  #stop: () => void = () => {};

  config(toml = ""): Config {
    const file = `${this.dir}/parley.toml`;
    return parseConfig(`domain = "example.test"\n${toml}`, { file, data: `${this.dir}/data` });
  }

  /** Settings that name `own.pem` and `own.key` in the folder. */
  get withFiles(): string {
    return `[tls]\ncertificate = "${this.dir}/own.pem"\nkey = "${this.dir}/own.key"\n`;
  }

  /** Puts a pair where the settings look for it. */
  async install({ certificate, key }: Pick<CertificatePair, "certificate" | "key">): Promise<void> {
    await Deno.writeTextFile(`${this.dir}/own.key`, key);
    await Deno.writeTextFile(`${this.dir}/own.pem`, certificate);
  }

  /** A start of the box. */
  async open(toml = "", config: Config = this.config(toml)): Promise<CertificateKeeper> {
    this.#stop();
    const keeper = await CertificateKeeper.open({
      config,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      records: this.records,
      audit: (event, by, facts) => this.audit.push({ event, by, facts }),
      metrics: new Metrics(),
    });
    this.#stop = keeper.watch();
    return keeper;
  }

  /** Lets `days` pass, the last minute of them by the timers, and waits for what they started. */
  async pass(days: number, keeper: CertificateKeeper): Promise<void> {
    this.time.jump(days * DAY_MS - 60_000);
    this.time.advance(60_000);
    await keeper.discardCsr("nothing, only a turn behind the timer's", "test");
  }

  /** A pair that was valid at another time: made `from` days from now, for `days`. */
  made(
    names: string[],
    { from = 0, days = 400, issuer }: { from?: number; days?: number; issuer?: CertificatePair } = {},
  ) {
    const then = new FakeTime(this.time.now() + from * DAY_MS);
    return makeCertificate(names, then, { days, ...(issuer === undefined ? {} : { issuer }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs openssl in a folder and gives what it printed. Throws when it fails. */
export async function openssl(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", { args, cwd }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${text}`);
  return text;
}
