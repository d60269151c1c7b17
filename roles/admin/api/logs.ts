import { z } from "@hono/zod-openapi";
import type { LogLine } from "../services/mod.ts";
import type { Api } from "./api.ts";
import { count, limit, list, time } from "./fields.ts";
import { Problem } from "./problems.ts";

const level = z.enum(["debug", "info", "warn", "error"]);

const lineSchema = z.object({
  id: z.int(),
  at: time,
  level,
  component: z.string(),
  text: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
}).openapi("LogLine");

const filter = {
  level: level.default("debug"),
  component: z.string().max(100).default(""),
  search: z.string().max(200).default(""),
  after: z.coerce.number().int().min(0).default(0),
};

const stepSchema = z.object({
  at: time,
  seq: z.int(),
  direction: z.enum(["in", "out"]),
  transport: z.string(),
  local: z.string(),
  remote: z.string(),
  door: z.string(),
  start_line: z.string(),
  cseq: z.string(),
  from: z.string(),
  to: z.string(),
  body_octets: count,
  content_type: z.string(),
  headers: list(z.tuple([z.string(), z.string()]).readonly()),
}).openapi("LadderStep");

const WEIGHT = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** The last lines of the log, and what went over the wires, call by call. Never message text. */
export function logRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/logs",
    permission: "logs.read",
    tag: "logs",
    summary: "The last lines that match, oldest first. `next`: `after` for what comes behind them.",
    query: z.strictObject({ ...filter, limit: limit(500, 200) }),
    answer: z.object({ lines: list(lineSchema), components: list(z.string()), next: z.int() }),
  }, ({ services, query }) => {
    const lines = services.logs.read(query);
    return { lines, components: services.logs.components, next: lines.at(-1)?.id ?? query.after };
  });

  api.route({
    method: "get",
    path: "/logs/stream",
    permission: "logs.read",
    tag: "logs",
    summary: "Lines as they come (server-sent events `line`); with `after` or Last-Event-ID also those since then.",
    query: z.strictObject(filter),
    answers: "text/event-stream",
  }, (call) => {
    const { services: { logs }, query, request } = call;
    const last = /^[0-9]{1,15}$/.exec(request.headers.get("last-event-id") ?? "");
    const after = last === null ? query.after : Number(last[0]);
    const search = query.search.toLowerCase();
    const wanted = (line: LogLine) =>
      WEIGHT[line.level] >= WEIGHT[query.level] && (query.component === "" || line.component === query.component) &&
      (search === "" || `${line.text} ${JSON.stringify(line.fields)}`.toLowerCase().includes(search));
    return api.streams.open(call, "logs.read", (push) => {
      const tell = (line: LogLine) => push({ event: "line", data: line, id: String(line.id) });
      if (after > 0) { for (const line of logs.read({ ...query, after, limit: 500 })) tell(line); }
      return logs.onLine((line) => {
        if (wanted(line)) tell(line);
      });
    });
  });

  api.route({
    method: "get",
    path: "/traces",
    permission: "logs.read",
    tag: "traces",
    summary: "Calls that went over the wires lately, newest first. `capacity` 0: tracing is off.",
    query: z.strictObject({ search: z.string().max(200).default(""), limit: limit(500, 100) }),
    answer: z.object({
      capacity: count,
      calls: list(z.object({
        call_id: z.string(),
        at: time,
        method: z.string(),
        from: z.string(),
        to: z.string(),
        status: z.int(),
        messages: count,
      })),
    }),
  }, ({ services: { trace }, query }) => ({ capacity: trace.capacity, calls: trace.recent(query) }));

  api.route({
    method: "get",
    path: "/traces/{call_id}",
    permission: "logs.read",
    tag: "traces",
    summary: "The message flow of one Call-ID, without bodies and credentials.",
    params: z.object({ call_id: z.string().min(1).max(500) }),
    answer: z.object({ call_id: z.string(), participants: list(z.string()), steps: list(stepSchema) }).openapi(
      "Ladder",
    ),
  }, ({ services, params }) => {
    const ladder = services.trace.ladder(params.call_id);
    if (ladder === null) throw new Problem("not-found", `Nothing is kept of the Call-ID "${params.call_id}".`);
    return ladder;
  });
}
