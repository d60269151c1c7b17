import type { Child } from "hono/jsx";
import { Alert, Button, Card, Form, type FormState, type Posted, useUi } from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { changeSettings } from "../settings/change_flow.tsx";
import { SettingField } from "../settings/setting_field.tsx";
import { readSetting, sameValue, settingText } from "../settings/setting_value.ts";
import {
  DO,
  ETAG,
  readChanges,
  readSettings,
  rowsOf,
  settingsForm,
  type SettingsState,
  SHOWN,
} from "../settings/settings_form.ts";
import { t as s } from "../settings/texts.ts";
import { DOOR_KEYS, type DoorKey } from "./doors.ts";
import { EnterButton } from "../settings/enter_button.tsx";
import { DoorsField, doorValues, entriesOf, openingName, readDoors, SessionsStayHere } from "./doors_field.tsx";
import { PEER_LINES, PeersField, peersOf, peerValues, readPeers } from "./peers_field.tsx";
import { testDomain, testDoors, type Tested, TestResults } from "./test_results.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/network";

/** Names, doors, name server, trust and peers: the same settings as friendlier forms. */
export function networkPages(app: ConsoleApp): void {
  app.get(HERE, needs("settings.read"), async (c) => {
    const state = await readSettings(c.get("console").api);
    return await page(c, settingsForm(state.settings), state, 200);
  });

  app.post(HERE, needs("settings.write"), async (c) => {
    const posted = c.get("posted");
    const { api } = c.get("console");
    const step = posted.text(DO);
    if (step === "test-doors" || step === "test-domain" || step === "more") {
      const state = await readSettings(api);
      const { form } = readNetwork(posted, state.settings);
      if (step === "more") {
        const count = Math.min(1000, (posted.number(PEER_LINES) || 0) + 1);
        return await page(c, { ...form, values: { ...form.values, [PEER_LINES]: String(count) } }, state, 200);
      }
      const tested = step === "test-domain"
        ? await testDomain(api, posted.text("domain") || String(rowsOf(state, ["domain"])[0]?.value ?? ""))
        : await testDoors(api, rowsOf(state, DOOR_KEYS).flatMap((row) => doorsToTest(posted, row)));
      return await page(c, form, state, 200, tested);
    }
    return await changeSettings(c, {
      here: HERE,
      title: t("title"),
      done: HERE,
      read: readNetwork,
      show: (form, state, status) => page(c, form, state, status),
    });
  });
}

/** The entries that were chosen or typed; where a file sets them, those. */
export function doorsToTest(posted: Posted, row: SettingRow): string[] {
  return row.locked === "" ? readDoors(posted, row) : entriesOf(row.value);
}

/** As `readChanges`, with doors as they were chosen and peers by lines. */
export function readNetwork(posted: Posted, rows: readonly SettingRow[]): ReturnType<typeof readChanges> {
  const shown = new Set(posted.list(SHOWN));
  const own = rows.filter(({ key }) => key === "peer" || DOOR_KEYS.some((door) => door === key));
  const { changes, form } = readChanges(posted, rows.filter((row) => !own.includes(row)));
  const values: Record<string, string> = { ...settingsForm(own).values, ...form.values };
  for (const row of own) {
    const { key, locked } = row;
    if (!shown.has(key) || locked !== "") continue;
    const value = key === "peer" ? readPeers(posted) : readDoors(posted, row);
    if (key === "peer") {
      for (const [name, typed] of Object.entries(posted.values())) {
        if (/^_(?:peers|domain \d+|hop \d+)$/.test(name)) values[name] = typed;
      }
    } else {
      values[openingName(key as DoorKey)] = posted.text(openingName(key as DoorKey));
      values[key] = settingText(row, value);
    }
    if (!sameValue(value, row.value)) changes.push({ key, value });
  }
  return { changes, form: { ...form, values } };
}

async function page(
  c: ConsoleContext,
  form: FormState,
  state: SettingsState,
  status: number,
  tested: Tested | null = null,
): Promise<Response> {
  const acts = c.get("console").may("settings.write");
  const row = (key: string) => rowsOf(state, [key])[0];
  const values = { ...ownValues(state, form), ...form.values };
  const complete = { ...form, values };
  const plain = (key: string) =>
    row(key) !== undefined && <SettingField row={row(key)} form={complete} acts={acts} plain />;
  const seconds = Number(row("console.confirm_seconds")?.value ?? 60);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <>
      {!acts && <Alert tone="info">{s("look-only")}</Alert>}
      {tested !== null && <TestResults tested={tested} />}
      <Form state={form} class="form wide" label={t("title")}>
        {acts && <EnterButton value="review" />}
        <input type="hidden" name={ETAG} value={state.etag} />
        <div class="stack">
          <Card title={t("name")} id="names" actions={acts && <Test what="domain" />}>
            <p class="hint">{t("name.hint")}</p>
            <LocalWarning domain={values.domain ?? ""} />
            {plain("domain")}
            {plain("domains")}
            {plain("advertise.host")}
            <p class="hint">{t("host.hint")}</p>
          </Card>
          <Card title={t("doors")} id="doors" actions={acts && <Test what="doors" />}>
            <Alert tone="info" title={t("confirm")}>
              {t("confirm.text", { time: useUi().format.duration(seconds * 1000) })}
            </Alert>
            <SessionsStayHere rows={state.settings} />
            {DOOR_KEYS.map((key) =>
              row(key) !== undefined && <DoorsField row={row(key)} form={complete} acts={acts} />
            )}
          </Card>
          <Section title={t("dns")} id="dns">{plain("dns.server")}</Section>
          <Section title={t("trust")} id="trust">
            {plain("trust.hops")}
            {plain("tls.client_certificates")}
          </Section>
          {row("peer") !== undefined && (
            <Card
              title={t("peers")}
              id="peers"
              actions={acts && row("peer").locked === "" && (
                <Button small name={DO} value="more" icon="plus" formnovalidate>{t("peers.more")}</Button>
              )}
            >
              <p class="hint">{t("peers.hint")}</p>
              <PeersField row={row("peer")} form={complete} acts={acts} />
            </Card>
          )}
          {acts && (
            <div class="actions save-bar">
              <Button kind="primary" name={DO} value="review">{s("save")}</Button>
              <span class="hint">{s("save.hint")}</span>
            </div>
          )}
        </div>
      </Form>
    </>,
  );
}

/** What the friendlier fields show where nothing was typed. After "change something" the lists themselves were given. */
function ownValues(state: SettingsState, form: FormState): Record<string, string> {
  const values: Record<string, string> = {};
  for (const row of rowsOf(state, DOOR_KEYS)) {
    const typed = form.values[row.key];
    const entries = typed === undefined ? row.value : typed.split("\n").filter((line) => line !== "");
    Object.assign(values, doorValues({ ...row, value: entries }));
  }
  const [peer] = rowsOf(state, ["peer"]);
  if (peer === undefined) return values;
  const typed = readSetting(peer, form.values.peer ?? "");
  return { ...values, ...peerValues(peersOf("value" in typed ? typed.value : peer.value)) };
}

export function LocalWarning({ domain }: { domain: string }) {
  return /\.local\.?$/i.test(domain.trim()) ? <Alert tone="warning">{t("local")}</Alert> : null;
}

function Section({ title, id, children }: { title: string; id: string; children?: Child }) {
  return <Card title={title} id={id}>{children}</Card>;
}

function Test({ what }: { what: "doors" | "domain" }) {
  return (
    <Button small name={DO} value={`test-${what}`} icon="bolt" formnovalidate>
      {t(`test.${what}`)}
    </Button>
  );
}
