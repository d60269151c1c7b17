import type { Ladder, LadderStep } from "../../services/mod.ts";

/** One message of a call, ready to be shown. */
export interface ShownStep {
  readonly step: LadderStep;
  /** From 1. */
  readonly number: number;
  /** ms since the first. */
  readonly offset: number;
  /** Columns: whom it comes from and goes to. */
  readonly from: number;
  readonly to: number;
  /** The very same message went this way before (RFC 3261 §17: retransmission). */
  readonly again: boolean;
  readonly kind: StepKind;
}

export type StepKind = "request" | "provisional" | "success" | "redirect" | "failure";

/** Steps in their order, with columns, offsets, and what was sent again. */
export function shownSteps({ participants, steps }: Ladder): ShownStep[] {
  const columns = new Map(participants.map((name, at) => [name, at]));
  const seen = new Set<string>();
  const began = steps[0]?.at ?? 0;
  return steps.map((step, at) => {
    const identity = identityOf(step);
    const again = seen.has(identity);
    seen.add(identity);
    const [local, remote] = [columns.get(step.local) ?? 0, columns.get(step.remote) ?? 0];
    const [from, to] = step.direction === "in" ? [remote, local] : [local, remote];
    const offset = Math.max(0, step.at - began);
    return { step, number: at + 1, offset, from, to, again, kind: kindOf(step.start_line) };
  });
}

/**
 * What two copies of one message have in common: way, start line, CSeq, and the branch of the transaction (RFC 3261 §17.1.3,
 * 17.2.3), which the topmost Via carries.
 */
function identityOf({ direction, remote, start_line, cseq, headers }: LadderStep): string {
  const via = headers.find(([name]) => name.toLowerCase() === "via")?.[1] ?? "";
  return [direction, remote, start_line, cseq, via].join("\n");
}

/** Of a start line: `MESSAGE sip:…`, `200 OK`, with or without its SIP/2.0. */
export function kindOf(startLine: string): StepKind {
  const status = Number(/^(?:SIP\/2\.0 )?([1-6])\d\d\b/.exec(startLine)?.[1] ?? 0);
  if (status === 0) return "request";
  if (status === 1) return "provisional";
  if (status === 2) return "success";
  return status === 3 ? "redirect" : "failure";
}

/** Without the version, which is always the same. */
export function startLine(text: string): string {
  return text.replace(/^SIP\/2\.0 /, "").replace(/ SIP\/2\.0$/, "");
}

/** At most `most` characters; the middle goes, for the end of an address says as much as its beginning. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (most - 1 - head)).join("")}`;
}
