import { newForm, PageError, useUi } from "../../../../web/ui/mod.ts";
import type { LogLine } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { plainLine } from "./log_line.ts";
import { FOLLOW } from "./follow.ts";
import { LogView } from "./log_view.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/logs";
const SHOWN = 200;
const IN_FILE = 500;
const LEVELS: readonly string[] = ["debug", "info", "warn", "error"];

/** What the box wrote lately: on a page, and as a text file. */
export function logPages(app: ConsoleApp): void {
  app.get(HERE, needs("logs.read"), page);
  app.get(`${HERE}/parley.log`, needs("logs.read"), file);
}

/** As REST wants it; what is no level counts as info. */
function queryOf(c: ConsoleContext): { level: LogLine["level"]; component: string; search: string } {
  const level = c.req.query("level") ?? "info";
  return {
    level: (LEVELS.includes(level) ? level : "info") as LogLine["level"],
    component: (c.req.query("component") ?? "").slice(0, 100),
    search: (c.req.query("search") ?? "").trim().slice(0, 200),
  };
}

interface Lines {
  readonly lines: readonly LogLine[];
  readonly components: readonly string[];
  readonly next: number;
}

async function page(c: ConsoleContext): Promise<Response> {
  const query = queryOf(c);
  const search = new URLSearchParams({ ...query, limit: String(SHOWN) });
  const { lines, components, next } = await c.get("console").api.need<Lines>(`/logs?${search}`);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, scripts: [FOLLOW.url] },
    <LogView
      lines={lines}
      components={components}
      query={new URLSearchParams(query)}
      next={next}
      form={newForm(query)}
      zone={useUi().format.zone}
    />,
  );
}

async function file(c: ConsoleContext): Promise<Response> {
  const search = new URLSearchParams({ ...queryOf(c), limit: String(IN_FILE) });
  const { lines } = await c.get("console").api.need<Lines>(`/logs?${search}`);
  if (lines.length === 0) throw new PageError(404, t("none.words"));
  return c.body(`${lines.map(plainLine).join("\n")}\n`, 200, {
    "content-type": "text/plain; charset=utf-8",
    "content-disposition": 'attachment; filename="parley.log"',
  });
}
