import {
  Alert,
  Button,
  ButtonLink,
  Card,
  Confirm,
  failedForm,
  Form,
  type FormState,
  newForm,
  setFlash,
  Textarea,
} from "../../../../web/ui/mod.ts";
import type { SettingRow, SystemMessageView } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { changeSettings } from "../settings/change_flow.tsx";
import { SettingField } from "../settings/setting_field.tsx";
import { DO, ETAG, readSettings, settingsForm, type SettingsState } from "../settings/settings_form.ts";
import { t as s } from "../settings/texts.ts";
import { policyWords } from "./policy_words.ts";
import { t } from "./texts.ts";

const HERE = "/admin/policy";
const MAX_TEXT = 2000;

const SIZES = ["session.types", "session.max_message", "session.max_content"] as const;

/** Which settings stand where; `of` names single ones or, with a dot at its end, all others of an area. */
const SECTIONS = [
  {
    text: "send",
    hint: "send.hint",
    of: ["pager.types", "pager.max_body", "pager.max_body_of", "session.large_messages", "pager.require_login"],
  },
  { text: "sessions", hint: "sessions.hint", of: [...SIZES, "session."] },
  { text: "delivery", hint: null, of: ["pager."] },
  { text: "waiting", hint: "waiting.hint", of: ["deferred."] },
  { text: "profile", hint: "profile.hint", of: ["profile."] },
] as const;

/** The operator's rules for messages (ADM-4, ADM-6, UPROF-3), and telling everybody about them (SMSG-10). */
export function policyPages(app: ConsoleApp): void {
  app.get(HERE, needs("settings.read"), async (c) => {
    const state = await readSettings(c.get("console").api);
    return await page(c, settingsForm(state.settings), state, 200);
  });

  app.post(HERE, needs("settings.write"), async (c) => {
    if (c.get("posted").text(DO) === "tell") return await tell(c);
    return await changeSettings(c, {
      here: HERE,
      title: t("title"),
      done: HERE,
      show: (form, state, status) => page(c, form, state, status),
    });
  });
}

async function tell(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const answer = await api.post<SystemMessageView>("/system-messages", { to: "everybody", text: posted.text("text") });
  if (!answer.ok) {
    const state = await readSettings(api);
    return await page(c, settingsForm(state.settings), state, answer.status, failedForm(posted, answer.problem));
  }
  setFlash(c, "ok", t("tell.sent", { n: answer.data.recipients }));
  return c.redirect(HERE, 303);
}

/** How the box does its work is no rule for messages. */
const NO_POLICY: ReadonlySet<string> = new Set(["session.media_threads"]);

/** The settings of each section, each setting once. */
export function policySections(rows: readonly SettingRow[]) {
  const named = SECTIONS.flatMap(({ of }) => [...of]).filter((one) => !one.endsWith("."));
  const taken = new Set<string>([...named, ...NO_POLICY]);
  return SECTIONS.map((section) => ({
    ...section,
    rows: section.of.flatMap((wanted) =>
      rows.filter(({ key }) => wanted.endsWith(".") ? key.startsWith(wanted) && !taken.has(key) : key === wanted)
    ),
  })).filter((section) => section.rows.length > 0);
}

async function page(
  c: ConsoleContext,
  form: FormState,
  state: SettingsState,
  status: number,
  telling: FormState | null = null,
): Promise<Response> {
  const { may } = c.get("console");
  const acts = may("settings.write");
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <div class="split">
      <Form state={form} class="form wide" label={t("title")}>
        {!acts && <Alert tone="info">{s("look-only")}</Alert>}
        <input type="hidden" name={ETAG} value={state.etag} />
        {policySections(state.settings).map(({ text, hint, rows }) => (
          <Card title={t(text)} id={text}>
            {hint !== null && <p class="hint">{t(hint)}</p>}
            <div class="settings-grid">
              {rows.map((row) => <SettingField row={row} form={form} acts={acts} compact />)}
            </div>
          </Card>
        ))}
        {acts && (
          <div class="actions save-bar">
            <Button kind="primary" name={DO} value="review">{s("save")}</Button>
            <span class="hint">{s("save.hint")}</span>
          </div>
        )}
      </Form>
      {may("messages.send") && (
        <Tell form={telling ?? newForm({ text: policyWords(state.settings) })} open={telling !== null} />
      )}
    </div>,
  );
}

function Tell({ form, open }: { form: FormState; open: boolean }) {
  return (
    <Card title={t("tell")} id="tell">
      <p>{t("tell.hint")}</p>
      <Confirm label={t("tell.open")} look={{ kind: "secondary", icon: "message" }} tone="plain" open={open}>
        <Form state={form} label={t("tell")}>
          <Textarea form={form} name="text" label={t("tell.text")} rows={9} maxlength={MAX_TEXT} required />
          <div class="actions">
            <Button kind="primary" name={DO} value="tell">{t("tell.send")}</Button>
          </div>
        </Form>
      </Confirm>
      <p>
        <ButtonLink href="/admin/messages" kind="quiet">{t("tell.look")}</ButtonLink>
      </p>
    </Card>
  );
}
