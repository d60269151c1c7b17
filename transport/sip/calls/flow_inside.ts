import type { Dialog } from "../dialog.ts";
import { preferredFlow } from "../events/mod.ts";
import type { Flow } from "../flow.ts";

/**
 * The flow to prefer for requests inside a dialog: its id, or 0 where routes and target lead back by themselves. `flow`
 * carried the INVITE; `incoming`: from the peer; `wanted`: its sender asked for that very flow.
 */
export function flowInside(dialog: Dialog, flow: Flow, incoming: boolean, wanted: boolean): number {
  if (wanted && flow.reliable) return flow.id;
  if (incoming || wanted || flow.reliable) return preferredFlow(dialog, flow);
  // What answered our INVITE on UDP may be a proxy that is not on the way any more.
  return dialog.remoteTarget.includes(".invalid") ? flow.id : 0;
}
