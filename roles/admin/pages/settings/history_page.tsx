import {
  ActionForm,
  Badge,
  Button,
  Card,
  Confirm,
  EmptyState,
  PageError,
  Said,
  setFlash,
  Time,
  type Tone,
} from "../../../../web/ui/mod.ts";
import type { SettingRow, SettingsVersion } from "../../services/mod.ts";
import { needed } from "../frame/api_client.ts";
import { type ConsoleApp, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { addressesAfter, type Outcome } from "./change_flow.tsx";
import { ChangeApplied, DiffLine } from "./change_review.tsx";
import { readSettings } from "./settings_form.ts";
import { t } from "./texts.ts";

const SETTINGS = "/admin/settings";
const HERE = `${SETTINGS}/history`;
const SHOWN = 100;

/** What was changed, and the way back. */
export function historyPages(app: ConsoleApp): void {
  app.get(HERE, needs("settings.read"), async (c) => {
    const { api, may } = c.get("console");
    const { settings, version } = await readSettings(api);
    const { versions } = await api.need<{ versions: SettingsVersion[] }>(`/settings/history?limit=${SHOWN}`);
    return await consolePage(
      c,
      {
        title: t("history.title"),
        lead: t("history.lead"),
        here: SETTINGS,
        crumb: { href: SETTINGS, label: t("title") },
      },
      <History versions={versions} present={version} rows={settings} acts={may("settings.write")} />,
    );
  });

  app.post(HERE, needs("settings.write"), async (c) => {
    const { api } = c.get("console");
    const version = c.get("posted").number("version");
    if (!Number.isInteger(version)) throw new PageError(400, t("unchanged"));
    const before = await readSettings(api);
    const { next, candidate } = needed(await api.post<Outcome>(`/settings/history/${version}/revert`));
    if (next === "confirm" && candidate !== null) {
      const changes = candidate.changes.map(({ key, to }) => ({ key, value: to }));
      const addresses = addressesAfter(c, before.settings, changes);
      return await consolePage(
        c,
        { title: t("applied"), here: SETTINGS },
        <ChangeApplied candidate={candidate} addresses={addresses} path={SETTINGS} />,
      );
    }
    setFlash(c, next === "restart" ? "info" : "ok", t(next === "restart" ? "done.restart" : "done"));
    return c.redirect(HERE, 303);
  });
}

function History({ versions, present, rows, acts }: {
  versions: readonly SettingsVersion[];
  present: number;
  rows: readonly SettingRow[];
  acts: boolean;
}) {
  if (versions.length === 0) {
    return (
      <Card>
        <EmptyState icon="clock" title={t("history.none")}>{t("history.none.text")}</EmptyState>
      </Card>
    );
  }
  return (
    <Card>
      <ul class="items">
        {versions.map((version, at) => (
          <Version version={version} current={at === 0 && version.version === present} rows={rows} acts={acts} />
        ))}
      </ul>
      {acts && (
        <Confirm label={t("history.start")} look={{ kind: "quiet", small: true }}>
          <p>{t("history.start.text")}</p>
          <ActionForm action={HERE} fields={{ version: "0" }}>
            <Button kind="danger-primary" small>{t("history.start")}</Button>
          </ActionForm>
        </Confirm>
      )}
    </Card>
  );
}

const TONES: Readonly<Record<Exclude<SettingsVersion["state"], "confirmed">, Tone>> = {
  candidate: "warning",
  reverted: "plain",
};

function Version({ version: { version, at, by, changes, state, why }, current, rows, acts }: {
  version: SettingsVersion;
  current: boolean;
  rows: readonly SettingRow[];
  acts: boolean;
}) {
  return (
    <li class="item">
      <span class="sign plain" aria-hidden="true">{version}</span>
      <div>
        <p>
          <span class="strong">{t("history.version", { version: String(version) })}</span> {current
            ? <Badge tone="ok" icon="check">{t("history.current")}</Badge>
            : state !== "confirmed" && <Badge tone={TONES[state]}>{t(`history.state.${state}`)}</Badge>}
        </p>
        <p class="small soft">
          <Time at={at} exact /> · <bdi>{by}</bdi>
        </p>
        {why !== "" && (
          <p class="small">
            <Said text={why} />
          </p>
        )}
        <ul class="stack tight">
          {changes.map((diff) => <DiffLine diff={diff} row={rows.find(({ key }) => key === diff.key)} />)}
        </ul>
        {acts && !current && state === "confirmed" && (
          <Confirm label={t("history.back")} look={{ kind: "quiet", small: true, icon: "recovery" }}>
            <p>{t("history.back.text")}</p>
            <ActionForm action={HERE} fields={{ version: String(version) }}>
              <Button kind="danger-primary" small>{t("history.back.do", { version: String(version) })}</Button>
            </ActionForm>
          </Confirm>
        )}
      </div>
    </li>
  );
}
