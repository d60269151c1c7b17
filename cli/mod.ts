/**
 * The command line: commands, and the operations they stand for. A running box carries the operations out behind its control
 * door, a Unix socket in the data folder; else the command does, on the store. Sources: DESIGN "The outside of the box";
 * RFC 4180 (CSV).
 */
export {
  type CliContext,
  type Command,
  type Handover,
  NO_HANDOVER,
  type Restart,
  type RunningBox,
  type StartRequest,
  type StoreAccess,
} from "./command.ts";
export { commands, helpText, runCommandLine, usageText } from "./dispatch.ts";
export { openControlDoor } from "./control_server.ts";
