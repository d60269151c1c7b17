import type { Config } from "../config.ts";
import type { Clock, Log, Metrics, Timers } from "../foundation/mod.ts";
import { type CertificateMade, OperationError } from "../operations/mod.ts";
import type { Records } from "../storage/mod.ts";
import {
  certificateFacts,
  type CertificatePair,
  certificatesOf,
  makeCertificate,
} from "../transport/net/machine/mod.ts";
import { authorityAlarm, type CertificateAlarm, expiryAlarm, namesAlarm, troubleAlarm } from "./alarms.ts";
import { FilePair } from "./file_pair.ts";
import { InternalAuthority } from "./internal_authority.ts";
import { LivePair, type Trouble } from "./live_pair.ts";
import { hostNames, missingNames, ownNames } from "./names.ts";
import { OwnPair } from "./own_pair.ts";
import { readAuthorities } from "./peer_authorities.ts";
import { Renewal } from "./renewal.ts";
import { type CsrWish, Requests } from "./requests.ts";
import { type CertificateRecord, Shelf, type StoredCertificate, storedPair } from "./shelf.ts";
import { Turns } from "./turns.ts";
import { Upkeep } from "./upkeep.ts";
import { readUpload, type Upload } from "./upload.ts";
import { type AuthorityView, type CertificateView, type CsrView, type Shown, Views } from "./views.ts";

const SYSTEM = "system";

/** Told of each change, for the audit log. `by`: who did it, `system` for the box itself. No keys among the facts. */
export type AuditCertificates = (
  event: string,
  by: string,
  facts: Readonly<Record<string, string | number>>,
) => void;

/** What the keeper stands on. */
export interface KeeperOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** `storage.records(CERTIFICATE_RECORDS.name, CERTIFICATE_RECORDS.max)` */
  readonly records: Records<CertificateRecord>;
  readonly audit: AuditCertificates;
  readonly metrics?: Metrics;
}

/** How SIP doors speak TLS: `TlsOptions` of `transport/sip/flows`. */
export interface TlsSettings {
  readonly certificates: readonly CertificatePair[];
  readonly clientCertificates: "none" | "ask" | "require";
  readonly authorities: string;
  readonly publicRoots: boolean;
  readonly clientCertificate: CertificatePair;
}

/**
 * The box's certificates, for doors, console and health list. Changes take turns; each is stored first and then live on all
 * doors at once, and connections that are open stay. Refusals are OperationErrors.
 */
export class CertificateKeeper {
  readonly #options: KeeperOptions;
  readonly #files: FilePair | null;
  readonly #own: OwnPair;
  readonly #shelf: Shelf;
  readonly #live: LivePair;
  readonly #peers: string;
  readonly #requests: Requests;
  readonly #authority: InternalAuthority;
  readonly #upkeep: Upkeep;
  readonly #views: Views;
  readonly #turns = new Turns();

  private constructor(
    options: KeeperOptions,
    parts: { files: FilePair | null; own: OwnPair; shelf: Shelf; live: LivePair; peers: string },
  ) {
    this.#options = options;
    this.#files = parts.files;
    this.#own = parts.own;
    this.#shelf = parts.shelf;
    this.#live = parts.live;
    this.#peers = parts.peers;
    const { metrics, clock, log, timers } = options;
    this.#views = new Views(options.config, clock);
    this.#requests = new Requests(parts.shelf, clock);
    this.#authority = new InternalAuthority(parts.shelf, clock);
    this.#upkeep = new Upkeep({
      ...parts,
      renewal: new Renewal({ ...parts, authority: this.#authority, clock, log }),
      turns: this.#turns,
      timers,
      log,
      renewed: () => this.#audit("certificate.renew", SYSTEM, this.#shown()),
      refused: (text) => options.audit("certificate.trouble", SYSTEM, { text }),
    });
    metrics?.gauge(
      "parley_certificate_expires_seconds",
      "Until the certificate in use expires",
      () => Math.floor((this.pair.notAfter - clock.now()) / 1000),
    );
    metrics?.gauge("parley_certificate_alarms", "Alarms about certificates", () => this.alarms().length);
  }

  /** Whatever is wrong with certificates becomes a trouble; rejects only where none can be made at all. */
  static async open(options: KeeperOptions): Promise<CertificateKeeper> {
    const { config, clock, timers, log } = options;
    const { certificate, key, ca } = config.tls;
    const files = certificate === "" ? null : new FilePair({ certificate, key, clock, timers, log });
    const own = new OwnPair({ directory: config.data, names: () => ownNames(config), clock, log });
    await own.look();
    const shelf = new Shelf(options.records);
    const live = await LivePair.open({ files, shelf, own, clock, log });
    const authorities = await readAuthorities(ca, () => makeCertificate(["nobody.invalid"], clock));
    if (authorities.problem !== null) live.note("ca", { code: "certificate.bad/ca", text: authorities.problem });
    const keeper = new CertificateKeeper(options, { files, own, shelf, live, peers: authorities.pem });
    for (const { code, text } of live.troubles) {
      log.error("certificate trouble", { code, trouble: text, shown: live.held.source });
      options.audit("certificate.trouble", SYSTEM, { code, text });
    }
    return keeper;
  }

  /** What the doors show now. */
  get pair(): CertificatePair {
    return this.#live.held.pair;
  }

  get options(): TlsSettings {
    return {
      certificates: [this.pair],
      clientCertificates: this.#options.config.tls.client_certificates,
      authorities: this.#peers,
      publicRoots: true,
      clientCertificate: this.pair,
    };
  }

  /** `listener` gets every new pair, from the next change on, until the function given back is called. */
  onRenewed(listener: (pair: CertificatePair) => void): () => void {
    return this.#live.onRenewed(listener);
  }

  /** Watches files and dates until the function it gives is called. */
  watch(): () => void {
    this.#upkeep.start();
    return () => this.#upkeep.stop();
  }

  /** What says that the console only looks; "" where it may change something: also while the files cannot be used. */
  get lockedBy(): string {
    if (this.#files === null || this.#files.usable === null) return "";
    return `[tls] certificate in ${this.#options.config.file || "the settings"}`;
  }

  /** What is wrong; kept until it is right again. */
  get troubles(): readonly Trouble[] {
    return this.#live.troubles;
  }

  /** Every certificate there is, the one in use first. */
  list(): CertificateView[] {
    const all: Shown[] = this.#shelf.certificates().map(([id, { source, certificate }]) => ({
      id,
      source,
      certificate,
    }));
    const [files, own] = [this.#files?.pair, this.#own.pair];
    if (files) all.push({ id: "file", source: "file", certificate: files.certificate });
    if (own !== null) all.push({ id: "self-signed", source: "self-signed", certificate: own.certificate });
    const views = all.map((one) => this.#view(one));
    return views.sort((a, b) => Number(b.in_use) - Number(a.in_use));
  }

  /** The chain as PEM, for clients that are to trust it; null for none of that id. Never a key. */
  certificatePem(id: string): string | null {
    if (id === "file") return this.#files?.pair?.certificate ?? null;
    if (id === "self-signed") return this.#own.pair?.certificate ?? null;
    return this.#shelf.certificate(id)?.certificate ?? null;
  }

  /** What the health list should say of certificates, the worst first. */
  alarms(now: number = this.#options.clock.now()): CertificateAlarm[] {
    const { source, pair, since } = this.#live.held;
    const authority = this.#authority.pair;
    const filesProblem = this.#files?.problem?.message;
    const found = [
      ...this.troubles.map((trouble) => troubleAlarm(trouble, this.#live.held, trouble.text === filesProblem)),
      expiryAlarm(pair, source, since, now),
      namesAlarm(missingNames(pair.names, this.#options.config), source, since),
      authority === null ? null : authorityAlarm(authority, now),
    ].filter((one) => one !== null);
    // One code is one alarm: the trouble says more than the date.
    const each = found.filter((one, at) => found.findIndex(({ code }) => code === one.code) === at);
    return each.sort((a, b) => Number(b.severity === "critical") - Number(a.severity === "critical"));
  }

  /** Does what the button of an alarm says; gives what was done, in a line. */
  async repair(code: string, by: string): Promise<string> {
    const found = this.alarms().find((one) => one.code === code);
    if (found === undefined || found.repair.action === "") {
      throw new OperationError("conflict", `"${code}" cannot be repaired by a button`);
    }
    const { id, source, pair } = this.#live.held;
    let view: CertificateView;
    if (this.troubles.some((trouble) => trouble.code === code)) view = await this.reload(by);
    else if (source === "self-signed") view = await this.renewSelfSigned(by);
    else {
      const issued = this.#shelf.certificate(id)!;
      const names = [...new Set([...issued.names, ...missingNames(pair.names, this.#options.config)])];
      view = await this.issue({ names, days: issued.days }, by);
    }
    return `in use: ${view.subject} (${view.source}), until ${new Date(view.not_after).toISOString().slice(0, 10)}`;
  }

  /** Checks a pair, or the answer to a request made here, and puts it in use at once. */
  upload(upload: Upload, by: string): Promise<CertificateView> {
    return this.#turns.take(async () => {
      this.#unlocked();
      const { pair, request } = await readUpload(upload, this.#shelf.requests(), this.#options.clock);
      const id = idOf(pair);
      await this.#shelf.addChosen(id, storedPair("uploaded", pair, this.#options.clock.now()));
      if (request !== "") await this.#shelf.remove(request);
      return await this.#taken(id, "certificate.upload", by);
    });
  }

  /** Puts one that is there in use: the id of an uploaded or issued one, or `self-signed`. */
  use(id: string, by: string): Promise<CertificateView> {
    return this.#turns.take(async () => {
      this.#unlocked();
      if (id === "file") throw new OperationError("conflict", "the files cannot be used: see the alarm");
      if (id !== "self-signed") {
        const stored = this.#known(id);
        certificatesOf(stored.certificate, stored.key, this.#options.clock);
      }
      await this.#shelf.choose(id);
      return await this.#taken(id, "certificate.use", by);
    });
  }

  /** Removes one that is not in use, with its key; gives what it was. */
  remove(id: string, by: string): Promise<CertificateView> {
    return this.#turns.take(async () => {
      if (id === "file" || id === "self-signed") {
        throw new OperationError("conflict", `the certificate "${id}" is not the console's to remove`);
      }
      const { source, certificate } = this.#known(id);
      if (id === this.#live.held.id) {
        throw new OperationError("conflict", "this certificate is in use; put another one in use first");
      }
      const view = this.#view({ id, source, certificate });
      if (id === this.#shelf.chosen) await this.#shelf.choose("self-signed");
      await this.#shelf.remove(id);
      await this.#live.settle();
      this.#audit("certificate.remove", by, view);
      return view;
    });
  }

  /** Reads the files of `[tls]` again, now. */
  reload(by: string): Promise<CertificateView> {
    return this.#turns.take(async () => {
      if (this.#files === null) throw new OperationError("conflict", "the settings name no certificate files ([tls])");
      await this.#upkeep.reload();
      if (this.#files.problem !== null) throw new OperationError("invalid", this.#files.problem.message);
      const view = this.#shown();
      this.#audit("certificate.reload", by, view);
      return view;
    });
  }

  /** Makes the box's own certificate anew, for all its present names; another one that is in use stays in use. */
  renewSelfSigned(by: string): Promise<CertificateView> {
    return this.#turns.take(async () => {
      await this.#own.renew();
      return await this.#taken("self-signed", "certificate.self_signed", by);
    });
  }

  /** For the command line: the same, and with `use` every door shows it from now on. */
  async renewOwn(use: boolean, by: string): Promise<CertificateMade> {
    const renewed = await this.renewSelfSigned(by);
    const { names, not_after, fingerprint, in_use } = use && !renewed.in_use
      ? await this.use("self-signed", by)
      : renewed;
    return { names, not_after, fingerprint, in_use };
  }

  listCsrs(): CsrView[] {
    return this.#requests.list();
  }

  /** A request for an authority elsewhere, with a fresh key that stays here until its certificate is uploaded. */
  makeCsr(wish: CsrWish, by: string): Promise<CsrView> {
    return this.#turns.take(async () => {
      const view = await this.#requests.make(wish);
      this.#options.audit("certificate.request", by, { id: view.id, names: view.names.join(" ") });
      return view;
    });
  }

  /** Forgets a request and its key. False when there is none. */
  discardCsr(id: string, by: string): Promise<boolean> {
    return this.#turns.take(async () => {
      const known = await this.#requests.discard(id);
      if (known) this.#options.audit("certificate.request_discard", by, { id });
      return known;
    });
  }

  /** The internal CA; null where there is none. */
  authority(): AuthorityView | null {
    return this.#authority.view();
  }

  /** Its certificate as DER, which some clients want. */
  authorityDer(): Uint8Array<ArrayBuffer> | null {
    return this.#authority.der();
  }

  /** Makes the internal CA, in the place of one that is there: what that one issued stays in use until it is renewed. */
  createAuthority(
    { name, days }: { readonly name: string; readonly days: number },
    by: string,
  ): Promise<AuthorityView> {
    return this.#turns.take(async () => {
      const view = await this.#authority.create(name, days);
      this.#options.audit("certificate.authority", by, { subject: view.subject, fingerprint: view.fingerprint });
      return view;
    });
  }

  /** The internal CA makes a pair for the box, for at most 398 days; it is put in use at once and renewed by itself. */
  issue(
    { names, days }: { readonly names: readonly string[]; readonly days: number },
    by: string,
  ): Promise<CertificateView> {
    return this.#turns.take(async () => {
      this.#unlocked();
      const hosts = hostNames(names);
      const pair = await this.#authority.issue(hosts, days);
      const id = idOf(pair);
      await this.#shelf.addChosen(id, storedPair("internal CA", pair, this.#options.clock.now(), hosts, days));
      return await this.#taken(id, "certificate.issue", by);
    });
  }

  /** After a change: what is chosen goes live, the audit log hears of it; gives the certificate that was changed. */
  async #taken(id: string, event: string, by: string): Promise<CertificateView> {
    await this.#live.settle();
    const view = this.list().find((one) => one.id === id)!;
    this.#audit(event, by, view);
    return view;
  }

  #known(id: string): StoredCertificate {
    const stored = this.#shelf.certificate(id);
    if (stored === undefined) throw new OperationError("not-found", `there is no certificate "${id.slice(0, 100)}"`);
    return stored;
  }

  #view(shown: Shown): CertificateView {
    return this.#views.view(shown, shown.id === this.#live.held.id);
  }

  #shown(): CertificateView {
    const { id, source, pair } = this.#live.held;
    return this.#view({ id, source, certificate: pair.certificate });
  }

  #audit(event: string, by: string, { id, subject, fingerprint, not_after }: CertificateView): void {
    this.#options.audit(event, by, { id, subject, fingerprint, not_after });
  }

  #unlocked(): void {
    if (this.lockedBy === "") return;
    throw new OperationError("conflict", `what is in use is set by ${this.lockedBy}; change it there`);
  }
}

/** The same certificate has the same id, however often it comes. */
function idOf({ certificate }: CertificatePair): string {
  return certificateFacts(certificate).fingerprint.replaceAll(":", "").slice(0, 16).toLowerCase();
}
