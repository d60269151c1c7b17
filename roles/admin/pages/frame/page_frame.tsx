import type { Child } from "hono/jsx";
import {
  ActionForm,
  Banner,
  Button,
  Countdown,
  Icon,
  type IconName,
  More,
  type NavGroup,
  Page,
  type PageProps,
  render,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { BoxStatus, CandidateView, HealthItem, SignUpView } from "../../services/mod.ts";
import { t } from "../texts/frame.ts";
import type { Console, ConsoleContext } from "./console.ts";
import { NAV } from "./nav.ts";

/** What the frame around a page shows of the box. */
export interface Surroundings {
  readonly status: BoxStatus;
  /** Null where the viewer may not see settings. */
  readonly candidate: CandidateView | null;
  readonly health: readonly HealthItem[];
  readonly signUps: number;
}

/** Asks REST for what stands around a page. */
export async function surroundingsOf({ api, may }: Console): Promise<Surroundings> {
  const [status, health, signUps, candidate] = await Promise.all([
    api.need<BoxStatus>("/status"),
    api.need<{ items: HealthItem[] }>("/health"),
    api.need<{ sign_ups: SignUpView[] }>("/sign-ups"),
    may("settings.read") ? api.need<{ candidate: CandidateView | null }>("/settings/candidate") : null,
  ]);
  return {
    status,
    health: health.items,
    signUps: signUps.sign_ups.length,
    candidate: candidate?.candidate ?? null,
  };
}

export type ConsolePageProps =
  & Pick<PageProps, "title" | "lead" | "crumb" | "actions" | "scripts" | "events">
  & { readonly here: string; readonly status?: number };

/**
 * Answers with a page of the console: `here` is its place in the navigation.
 *
 *     return await consolePage(c, { title: t("title"), here: "/admin/backups" }, <BackupList … />);
 */
export async function consolePage(
  c: ConsoleContext,
  { status = 200, ...page }: ConsolePageProps,
  children: Child,
): Promise<Response> {
  const console = c.get("console");
  const around = await surroundingsOf(console);
  return await render(
    c,
    <Page
      {...page}
      nav={navOf(console, around)}
      home="/admin"
      version={around.status.version}
      bar={<Bar console={console} around={around} />}
      banners={<Banners console={console} around={around} />}
    >
      {children}
    </Page>,
    status,
  );
}

function navOf({ may }: Console, { signUps }: Surroundings): NavGroup[] {
  return NAV.map(({ group, items }) => ({
    label: t(`group.${group}`),
    items: items.filter(({ permission }) => may(permission)).map(({ href, text, icon }) => ({
      href,
      label: t(`nav.${text}`),
      icon: icon as IconName,
      count: href === "/admin/sign-ups" ? signUps : 0,
    })),
  })).filter(({ items }) => items.length > 0);
}

/** Worst state of what counts: warnings and up, but for what is snoozed. */
export function healthBadge(
  health: readonly HealthItem[],
  now: number,
): { count: number; tone: "ok" | "warning" | "critical" } {
  const counted = health.filter((item) => item.severity !== "info" && item.snoozed_until <= now);
  const tone = counted.some(({ severity }) => severity === "critical") ? "critical" : "warning";
  return counted.length === 0 ? { count: 0, tone: "ok" } : { count: counted.length, tone };
}

function Bar({ console: { viewer }, around }: { console: Console; around: Surroundings }) {
  const { count, tone } = healthBadge(around.health, useUi().now);
  return (
    <>
      <a
        class={`badge ${tone}`}
        id="health-badge"
        data-live=""
        href="/admin#health"
        aria-label={count === 0 ? t("health.label.ok") : t("health.label", { n: count })}
      >
        <Icon name={tone === "ok" ? "check" : tone} />
        {count === 0 ? t("health.ok") : useUi().format.number(count)}
      </a>
      <a class="account" href="/admin/me" title={t(`role.${viewer.role}`)}>
        <Icon name="user" />
        <span class="unseen">{`${t("account")}: `}</span>
        <span class="account-name">{viewer.name}</span>
      </a>
      <ActionForm action="/admin/log-out">
        <button type="submit" class="bar-button" aria-label={t("log-out")} title={t("log-out")}>
          <Icon name="log-out" />
        </button>
      </ActionForm>
    </>
  );
}

function Banners({ console: { may }, around: { candidate, status } }: { console: Console; around: Surroundings }) {
  return (
    <>
      {candidate !== null && <CandidateBanner candidate={candidate} acts={may("settings.write")} />}
      {status.restart_needed && <RestartBanner acts={may("settings.write")} />}
    </>
  );
}

function CandidateBanner({ candidate, acts }: { candidate: CandidateView; acts: boolean }) {
  const { format, path } = useUi();
  const { by, changes, confirm_before } = candidate;
  const keys = format.list(changes.map(({ key }) => key));
  return (
    <Banner
      tone="warning"
      label={t("candidate")}
      actions={acts && (
        <>
          <ActionForm action="/admin/candidate" fields={{ back: path }}>
            <Button kind="primary" name="do" value="confirm" icon="check">{t("candidate.confirm")}</Button>
            <Button name="do" value="revert">{t("candidate.revert")}</Button>
          </ActionForm>
        </>
      )}
    >
      <strong>{t("candidate")}</strong>
      <p>
        {t("candidate.text", { by, keys })} <Countdown until={confirm_before} />
      </p>
      <More label={t("candidate.more")}>
        <ul>
          {changes.map(({ key, from, to }) => (
            <li>
              <code>{`${key}: ${shown(from)} → ${shown(to)}`}</code>
            </li>
          ))}
        </ul>
      </More>
    </Banner>
  );
}

function RestartBanner({ acts }: { acts: boolean }) {
  return (
    <Banner
      tone="info"
      label={t("restart")}
      actions={acts && (
        <ActionForm action="/admin/restart" fields={{ back: useUi().path }}>
          <Button icon="refresh">{t("restart.now")}</Button>
          <Button name="do" value="tell">{t("restart.tell")}</Button>
        </ActionForm>
      )}
    >
      <strong>{t("restart")}</strong>
      <p>{t("restart.text")}</p>
    </Banner>
  );
}

/** A setting's value in a line. */
function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("candidate.none");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
