/**
 * The Controlling Function: rooms and groups. Parley is the conference focus and the MSRP switch of chats of many, and spreads messages to
 * lists. Sources: oma-reference §3.3; RFC 4579, 4575 (focus, conference events), 7701 (chat over MSRP), 5366, 5365, 5364 (lists of URIs),
 * 3515, 4488, 5368 (REFER).
 *
 * `policy/` what groups and the operator allow; `rooms/` who is in a room, what is said there, what is kept; `focus/` dialogs;
 * `conference/` who watches a room; `explosion/` messages to lists.
 */
export type * from "./room.ts";
export type * from "./policy/terms.ts";
export * from "./policy/exports.ts";
export * from "./conference/exports.ts";
export type * from "./rooms/live_room.ts";
export type { CountedRoom, RoomFigures } from "./rooms/room_figures.ts";
export { RoomTable } from "./rooms/room_table.ts";
export type * from "./rooms/room_recorder.ts";
export { DEFAULT_ROOM_LIMITS, type RoomLimits, type RoomsParts } from "./rooms/rooms_parts.ts";
export { DEFAULT_FOCUS, type FocusDeps, type FocusSettings } from "./focus/focus_deps.ts";
export { dialogsOf, Focus } from "./focus/focus.ts";
export { Exploder, type ExploderParts, EXPLOSION_LIMITS } from "./explosion/exploder.ts";
export type { ExplosionEvents } from "./explosion/explosion_events.ts";
export type { LargeDeps } from "./explosion/large_deps.ts";
export { LargeFunction } from "./explosion/large_function.ts";
export { LARGE_LIMITS } from "./explosion/large_jobs.ts";
export { type RoomFileDeps, RoomFiles } from "./files/room_files.ts";
export { ListFunction, type ListFunctionParts } from "./explosion/list_function.ts";
export { exploderUri, factoryUri } from "./service_uris.ts";
export { nobodyHere } from "./policy/refusals.ts";
export type { RecordingCommands } from "./focus/recording_commands.ts";
export type { CopyRecorder, RecordedCopy } from "./explosion/copy_recorder.ts";
