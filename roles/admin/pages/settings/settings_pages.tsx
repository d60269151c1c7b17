import {
  Alert,
  Button,
  ButtonLink,
  Card,
  EmptyState,
  Form,
  type FormState,
  Icon,
  SearchForm,
  Tabs,
} from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { changeSettings } from "./change_flow.tsx";
import { historyPages } from "./history_page.tsx";
import { areaLabel, settingHelp, settingLabel } from "./names.ts";
import { SettingField } from "./setting_field.tsx";
import { queryTerms, searchSettings } from "./setting_search.ts";
import { ETAG, readSettings, settingsForm, type SettingsState } from "./settings_form.ts";
import { t } from "./texts.ts";

const HERE = "/admin/settings";
const MAX_QUERY = 200;

/** All settings: by area, or as a search finds them; their change and their history. */
export function settingsPages(app: ConsoleApp): void {
  app.get(HERE, needs("settings.read"), async (c) => {
    const state = await readSettings(c.get("console").api);
    return await page(c, settingsForm(state.settings), state, 200);
  });

  app.post(HERE, needs("settings.write"), (c) =>
    changeSettings(c, {
      here: HERE,
      title: t("title"),
      done: HERE + viewOf(c).search,
      show: (form, state, status) => page(c, form, state, status),
    }));

  historyPages(app);
}

/** Which settings are shown: those of an area, or those that a search found. */
function viewOf(
  c: ConsoleContext,
): { readonly query: string; readonly area: string | undefined; readonly search: string } {
  const query = (c.req.query("q") ?? "").slice(0, MAX_QUERY).trim();
  return { query, area: c.req.query("area"), search: new URL(c.req.url).search };
}

async function page(c: ConsoleContext, form: FormState, state: SettingsState, status: number): Promise<Response> {
  const { may } = c.get("console");
  const { query, area: wanted } = viewOf(c);
  const areas = [...new Set(state.settings.map(({ area }) => area))];
  const area = wanted !== undefined && areas.includes(wanted) ? wanted : areas[0];
  const rows = query === "" ? state.settings.filter((row) => row.area === area) : found(state.settings, query);
  return await consolePage(
    c,
    {
      title: t("title"),
      lead: t("lead"),
      here: HERE,
      status,
      actions: <ButtonLink href={`${HERE}/history`} icon="clock">{t("history")}</ButtonLink>,
    },
    <>
      <Search query={query} />
      {query === ""
        ? (
          <Tabs
            label={t("areas")}
            tabs={areas.map((one) => ({
              href: `${HERE}?area=${encodeURIComponent(one)}`,
              label: areaLabel(one),
              current: one === area,
            }))}
            look="segments"
          />
        )
        : <p class="unseen" role="status">{t("search.found", { n: rows.length })}</p>}
      {rows.length === 0
        ? (
          <Card>
            <EmptyState icon="search" title={t("search.none")}>{t("search.none.text")}</EmptyState>
          </Card>
        )
        : (
          <Settings
            title={query === "" ? areaLabel(area) : t("search.found", { n: rows.length })}
            rows={rows}
            form={form}
            etag={state.etag}
            query={query}
            acts={may("settings.write")}
          />
        )}
    </>,
  );
}

function found(rows: readonly SettingRow[], query: string): SettingRow[] {
  const searched = rows.map((row) => ({
    row,
    key: row.key,
    label: settingLabel(row.key),
    help: settingHelp(row),
    words: `${row.words} ${areaLabel(row.area)}`,
  }));
  return searchSettings(searched, query).map(({ row }) => row);
}

function Search({ query }: { query: string }) {
  return (
    <SearchForm action={HERE} label={t("search")}>
      <div class="field">
        <label for="q">{t("search")}</label>
        <div class="with-button">
          <input
            class="input"
            type="search"
            id="q"
            name="q"
            value={query}
            maxlength={MAX_QUERY}
            placeholder={t("search.words")}
            autocomplete="off"
          />
          <Button icon="search">{t("search.go")}</Button>
          {query !== "" && <ButtonLink href={HERE} kind="quiet">{t("search.clear")}</ButtonLink>}
        </div>
      </div>
    </SearchForm>
  );
}

function Settings({ title, rows, form, etag, query, acts }: {
  title: string;
  rows: readonly SettingRow[];
  form: FormState;
  etag: string;
  query: string;
  acts: boolean;
}) {
  const terms = queryTerms(query);
  const open = acts && rows.some(({ locked }) => locked === "");
  return (
    <Card title={title}>
      {!acts && <Alert tone="info">{t("look-only")}</Alert>}
      <Form state={form} class="form wide" label={title}>
        <input type="hidden" name={ETAG} value={etag} />
        <div class="settings">
          {rows.map((row) => (
            <>
              {query !== "" && (
                <p class="setting-area">
                  <a href={`${HERE}?area=${encodeURIComponent(row.area)}#${row.key}`}>
                    {areaLabel(row.area)}
                    <Icon name="next" />
                    <span class="unseen">{`${t("go")}: `}</span>
                    {settingLabel(row.key)}
                  </a>
                </p>
              )}
              <SettingField row={row} form={form} terms={terms} acts={acts} />
            </>
          ))}
        </div>
        {open && (
          <div class="actions save-bar">
            <Button kind="primary" name="do" value="review">{t("save")}</Button>
            <span class="hint">{t("save.hint")}</span>
          </div>
        )}
      </Form>
    </Card>
  );
}
