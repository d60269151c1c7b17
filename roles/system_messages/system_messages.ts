import { type Clock, type Events, type Log, randomHex } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import { userAddress } from "../../operations/stored/mod.ts";
import type { Records, Storage, StoreOutcome, Subscriber } from "../../storage/mod.ts";
import type { SystemMessageService, SystemMessageView } from "../admin/services/mod.ts";
import type { DeferredDelivery, DeferredEvents } from "../deferred/mod.ts";
import { MAX_TEXT, systemMessage } from "./system_message.ts";

/** What system messages stand on. */
export interface SystemMessagesParts {
  readonly storage: Pick<Storage, "subscribers" | "auditLog" | "records">;
  readonly deferred: Pick<DeferredDelivery, "post">;
  readonly events: Events<DeferredEvents>;
  readonly clock: Clock;
  readonly log: Log;
  /** The service's domain: `sip:system@domain` speaks. */
  readonly domain: string;
  /** The service's display name. */
  readonly name: string;
  /** How long an undelivered one is kept, ms. */
  readonly keep_ms: number;
}

/** One message to one user or to all, as it is kept. */
interface Job extends SystemMessageView {
  /** The last user it was stored for; null when it has been stored for all. */
  readonly cursor: string | null;
}

const MAX_JOBS = 1000;
const MAX_MARKS = 100_000;
/** Deliveries remembered, so that a second device of the same recipient is not counted. */
const MAX_TAKEN = 20_000;
/** Users served between two notes of how far it is: after a kill so many may be asked again (the store knows them). */
const CHUNK = 200;
export const EVERYBODY = "everybody";

/**
 * Sends what the service says. A message is stored for each recipient before anything else, so that it survives a kill; the
 * deferred function delivers it, at once to those who are online. A message to everybody goes on after a restart.
 */
export class SystemMessages implements SystemMessageService {
  readonly #parts: SystemMessagesParts;
  readonly #jobs: Records<Job>;
  /** What was said for which cause to whom: `cause` and address. */
  readonly #marks: Records<{ readonly at: number }>;
  /** Deliveries that are not written down yet, by job. */
  readonly #delivered = new Map<string, number>();
  /** Messages that a device has taken: a recipient counts once, however many devices take a copy. */
  readonly #taken = new Set<string>();
  /** What is being said at this moment: its mark is not written yet. */
  readonly #telling = new Set<string>();
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(
    parts: SystemMessagesParts,
    jobs: Records<Job>,
    marks: Records<{ readonly at: number }>,
  ) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#marks = marks;
    parts.events.on("deferredDelivered", ({ transaction }) => this.#arrived(transaction));
  }

  static async open(parts: SystemMessagesParts): Promise<SystemMessages> {
    const jobs = await parts.storage.records<Job>("system_messages", MAX_JOBS);
    const marks = await parts.storage.records<{ readonly at: number }>("system_message_marks", MAX_MARKS);
    return new SystemMessages(parts, jobs, marks);
  }

  /** Goes on with what a restart cut off. */
  start(): void {
    for (const [id, job] of this.#jobs.entries()) if (job.cursor !== null) this.#enqueue(id);
  }

  /** Resolves when everything that was asked for so far is stored. */
  get idle(): Promise<void> {
    return this.#running;
  }

  /** Begins with no further part, and writes down how far it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#noteDelivered();
  }

  list(limit: number): SystemMessageView[] {
    return this.#newest().slice(0, limit).map((job) => this.#view(job));
  }

  async send({ to, text }: { to: string; text: string }, by: string): Promise<SystemMessageView> {
    const said = checkedText(text);
    const { subscribers } = this.#parts.storage;
    let target = EVERYBODY;
    if (to !== EVERYBODY) {
      target = aorOf(to);
      if (subscribers.get(target) === undefined) throw new OperationError("not-found", `there is no user ${target}`);
    }
    return this.#view(await this.#begin(target, said, "", by));
  }

  /**
   * Says something for a cause, once: false where it was said to this user before and `forget` has not been called since.
   * Resolves when it is stored. `reserve`: also when the user's store is full.
   */
  async tell(aor: string, cause: string, text: string, reserve = false): Promise<boolean> {
    const mark = markOf(aor, cause);
    if (this.#marks.get(mark) !== undefined || this.#telling.has(mark)) return false;
    const subscriber = this.#parts.storage.subscribers.get(aor);
    if (subscriber === undefined || !mayHear(subscriber)) return false;
    this.#telling.add(mark);
    try {
      return await this.#tellOnce(aor, cause, text, reserve);
    } finally {
      this.#telling.delete(mark);
    }
  }

  /** To whom this was said and is not over: for those who watch a cause, after a restart too. */
  *toldOf(cause: string): Iterable<string> {
    for (const [id] of this.#marks.entries()) if (id.startsWith(`${cause} `)) yield id.slice(cause.length + 1);
  }

  /** A user who is gone leaves no marks behind. */
  async forgetUser(aor: string): Promise<void> {
    const gone = [...this.#marks.entries()].map(([id]) => id).filter((id) => id.endsWith(` ${aor}`));
    for (const id of gone) await this.#marks.remove(id);
  }

  async #tellOnce(aor: string, cause: string, text: string, reserve: boolean): Promise<boolean> {
    const { clock } = this.#parts;
    const now = clock.now();
    const outcome = await this.#post(aor, text, `${cause} ${now}`, now, reserve);
    if (outcome.kind === "quota" || outcome.kind === "failed") {
      this.#parts.log.warn("system message not stored", { user: aor, cause, why: outcome.kind });
      return false;
    }
    if (this.#marks.size >= MAX_MARKS) await this.#dropOldestMark();
    await this.#marks.put(markOf(aor, cause), { at: now });
    return true;
  }

  /** The same to everybody, once for each cause. */
  async tellAll(cause: string, text: string, by: string): Promise<SystemMessageView> {
    for (const [, job] of this.#jobs.entries()) if (job.cause === cause && job.to === EVERYBODY) return this.#view(job);
    return this.#view(await this.#begin(EVERYBODY, checkedText(text), cause, by));
  }

  /** The cause is over for this user: the next one is said again. */
  async forget(aor: string, cause: string): Promise<void> {
    const mark = markOf(aor, cause);
    if (this.#marks.get(mark) !== undefined) await this.#marks.remove(mark);
  }

  async #begin(to: string, text: string, cause: string, by: string): Promise<Job> {
    const { clock, storage } = this.#parts;
    const at = clock.now();
    // Ids in order of time: the newest is the last.
    const id = `${at.toString(36).padStart(9, "0")}-${randomHex(4)}`;
    const recipients = to === EVERYBODY ? storage.subscribers.size : 1;
    const job: Job = {
      id,
      at,
      by,
      cause,
      to,
      text,
      recipients,
      delivered: 0,
      deferred: 0,
      failed: 0,
      cursor: "",
    };
    if (this.#jobs.size >= MAX_JOBS) await this.#dropOldest();
    await this.#jobs.put(id, job);
    storage.auditLog.append({ at, event: "message.send", actor: by, facts: { id, to, characters: text.length } });
    this.#enqueue(id);
    return job;
  }

  async #dropOldest(): Promise<void> {
    for (const [id, job] of this.#jobs.entries()) {
      if (job.cursor === null) {
        await this.#jobs.remove(id);
        return;
      }
    }
    throw new OperationError("conflict", `${MAX_JOBS} messages are still being sent`);
  }

  /** What was said the longest ago may be said again. */
  async #dropOldestMark(): Promise<void> {
    let oldest: { readonly id: string; readonly at: number } | null = null;
    for (const [id, { at }] of this.#marks.entries()) if (oldest === null || at < oldest.at) oldest = { id, at };
    if (oldest !== null) await this.#marks.remove(oldest.id);
  }

  /** One job after the other: two broadcasts do not make a storm. */
  #enqueue(id: string): void {
    this.#running = this.#running.then(() => this.#run(id)).catch((error) => {
      this.#parts.log.error("system message not sent to all; it goes on after a restart", { id, error: String(error) });
    });
  }

  async #run(id: string): Promise<void> {
    for (let job = this.#jobs.get(id); job !== undefined && job.cursor !== null && !this.#stopped;) {
      const chunk = this.#chunkOf(job);
      const { text, at } = job;
      const outcomes = await Promise.all(chunk.filter(mayHear).map(({ aor }) => this.#post(aor, text, id, at, false)));
      const stored = outcomes.filter(({ kind }) => kind === "stored" || kind === "duplicate").length;
      const cursor = job.to !== EVERYBODY || chunk.length < CHUNK ? null : chunk[chunk.length - 1].aor;
      job = await this.#jobs.update(id, (old) =>
        old && {
          ...old,
          cursor,
          deferred: old.deferred + stored,
          failed: old.failed + outcomes.length - stored,
        });
    }
    await this.#noteDelivered();
  }

  #chunkOf({ to, cursor }: Job): Subscriber[] {
    const { subscribers } = this.#parts.storage;
    if (to === EVERYBODY) return subscribers.list(cursor ?? "", CHUNK);
    const one = subscribers.get(to);
    return one === undefined ? [] : [one];
  }

  #post(recipient: string, text: string, id: string, at: number, reserve: boolean): Promise<StoreOutcome> {
    const { deferred, clock, domain, name, keep_ms } = this.#parts;
    const expiresAt = clock.now() + keep_ms;
    const transaction = `system ${id}\n${recipient}`;
    const message = systemMessage({ recipient, domain, name, text, transaction, at, expiresAt, reserve });
    return new Promise((resolve) => deferred.post(message, resolve));
  }

  #arrived(transaction: string): void {
    if (!transaction.startsWith("system ")) return;
    const id = transaction.slice("system ".length, transaction.indexOf("\n"));
    if (this.#jobs.get(id) === undefined || this.#taken.has(transaction)) return;
    if (this.#taken.size >= MAX_TAKEN) this.#taken.clear();
    this.#taken.add(transaction);
    this.#delivered.set(id, (this.#delivered.get(id) ?? 0) + 1);
  }

  async #noteDelivered(): Promise<void> {
    const counts = [...this.#delivered];
    this.#delivered.clear();
    for (const [id, count] of counts) {
      await this.#jobs.update(id, (job) => job && { ...job, delivered: job.delivered + count });
    }
  }

  #newest(): Job[] {
    return [...this.#jobs.entries()].map(([, job]) => job).reverse();
  }

  /** `deferred`: stored and not yet delivered. */
  #view({ cursor: _cursor, ...job }: Job): SystemMessageView {
    const delivered = job.delivered + (this.#delivered.get(job.id) ?? 0);
    return { ...job, delivered, deferred: Math.max(0, job.deferred - delivered) };
  }
}

function markOf(aor: string, cause: string): string {
  return `${cause} ${aor}`;
}

/** Who is suspended or barred cannot sign in to read it. */
function mayHear({ state }: Subscriber): boolean {
  return state === "active" || state === "unsubscribed";
}

function checkedText(text: string): string {
  const said = text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
  if (said === "" || said.length > MAX_TEXT) {
    throw new OperationError("invalid", `the text has ${said.length} characters; allowed: 1 to ${MAX_TEXT}`);
  }
  return said;
}

function aorOf(uri: string): string {
  try {
    return userAddress(uri).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError("invalid", error.message, { cause: error });
  }
}
