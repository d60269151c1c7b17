import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../node.ts";
import type { OctetBudget } from "../session/mod.ts";
import type { SwitchLimits, SwitchOwner } from "./switch_types.ts";

/** What the switch of a room stands on. */
export interface SwitchParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Live. */
  readonly limits: SwitchLimits;
  readonly owner: SwitchOwner;
  /** Memory for messages that come in pieces: one for all rooms. Default: four messages for this room. */
  readonly budget?: OctetBudget;
}
