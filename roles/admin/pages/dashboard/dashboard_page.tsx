import {
  Alert,
  ButtonLink,
  Card,
  EmptyState,
  Facts,
  LineChart,
  More,
  ownPath,
  setFlash,
  Tabs,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { BoxStatus, HealthItem, Series } from "../../services/mod.ts";
import { needed, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/dashboard.ts";
import { HealthList } from "./health_list.tsx";
import { titleOf, unitOf } from "./series_title.ts";

const RANGES = ["hour", "day", "month", "quarter"] as const;
/** What is drawn at once; the rest can be opened. */
const FIRST = ["registered", "relayed", "waiting", "sip_in"];
const DAY_MS = 86_400_000;

/** The first page: what needs attention, what goes on, what went on. */
export function dashboardPages(app: ConsoleApp): void {
  app.get("/admin", needs("status.read"), async (c) => {
    const { api, may } = c.get("console");
    const range = RANGES.find((one) => one === c.req.query("range")) ?? "day";
    const [status, health, history] = await Promise.all([
      api.need<BoxStatus>("/status"),
      api.need<{ items: HealthItem[] }>("/health"),
      api.need<{ series: Series[] }>(`/metrics/history?range=${range}`),
    ]);
    const time = useUi().format.duration(status.now - status.started_at);
    return await consolePage(
      c,
      {
        title: t("title"),
        lead: t("lead", { domain: status.domains.join(", "), time }),
        here: "/admin",
        events: "/api/v1/events",
        actions: (
          <>
            <span class="badge ok" data-live-sign="" hidden>
              <span class="dot"></span>
              {t("live")}
            </span>
            <ButtonLink href={useUi().path} small icon="refresh">{t("refresh")}</ButtonLink>
          </>
        ),
      },
      <>
        {status.trouble !== null && <Alert tone="critical" title={t("trouble")}>{status.trouble}</Alert>}
        <Figures status={status} />
        <div class="split">
          <div class="stack">
            <HealthList items={health.items} acts={may("settings.write")} />
            <Charts series={history.series} range={range} />
          </div>
          <Box status={status} />
        </div>
      </>,
    );
  });

  app.post("/admin/health/run", needs("settings.write"), async (c) => {
    needed(await c.get("console").api.post("/health/run"));
    return back(c, "ok", t("health.ran"));
  });

  app.post("/admin/health/repair", needs("settings.write"), async (c) => {
    const code = c.get("posted").text("code");
    const answer = await c.get("console").api.post<{ result: string }>(`/health/${segment(code)}/repair`);
    return answer.ok ? back(c, "ok", t("repaired", answer.data)) : back(c, "critical", answer.problem.detail);
  });

  app.post("/admin/health/snooze", needs("settings.write"), async (c) => {
    const posted = c.get("posted");
    const days = Math.min(365, Math.max(0, Math.floor(posted.number("days") || 0)));
    const { now, format } = useUi();
    const until = days === 0 ? 0 : now + days * DAY_MS;
    const answer = await c.get("console").api.put(`/health/${segment(posted.text("code"))}/snooze`, { until });
    if (!answer.ok) return back(c, "warning", answer.problem.detail);
    return back(c, "ok", days === 0 ? t("snooze.ended") : t("snooze.done", { when: format.dateTime(until) }));
  });
}

function back(c: ConsoleContext, tone: "ok" | "warning" | "critical", text: string): Response {
  setFlash(c, tone, text);
  return c.redirect(ownPath(c.get("posted").text("back"), "/admin"), 303);
}

function Figures({ status }: { status: BoxStatus }) {
  const { format } = useUi();
  const { users, registered, deferred_messages, deferred_octets, chat_sessions = 0 } = status;
  const share = users === 0 ? "" : t("of.users", { percent: format.percent(registered / users) });
  return (
    <section id="figures" data-live="" class="grid tight" aria-label={t("figures")}>
      <Tile label={t("figure.registered")} value={format.number(registered)} note={share} />
      <Tile label={t("figure.users")} value={format.number(users)} />
      <Tile label={t("figure.chat-sessions")} value={format.number(chat_sessions)} />
      <Tile label={t("figure.deferred")} value={format.number(deferred_messages)} />
      <Tile label={t("figure.octets")} value={format.octets(deferred_octets)} />
    </section>
  );
}

function Tile({ label, value, note }: { label: string; value: string; note?: string }) {
  return (
    <div class="card figure-tile">
      <span class="label">{label}</span>
      <span class="value">
        {value}
        {note !== undefined && note !== "" && <small>{` ${note}`}</small>}
      </span>
    </div>
  );
}

function Charts({ series, range }: { series: readonly Series[]; range: string }) {
  const drawn = series.filter(({ points }) => points.some((one) => one !== null));
  const first = FIRST.flatMap((name) => drawn.filter((one) => one.name === name));
  const chosen = first.length === 0 ? drawn.slice(0, FIRST.length) : first;
  const rest = drawn.filter((one) => !chosen.includes(one));
  return (
    <Card
      title={t("charts")}
      id="charts"
      actions={
        <Tabs
          look="segments"
          label={t("range")}
          tabs={RANGES.map((one) => ({
            href: `/admin?range=${one}#charts`,
            label: t(`range.${one}`),
            current: one === range,
          }))}
        />
      }
    >
      {drawn.length === 0 ? <EmptyState icon="clock" title={t("charts.none")}>{t("charts.none.text")}</EmptyState> : (
        <>
          <ChartGrid id="chart-lines" series={chosen} />
          {rest.length > 0 && (
            <More label={t("charts.more", { n: rest.length })}>
              <ChartGrid id="more-chart-lines" series={rest} />
            </More>
          )}
        </>
      )}
    </Card>
  );
}

function ChartGrid({ id, series }: { id: string; series: readonly Series[] }) {
  return (
    <div id={id} class="grid charts" data-live="">
      {series.map((one) => <LineChart series={{ ...one, title: titleOf(one), unit: unitOf(one) }} />)}
    </div>
  );
}

function Box({ status }: { status: BoxStatus }) {
  return (
    <Card title={t("box")} id="box">
      <Facts
        of={[
          [t("version"), status.version],
          [t("started"), <Time at={status.started_at} />],
          [t("domains"), status.domains.join(", ")],
        ]}
      />
      <Facts
        long
        of={[[
          t("doors"),
          <ul class="stack tight">
            {status.doors.map((door) => (
              <li>
                <code>{door}</code>
              </li>
            ))}
          </ul>,
        ]]}
      />
    </Card>
  );
}
