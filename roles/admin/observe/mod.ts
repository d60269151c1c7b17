/**
 * What an admin looks at: the last log lines, the wires by Call-ID, figures over time, the health list, and the bundle for a
 * supporter. Sources: UX "Dashboard and health", "Audit, logs, diagnostics"; RFC 3261 (what a ladder shows).
 */
export { RingLogs } from "./ring_logs.ts";
export { BOX, MessageTrace, type MessageTraceOptions } from "./message_trace.ts";
export { type DiskSpace, diskSpace, MachineWatch, type MachineWatchOptions } from "./machine_figures.ts";
export { boxSeries, type MachineFigures, type SeriesRule } from "./series_rules.ts";
export type { Chunk } from "./point_table.ts";
export { LiveChatSessions, type SessionTable } from "./live_chat_sessions.ts";
export { LiveRooms, type LiveRoomsParts, type WatchedRooms } from "./live_rooms.ts";
export type { WatchedRoom } from "./room_views.ts";
export { HISTORY_RECORDS, MetricsHistory, type MetricsHistoryOptions } from "./metrics_history.ts";
export type { HealthCheck, Issue } from "./health_check.ts";
export { HEALTH_RECORDS, HealthList, type HealthListOptions, type HealthMark } from "./health_list.ts";
export { boxChecks, type HealthFacts } from "./box_checks.ts";
export type { BackupFailure } from "./checks/backup_failed.ts";
export type { CertificateAlarm, CertificateFacts } from "./checks/certificate_alarms.ts";
export type { DeferredFacts } from "./checks/deferred_queue.ts";
export type { DnsFacts } from "./checks/dns_records.ts";
export type { DoorFact } from "./checks/doors.ts";
export { optionsPing, type PeerFact } from "./checks/peers_down.ts";
export { SupportBundle, type SupportOptions } from "./support_bundle.ts";
