/**
 * What every room stands on: time, timers, logs, metrics, random text, bytes. Knows no protocol, no storage, no role, and
 * uses no Deno API, so that the modules built on it also run in a browser.
 */
export { type Clock, systemClock } from "./clock.ts";
export { type Timed, Timer, TimerQueues, type Timers } from "./timers.ts";
export { Turns } from "./turns.ts";
export { Events } from "./events.ts";
export { type Log, type LogFields, type LogLevel, silentLog } from "./log.ts";
export { type LogFormat, LogWriter, type LogWriterOptions } from "./log_writer.ts";
export { DEFAULT_LOG_RING, LogRing, type LogRingLimits, type RingLine } from "./log_ring.ts";
export { Counter, type LabelledCounter, type MetricFamily, Metrics } from "./metrics.ts";
export { MetricsReport, MetricsSum } from "./metrics_share.ts";
export { randomDigits, randomHex, randomToken } from "./random.ts";
export { concatBytes, detached, EMPTY, fromLatin1, latin1Into, letGo, sharedLatin1, toLatin1, utf8 } from "./bytes.ts";
