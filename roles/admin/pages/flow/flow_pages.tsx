import { newForm } from "../../../../web/ui/mod.ts";
import type { Ladder } from "../../services/mod.ts";
import { segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { CallFlow } from "./call_flow.tsx";
import { CallList, type CallRow } from "./call_list.tsx";
import { startLine } from "./ladder_steps.ts";
import { t } from "./texts.ts";

const HERE = "/admin/flow";
const MOST = 100;

/** What went over the wires lately, and one call of it as a ladder. */
export function flowPages(app: ConsoleApp): void {
  app.get(HERE, needs("logs.read"), list);
  app.get(`${HERE}/:call_id`, needs("logs.read"), (c) => ladder(c, c.req.param("call_id")));
}

async function list(c: ConsoleContext): Promise<Response> {
  const search = (c.req.query("search") ?? "").trim().slice(0, 200);
  const { api } = c.get("console");
  const { capacity, calls } = await api.need<{ capacity: number; calls: CallRow[] }>(
    `/traces?${new URLSearchParams({ search, limit: String(MOST) })}`,
  );
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE },
    <CallList capacity={capacity} calls={calls} search={search} form={newForm({ search })} />,
  );
}

async function ladder(c: ConsoleContext, callId: string): Promise<Response> {
  const flow = await c.get("console").api.need<Ladder>(`/traces/${segment(callId)}`);
  const [first] = flow.steps;
  const lead = first === undefined ? undefined : t("call.lead", {
    method: startLine(first.start_line).split(" ")[0],
    from: first.from,
    to: first.to,
  });
  return await consolePage(
    c,
    { title: t("call"), lead, here: HERE, crumb: { href: HERE, label: t("back") } },
    <CallFlow flow={flow} />,
  );
}
