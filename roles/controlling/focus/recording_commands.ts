import type { HeaderName, ServerTransaction, SipRequest } from "../../../transport/sip/mod.ts";
import { answerRecordingInfo, infoPackageOf, refuseInfoPackage } from "../../participating/mod.ts";
import type { FocusDeps } from "./focus_deps.ts";

/** Carries out what participants of a room order about its recording (history, HST-1). */
export interface RecordingCommands {
  /** Info Package of the commands (RFC 6086). */
  readonly infoPackage: string;
  /** An INFO of that package by a user of ours, by folded address, in a dialog of this room. Null: done. Else why not, for people. */
  command(room: string, user: string, request: SipRequest): string | null;
}

type Deps = Pick<FocusDeps, "recording" | "subscriber">;

/** What somebody in a room is told of the INFOs that the room takes (RFC 6086 §5.2.3): whoever is a user of ours. */
export function infoHeaders({ recording, subscriber }: Deps, aor: string): readonly (readonly [HeaderName, string])[] {
  return !recording || subscriber(aor) === undefined ? [] : [["Recv-Info", recording.infoPackage]];
}

/** True: the request was an INFO of a package, and is answered. */
export function takesInfo(deps: Deps, room: string, aor: string, transaction: ServerTransaction): boolean {
  const { recording } = deps;
  const named = infoPackageOf(transaction.request);
  if (!recording || named === "") return false;
  const [taken] = infoHeaders(deps, aor);
  if (taken === undefined || named !== recording.infoPackage) refuseInfoPackage(transaction, taken?.[1] ?? "");
  else answerRecordingInfo(transaction, recording.command(room, aor, transaction.request));
  return true;
}
