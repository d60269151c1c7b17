/**
 * The MSRP switch (RFC 7701 §3): legs of one room, each an MSRP session with one device; what comes on one goes out on the others, in
 * one order for all. It knows neither SIP nor who may say what: that is for `SwitchOwner`.
 */
export type { SwitchedMessage } from "./message.ts";
export type {
  SwitchLeg,
  SwitchLegOptions,
  SwitchLegUser,
  SwitchLimits,
  SwitchOwner,
  SwitchRoom,
} from "./switch_types.ts";
export type { SwitchParts } from "./switch_parts.ts";
export { MsrpSwitchRoom } from "./switch_room.ts";
