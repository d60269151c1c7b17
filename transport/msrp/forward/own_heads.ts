import type { RequestHead } from "../frame.ts";
import { type Forwarded, plainHead, type Route } from "./forwarded.ts";

/** The way of reports to a source. */
export type WayBack = Pick<Route, "source" | "reportTo" | "reportFrom">;

/** A REPORT of ours to whoever sent that chunk (RFC 4975 §7.1.2), in octets as that one counts. */
export function reportHead(way: WayBack, of: Forwarded, status: number, comment: string): RequestHead {
  const { messageId, sentStart, octets, sentTotal } = of;
  return plainHead({
    method: "REPORT",
    toPath: way.reportTo,
    fromPath: way.reportFrom,
    messageId,
    start: sentStart,
    end: sentStart + octets - 1,
    total: sentTotal,
    status,
    statusText: comment,
  });
}

/** Says that the rest of that message will not come. A range of no octets begins with 1 (RFC 4975 §7.1.1). */
export function abortHead({ toPath, fromPath }: Route, { messageId, total }: RequestHead): RequestHead {
  return plainHead({ method: "SEND", toPath, fromPath, messageId, start: 1, end: 0, total, failureReport: "no" });
}
