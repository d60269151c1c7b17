import { isIpLiteral } from "../../net/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import { tryParseUri } from "../uri.ts";

/**
 * The flow to prefer for requests that we send inside a dialog of a client: its id, or 0 where routes or the remote target
 * lead back by themselves. A client behind a connection, a WebSocket (RFC 7118), a NAT or outbound (`ob`, RFC 5626 §4.3) is
 * only reached the way it came.
 */
export function preferredFlow(dialog: Dialog, flow: Flow): number {
  if (dialog.routeSet.length > 0) return 0;
  const target = tryParseUri(dialog.remoteTarget);
  if (target === null) return 0;
  // A GRUU of ours is resolved through the bindings, which know the newest flow (RFC 5627 §5.1).
  if (target.params.has("gr")) return 0;
  if (target.host.endsWith(".invalid") || target.params.has("ob")) return flow.id;
  if (flow.transport !== "udp") return flow.inbound ? flow.id : 0;
  return isIpLiteral(target.host) && target.host !== flow.remote.host ? flow.id : 0;
}
