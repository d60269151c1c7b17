import { EMPTY, randomToken } from "../../../foundation/mod.ts";
import type { Connection } from "../connection.ts";
import type { Continuation, IncomingRequest, RequestHead } from "../frame.ts";
import { plainHead } from "./forwarded.ts";

// The first request on a connection tells the peer which session the connection is for (RFC 4975 §5.4). It carries nothing.

export function bindingHead(toPath: string, fromPath: string): RequestHead {
  const messageId = `b${randomToken(20).replaceAll(/[-_]/g, "x")}`;
  return plainHead({ method: "SEND", toPath, fromPath, messageId, end: 0, total: 0 });
}

/** True for a SEND without a body that is such a request. */
export function isBinding(request: IncomingRequest, continuation: Continuation): boolean {
  return request.contentType === "" && continuation === "$" && request.start <= 1;
}

/** It goes no further. `localUri`: the session's. */
export function answerBinding(connection: Connection, request: IncomingRequest, localUri: string): void {
  connection.respond(request, 200);
  if (!request.successReport) return;
  const { messageId, fromPath } = request;
  const report = plainHead({
    method: "REPORT",
    toPath: fromPath,
    fromPath: localUri,
    messageId,
    end: 0,
    total: 0,
    status: 200,
    statusText: "OK",
  });
  connection.send(report, EMPTY, "$", null);
}
