import { detached } from "../../../foundation/mod.ts";
import { CPIM_TYPE, mediaType, sends } from "../../../transport/payload/mod.ts";
import type { CallUser } from "../../../transport/sip/mod.ts";
import { mayDefer, partiesOf } from "../../deferred/mod.ts";
import { offerProblem, type SessionSettings } from "../../participating/mod.ts";
import { IM_CONTACT, type SessionBody } from "../../session_media/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { LargeDeps } from "../explosion/large_deps.ts";
import type { LargeJobs } from "../explosion/large_jobs.ts";
import { LIST_REFUSALS } from "../explosion/list_refusals.ts";
import { type MediaRefusal, notAcceptable, notAuthorised, partsOf, refused } from "../focus/focus_refusals.ts";
import { isMember } from "../focus/may_return.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import type { LiveRoom } from "../rooms/live_room.ts";
import { RoomFileCopies } from "./room_file_copies.ts";
import { nameOfRoom } from "./room_file_head.ts";

/** What files for rooms stand on. */
export interface RoomFileDeps extends LargeDeps {
  /** What may be sent in sessions, and how much of it; live. */
  readonly sessions: SessionSettings;
}

/** Until the intake makes itself the user of a call. */
const NOBODY_YET: CallUser = { onEnded() {} };

/**
 * Files that are offered to a room by an INVITE of their own (RFC 5547 §8.2.1): the box takes the file as the end of that session, and
 * offers it to each of the others in a session of theirs. The sender's 200 says that it is safe; people are asked about files, and
 * nobody waits for their answers.
 */
export class RoomFiles {
  readonly #deps: RoomFileDeps;
  readonly #jobs: LargeJobs;

  /** `jobs`: of large messages to many; a sender has so many of both under way. */
  constructor(deps: RoomFileDeps, jobs: LargeJobs) {
    this.#deps = deps;
    this.#jobs = jobs;
  }

  /** Takes an INVITE that offers a file, and answers it. `aor`: whom the core vouches for. */
  take(exchange: Exchange, aor: string, room: LiveRoom, body: SessionBody): void {
    const { calls, intake, deferral, sessions, host, services: { clock, egress } } = this.#deps;
    const refusal = this.#refusal(aor, room) ?? offerRefusal(body);
    if (refusal !== null) return exchange.reply(refusal.status, partsOf(refusal, host));
    const problem = offerProblem(body, "file", sessions, host);
    if (problem !== null) {
      const { status, reason, headers, description } = problem;
      return exchange.reply(status, { reason, headers, ...description });
    }
    if (!this.#jobs.hasRoom(aor)) {
      return exchange.reply(503, { reason: "Too many files are under way", headers: [["Retry-After", "30"]] });
    }
    const { request } = exchange;
    const to = nameOfRoom(room);
    const { displayName, number } = exchange.identity!;
    // Who it is from and to is written when it is passed on.
    const parties = { ...partiesOf(exchange, to, clock.now(), deferral, egress, "file"), headers: "" };
    const plan = {
      room,
      file: body.media.file!,
      // Slices of the INVITE would hold all of it as long as the session stands.
      sender: { aor: detached(aor), displayName: detached(displayName), number: detached(number) },
      keeps: mayDefer(request),
      callId: detached(request.callId),
    };
    const call = calls.incoming(exchange.transaction, NOBODY_YET, { contactParams: IM_CONTACT });
    if (call.state === "ended") return;
    const untaken = {
      exchange,
      to,
      recipient: null,
      kind: "file",
      body,
      status: 480,
      asked: false,
      since: clock.now(),
    } as const;
    intake.takeMany(call, untaken, parties, new RoomFileCopies(this.#deps, this.#jobs, plan));
  }

  #refusal(aor: string, room: LiveRoom): RoomRefusal | null {
    if (room.ended) return refused(404, "This session is over");
    if (room.isBarred(aor) || !isMember(room.find(aor))) {
      return notAuthorised("Only who is in this session may send it files");
    }
    for (const other of room.participants) if (other.aor !== aor && isMember(other)) return null;
    return LIST_REFUSALS.nobody;
  }
}

/** What is wrong with an offer, whatever the operator allows: everybody is asked about a file by what it says. */
function offerRefusal({ media: { direction, file } }: SessionBody): MediaRefusal | null {
  if (!sends(direction)) return notAcceptable(399, "A room has no files to ask for; a=sendonly offers one");
  const { type, size } = file!.selector;
  if (type === undefined || size === undefined) {
    return notAcceptable(399, "A file for a room says its type and its size");
  }
  // What is in a wrapper may say who it is from, where nobody is to know.
  return mediaType(type) === CPIM_TYPE ? notAcceptable(305, "What is said in message/cpim is no file") : null;
}
