import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { Call, HeaderName, ServerTransaction } from "../../../transport/sip/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { Party, SessionMedia } from "./media_plane.ts";
import type { PartySide } from "./party_side.ts";
import type { SessionDeps } from "./session_deps.ts";
import type { SessionPlan } from "./session_plan.ts";
import { foldedParty, recordedParties, unicode } from "./recorded_parties.ts";
import { answerRecordingInfo, infoPackageOf, refuseInfoPackage } from "./recording_info.ts";
import type { SessionRecorder, SessionRecording } from "./session_recorder.ts";

/** What who wants it recorded is told of a session of which this thread sees nothing. */
const ELSEWHERE = "This chat began unrecorded, on a media thread: begin it anew to have it recorded";

/** A session that cannot be pulled into the path at once (another change is under way) is tried again so often. */
const AGAIN_MS = 2_000, TRIES = 5;

/** The session that is recorded. */
export interface Recorded {
  readonly id: string;
  readonly plan: SessionPlan;
  readonly inviter: PartySide;
  readonly invitee: PartySide;
  /** Null where no messages pass here. */
  readonly media: SessionMedia | null;
  readonly anchored: boolean;
  pullIntoPath(): boolean;
}

/**
 * What a session has to do with recording (HST-1): whoever records sees its messages; one that goes past the box comes in for that;
 * commands inside its dialogs (RFC 6086).
 */
export class RecordedWay implements Timed {
  /** Null when it is over: what tells us of wishes outlives it in the collector's old generation, and would keep it there. */
  #session: Recorded | null;
  readonly #deps: SessionDeps;
  readonly #recorder: SessionRecorder | null;
  #recording: SessionRecording | null = null;
  /** Why there is none, for people. */
  #whyNot = "This session cannot be recorded";
  #timer: Timer | null = null;
  #tries = 0;

  constructor(session: Recorded, deps: SessionDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#recorder = deps.recorder ?? null;
  }

  /** The session stands. `exchange`: its INVITE, which is let go after that. */
  begin(exchange: Exchange): void {
    const recorder = this.#recorder;
    if (recorder === null || this.#session === null) return;
    const { id, plan, inviter, invitee, media, anchored } = this.#session;
    // What passes another thread is not seen here.
    if (anchored && media?.watch(null) === false) {
      this.#whyNot = ELSEWHERE;
      return;
    }
    const [from, to] = recordedParties(exchange, plan.to, plan.recipient);
    if (from.user === "" && to.user === "") return;
    const callIds = [inviter, invitee].flatMap(({ call }) => call?.dialog?.callId ?? []);
    const subject = unicode(exchange.request.get("Subject") ?? "");
    const room = roomOf(inviter.call) || roomOf(invitee.call);
    const facts = { id, callIds, kind: plan.kind, inviter: from, invitee: to, room, subject, file: plan.file };
    this.#recording = recorder.begin(facts, (recorded) => this.#changed(recorded));
    if (this.#recording.records) this.#changed(true);
  }

  /** Its messages pass here from now on. */
  pulledIn(): void {
    if (this.#recording?.records) this.#watch();
  }

  /** What a party that is this user of ours (else "") is told of the INFOs that we take (RFC 6086 §5.2.3). */
  infoHeaders(user: string): readonly (readonly [HeaderName, string])[] {
    return this.#recorder === null || user === "" ? [] : [["Recv-Info", this.#recorder.infoPackage]];
  }

  close(): void {
    this.#timer?.stop();
    this.#recording?.close();
    this.#recording = null;
    this.#session = null;
  }

  onTimer(): void {
    this.#timer = null;
    if (this.#recording?.records && this.#session?.anchored === false) this.#pull();
  }

  /** True: the request was a command, and is answered. */
  takes(party: Party, transaction: ServerTransaction): boolean {
    const { request } = transaction;
    const recorder = this.#recorder;
    const session = this.#session;
    if (recorder === null || session === null || infoPackageOf(request) !== recorder.infoPackage) return false;
    const { inviter, invitee, plan } = session;
    const user = party === "inviter" ? plan.inviterUser : plan.recipient?.aor ?? "";
    const callId = (party === "inviter" ? inviter : invitee).call?.dialog?.callId ?? "";
    // Whoever is no user of ours was not told that we take any.
    if (user === "") refuseInfoPackage(transaction, "");
    else {
      const why = this.#recording === null ? this.#whyNot : recorder.command(callId, user, request);
      answerRecordingInfo(transaction, why);
    }
    return true;
  }

  #changed(recorded: boolean): void {
    const session = this.#session;
    if (this.#recording === null || session === null) return;
    if (!recorded) {
      this.#timer?.stop();
      this.#timer = null;
      session.media?.watch(null);
    } else if (session.anchored) this.#watch();
    else {
      this.#tries = 0;
      this.#pull();
    }
  }

  #watch(): void {
    this.#session?.media?.watch(this.#recording!.tap);
  }

  #pull(): void {
    if (this.#session === null || this.#session.pullIntoPath() || ++this.#tries >= TRIES) return;
    this.#timer ??= this.#deps.services.timers.start(AGAIN_MS, this, 0);
  }
}

/** The room at the other end of a call; "" where there is none. */
function roomOf(call: Call | null): string {
  return call !== null && call.peerIsFocus ? foldedParty(call.dialog?.remoteTarget ?? "") : "";
}
