/**
 * The Conversation History function (OMA IM AD §5.3.2.1.4, §5.3.2.4.4; oma-reference §3.5, §5.8): records what users want recorded, and
 * gives it back to them alone. HST-1 to HST-3.
 */
export { DEFAULT_HISTORY, type HistorySettings } from "./history_settings.ts";
export type * from "./recording/desk_types.ts";
