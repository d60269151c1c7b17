import { createHash } from "node:crypto";
import type { DeferredMessage, StoreOutcome, StoreRefused } from "../../../storage/mod.ts";
import type { BodyPart } from "../../../transport/payload/mod.ts";
import type { Dressed, ManyRecipients } from "../../deferred/mod.ts";
import { EXPLODED_BY } from "../../sip_core/mod.ts";
import type { RecordedCopy } from "./copy_recorder.ts";
import type { LargeDeps } from "./large_deps.ts";
import { withHistory } from "./large_history.ts";
import type { LargeJobs, RunningLarge } from "./large_jobs.ts";
import { type LargeSender, type NotPlaced, place, type Placed } from "./large_people.ts";

/** Copies on their way into the store at the same time. */
const PARALLEL = 60;
/** How long a copy for somebody who wants nothing kept may take to arrive, ms. */
const NOT_KEPT_MS = 120_000;

/** One large message, and for whom it is. */
export interface LargePlan {
  readonly sender: LargeSender & { readonly displayName: string };
  /** As whom recipients' rules know its sender; absent: as `sender`. */
  readonly ruled?: LargeSender;
  /** As whom recipients know its sender; absent: as `sender`. */
  readonly author?: RecordedCopy["sender"];
  /** The exploder, or a group: folded. */
  readonly target: string;
  readonly recipients: readonly string[];
  /** The sender has named them: a report may, too. */
  readonly named: boolean;
  readonly history: BodyPart | null;
  /** Of the INVITE: a Message-ID means something within it only. */
  readonly callId: string;
  /** The name of a file, as its sender wrote it; absent: it is a message. */
  readonly file?: string;
}

/**
 * Makes copies of the one message of a session for many: each is stored as a large message of its own for one recipient, which is
 * brought at once to who is there. All have one content. Their names are made from those of the original: sent again after a 200 that
 * was lost they are the same, and nobody gets a second one.
 */
export class LargeCopies implements ManyRecipients {
  readonly isOver = false;
  readonly #deps: LargeDeps;
  readonly #jobs: LargeJobs;
  readonly #plan: LargePlan;

  constructor(deps: LargeDeps, jobs: LargeJobs, plan: LargePlan) {
    this.#deps = deps;
    this.#jobs = jobs;
    this.#plan = plan;
  }

  dressed(contentType: string, lines: string, begin: Uint8Array): Dressed | null {
    const { history } = this.#plan;
    return history === null ? null : withHistory(history, contentType, lines, begin);
  }

  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    const { contents } = this.#deps;
    const { content = null } = message;
    // Until all have been given theirs; where nobody gets one, it goes with this.
    if (content !== null) contents.claim(content);
    new Spreading(this.#deps, this.#jobs, this.#plan, message, (outcome) => {
      if (content !== null) contents.release(content);
      done(outcome);
    }).go();
  }
}

/** One message on its way to all of them. */
class Spreading {
  readonly #deps: LargeDeps;
  readonly #jobs: LargeJobs;
  readonly #plan: LargePlan;
  readonly #message: DeferredMessage;
  readonly #done: (outcome: StoreOutcome) => void;
  readonly #running: RunningLarge;
  #next = 0;
  #underWay = 0;
  #pumping = false;
  /** Recipients whose copy the store did not take, and why not the last one. */
  #failed = 0;
  #failure: StoreRefused | null = null;

  constructor(
    deps: LargeDeps,
    jobs: LargeJobs,
    plan: LargePlan,
    message: DeferredMessage,
    done: (outcome: StoreOutcome) => void,
  ) {
    this.#deps = deps;
    this.#jobs = jobs;
    this.#plan = plan;
    this.#message = message;
    this.#done = done;
    const { sender: { aor, displayName, number }, target, recipients, named, file } = plan;
    this.#running = jobs.begin({
      id: this.#name("").slice(0, 32),
      sender: { aor, displayName, number },
      target,
      recipients,
      named,
      octets: message.content?.octets ?? message.body.length,
      at: message.arrivedAt,
      ...(file !== undefined && { file }),
    });
  }

  go(): void {
    // A copy that is settled inside its beginning comes back here.
    if (this.#pumping) return;
    this.#pumping = true;
    const { recipients } = this.#plan;
    while (this.#underWay < PARALLEL && this.#next < recipients.length) this.#begin(this.#next++);
    this.#pumping = false;
    if (this.#underWay === 0 && this.#next === recipients.length) this.#end();
  }

  #begin(index: number): void {
    this.#underWay++;
    let once = false;
    const decided = (placed: Placed | NotPlaced): void => {
      if (once) return;
      once = true;
      if (typeof placed === "string") this.#settled(index, placed);
      else this.#store(index, placed);
    };
    try {
      const { ruled, sender, recipients } = this.#plan;
      place(this.#deps, ruled ?? sender, recipients[index], decided);
    } catch (error) {
      this.#deps.services.log.error("a copy of a large message cannot be made", {
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      decided("r");
    }
  }

  #store(index: number, placed: Placed): void {
    const { deferred, services: { clock }, soon } = this.#deps;
    const { recipient, keeps, ours, now } = placed;
    const message = this.#message;
    const copy: DeferredMessage = {
      ...message,
      recipient,
      expiresAt: keeps ? message.expiresAt : Math.min(message.expiresAt, clock.now()) + NOT_KEPT_MS,
      transaction: this.#name(recipient),
      headers: this.#headersFor(this.#plan.recipients[index], ours),
    };
    deferred.post(copy, (outcome) => {
      if (outcome.kind === "stored" || outcome.kind === "duplicate") {
        this.#running.stored(index, outcome.id, recipient, now);
        if (ours) return this.#record(index, copy);
        soon(recipient);
        return this.#settled(index, null);
      }
      this.#failed++;
      this.#failure = outcome;
      this.#settled(index, "r");
    });
  }

  /** For a recipient who wants that. One that had been stored before a kill may not have been recorded. */
  #record(index: number, message: DeferredMessage): void {
    const { copies } = this.#deps;
    if (!copies) return this.#settled(index, null);
    const { sender, author = sender, target, named, callId, file = "" } = this.#plan;
    const copy = { message, sender: author, group: named ? "" : target, callId, file };
    copies.copy(copy, () => this.#settled(index, null));
  }

  #settled(index: number, fate: NotPlaced | null): void {
    if (fate !== null) this.#running.set(index, fate);
    this.#underWay--;
    this.go();
  }

  #end(): void {
    // Nobody has it, and all because of the store: another time it may be otherwise.
    if (this.#failure !== null && this.#failed === this.#plan.recipients.length) {
      this.#jobs.drop(this.#running);
      return this.#done(this.#failure);
    }
    this.#jobs.commit(this.#running, (fresh) => this.#done({ kind: fresh ? "stored" : "duplicate", id: 0 }));
  }

  /** The lines of all of them, with who this one is for; inside our domains with a mark, so that lists are not nested. */
  #headersFor(uri: string, ours: boolean): string {
    const { headers } = this.#message;
    const toAt = headers.indexOf("\r\n") + 2;
    const restAt = headers.indexOf("\r\n", toAt) + 2;
    const mark = ours ? `${EXPLODED_BY}: <${this.#plan.target}>\r\n` : "";
    return `${headers.slice(0, toAt)}To: <${uri}>\r\n${mark}${headers.slice(restAt)}`;
  }

  #name(recipient: string): string {
    const { sender: { aor }, callId } = this.#plan;
    const { messageId = "" } = this.#message;
    return createHash("sha256").update([aor, callId, messageId, recipient].join("\n")).digest("hex");
  }
}
