import { type Clock, concatBytes, type LogRing, type Metrics, utf8 } from "../../../foundation/mod.ts";
import type { AuditLog } from "../../../storage/mod.ts";
import type {
  BackupService,
  BoxService,
  BundleEntry,
  CertificateService,
  HealthService,
  SettingRow,
  SettingsService,
  SupportService,
} from "../services/mod.ts";
import { Pseudonyms } from "./pseudonyms.ts";

/** A preview stands for the bundle that is taken within so long. */
const PREVIEW_MS = 15 * 60_000;
/** Octets deflated in one turn: about 2 ms. */
const PIECE = 65_536;
/** What the zip format can say; a clock may stand anywhere. */
const EARLIEST = Date.UTC(1980, 0, 2);
const LATEST = Date.UTC(2099, 11, 30);
/** Keys whose value is a secret, whoever declared them. */
const SECRET = /(?:password|passwd|secret|token|credential|private|access_key|\bkey\b|(?:^|[._])key$)/i;

export interface SupportOptions {
  readonly box: Pick<BoxService, "status">;
  readonly settings: Pick<SettingsService, "rows" | "history">;
  readonly health: Pick<HealthService, "list">;
  readonly certificates: Pick<CertificateService, "list">;
  readonly backups: Pick<BackupService, "list" | "schedule">;
  readonly metrics: Metrics;
  readonly logs: LogRing;
  /** Version, build, runtime, system: what tells one box from another. No names, no secrets. */
  readonly build: () => Readonly<Record<string, string | number | boolean>>;
  readonly audit: Pick<AuditLog, "append">;
  readonly clock: Clock;
}

/**
 * What a supporter needs to see, as text files in a zip; looked at before it leaves, and leaving as it was looked at. No keys,
 * no secrets, no message text, no names of users.
 */
export class SupportBundle implements SupportService {
  readonly #options: SupportOptions;
  #previewed: { readonly at: number; readonly entries: BundleEntry[] } | null = null;

  constructor(options: SupportOptions) {
    this.#options = options;
  }

  async preview(): Promise<BundleEntry[]> {
    const entries = await this.#gather();
    this.#previewed = { at: this.#options.clock.monotonic(), entries };
    return entries;
  }

  async bundle(by: string): Promise<Uint8Array> {
    const { clock, audit } = this.#options;
    const seen = this.#previewed;
    this.#previewed = null;
    const fresh = seen !== null && clock.monotonic() - seen.at <= PREVIEW_MS;
    const entries = fresh ? seen.entries : await this.#gather();
    const zip = await zipped(entries, clock.now());
    audit.append({
      at: clock.now(),
      event: "support.bundle",
      actor: by,
      facts: { files: entries.length, octets: zip.length },
    });
    return zip;
  }

  async #gather(): Promise<BundleEntry[]> {
    const { box, settings, health, certificates, backups, metrics, logs, build, clock } = this.#options;
    const hide = new Pseudonyms();
    const entries: BundleEntry[] = [];
    const add = (name: string, what: string, text: string) => {
      entries.push({ name, what, octets: utf8(text).length, text });
    };
    const json = (value: unknown) => `${JSON.stringify(hide.data(value), null, 2)}\n`;
    const status = box.status();
    add("about.json", "Version, build and machine", json({ ...build(), made_at: new Date(clock.now()).toISOString() }));
    add("status.json", "Counts, doors and whether anything is wrong", json(status));
    add("health.json", "The health list", json(health.list()));
    add(
      "settings.json",
      "All settings and where they come from; secrets are masked",
      json(settings.rows().map(settingOf)),
    );
    add(
      "settings-history.json",
      "When settings were changed, without their values",
      json(
        settings.history(50).map(({ version, at, by, state, why, changes }) => ({
          version,
          at: new Date(at).toISOString(),
          by,
          state,
          why,
          keys: changes.map(({ key }) => key),
        })),
      ),
    );
    add("certificates.json", "Certificates; no keys", json(certificates.list()));
    add(
      "backups.json",
      "Which backups there are; nothing of what is in them",
      json({ schedule: targetOf(backups.schedule()), backups: await backups.list() }),
    );
    add("metrics.txt", "All figures in Prometheus text", metrics.render());
    add("log.jsonl", "The last lines of the log", this.#logText(logs, hide));
    return entries;
  }

  #logText(logs: LogRing, hide: Pseudonyms): string {
    const lines: string[] = [];
    for (const { at, level, component, text, fields } of logs.newestFirst()) {
      const line = { time: new Date(at).toISOString(), level, component, text, ...hide.data(fields) as object };
      lines.push(`${JSON.stringify(line)}\n`);
    }
    return lines.reverse().join("");
  }
}

/** A setting as it leaves the box. */
function settingOf({ key, value, default: standard, origin, set_by, apply, changed_at }: SettingRow) {
  const changed = changed_at === 0 ? "" : new Date(changed_at).toISOString();
  return { key, value: masked(key, value), default: masked(key, standard), origin, set_by, apply, changed };
}

/** Members that are secrets become "(set)", at any depth; so do user and password of a URL. */
function masked(key: string, value: unknown): unknown {
  if (SECRET.test(key)) return value === "" || value === null || value === undefined ? value : "(set)";
  if (typeof value === "string") return value.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1(set)@");
  if (Array.isArray(value)) return value.map((each) => masked("", each));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(name, each)]));
}

function targetOf(schedule: ReturnType<BackupService["schedule"]>): unknown {
  return masked("", schedule);
}

/** Deflated a piece at a time, so that nobody waits for it. */
async function zipped(entries: readonly BundleEntry[], now: number): Promise<Uint8Array> {
  // Loaded when somebody takes a bundle.
  const { Zip, ZipDeflate } = await import("fflate");
  const pieces: Uint8Array[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, piece) => {
    if (error) failure = error;
    else pieces.push(piece);
  });
  for (const { name, text } of entries) {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = Math.min(Math.max(now, EARLIEST), LATEST);
    zip.add(file);
    const octets = utf8(text);
    for (let at = 0; at < octets.length || at === 0; at += PIECE) {
      file.push(octets.subarray(at, at + PIECE), at + PIECE >= octets.length);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  zip.end();
  if (failure !== null) throw failure;
  return concatBytes(pieces);
}
