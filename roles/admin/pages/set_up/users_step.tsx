import {
  Alert,
  Button,
  ButtonLink,
  Card,
  Copyable,
  Form,
  type FormState,
  More,
  PrintButton,
  Qr,
  Table,
  Textarea,
} from "../../../../web/ui/mod.ts";
import type { BoxStatus } from "../../services/mod.ts";
import { type ApiClient, pageErrorOf, segment } from "../frame/api_client.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { formOfProblem, type Outcome } from "../settings/change_flow.tsx";
import { EnterButton } from "../settings/enter_button.tsx";
import { SettingField } from "../settings/setting_field.tsx";
import { DO, readChanges, readSettings, settingsForm, type SettingsState } from "../settings/settings_form.ts";
import { goOn, ownerPage, pass, StepFoot } from "./set_up_page.tsx";
import { stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

/** Names that are added here at once. */
const MOST = 50;
const INVITE_DAYS = 7;

/** A user that was just made; `password` and `link` are told once. */
interface MadeUser {
  readonly name: string;
  readonly uri: string;
  readonly password: string;
  readonly link: string;
}

export async function usersStep(c: ConsoleContext): Promise<Response> {
  const state = await readSettings(c.get("console").api);
  return await page(c, settingsForm(state.settings), state);
}

export async function actOnUsers(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const state = await readSettings(api);
  const { changes, form: read } = readChanges(posted, state.settings);
  const form = { ...read, values: { ...read.values, names: posted.raw("names") } };
  const names = posted.lines("names");
  if (names.length > MOST) {
    const errors = { ...form.errors, names: t("users.too-many", { n: names.length, most: MOST }) };
    return await page(c, { ...form, errors }, state, 422);
  }
  if (Object.keys(form.errors).length > 0) return await page(c, form, state, 422);
  if (changes.length > 0) {
    const answer = await api.patch<Outcome>("/settings", { changes });
    if (!answer.ok) {
      if (answer.status !== 422 && answer.status !== 409) throw pageErrorOf(answer.status, answer.problem);
      return await page(c, formOfProblem(form, changes, answer.problem), state, answer.status);
    }
  }
  if (names.length === 0) return goOn(c, "users");
  const made: MadeUser[] = [];
  const failures: string[] = [];
  for (const name of names) {
    const added = await addUser(api, name);
    if (typeof added === "string") failures.push(t("users.failed", { name, why: added }));
    else made.push(added);
  }
  pass(c, "users");
  return await madePage(c, made, failures);
}

/** Gives the user, or why not. */
async function addUser(api: ApiClient, name: string): Promise<MadeUser | string> {
  const added = await api.post<{ user: { uri: string }; password: string }>("/users", {
    uri: "",
    display_name: name,
    e164: "",
    password: "",
  });
  if (!added.ok) return added.problem.errors[0]?.message ?? added.problem.detail;
  const { user: { uri }, password } = added.data;
  const invite = await api.post<{ link: string }>(`/users/${segment(uri)}/invites`, { days: INVITE_DAYS });
  return { name, uri, password, link: invite.ok ? invite.data.link : "" };
}

/** No redirect to it: passwords must stand in no address and no cookie. */
async function madePage(
  c: ConsoleContext,
  made: readonly MadeUser[],
  failures: readonly string[],
): Promise<Response> {
  return await ownerPage(
    c,
    { step: "users", title: t("users.made"), lead: t("users.made.lead") },
    <>
      {failures.map((text) => <Alert tone="warning">{text}</Alert>)}
      {made.length > 0 && (
        <Table
          caption={t("users.made")}
          quiet
          rows={made.map((user, at) => ({ ...user, at }))}
          columns={[
            { label: t("users.name"), head: true, cell: ({ name }) => <bdi>{name}</bdi> },
            {
              label: t("users.address"),
              cell: ({ uri, at }) => <Copyable id={`uri-${at}`} text={uri} what={t("users.address")} />,
            },
            {
              label: t("users.password"),
              cell: ({ password, at }) => <Copyable id={`pw-${at}`} text={password} what={t("users.password")} />,
            },
            { label: t("users.invite"), cell: ({ link, at }) => link !== "" && <Invite link={link} at={at} /> },
          ]}
        />
      )}
      <StepFoot
        step="users"
        next={
          <>
            <ButtonLink href={stepPath("recovery")} kind="primary" icon="next">{t("next")}</ButtonLink>
            <PrintButton>{t("users.print")}</PrintButton>
          </>
        }
      />
    </>,
  );
}

function Invite({ link, at }: { link: string; at: number }) {
  return (
    <>
      <Copyable id={`link-${at}`} text={link} what={t("users.invite")} />
      <More label={t("users.qr")}>
        <Qr text={link} />
      </More>
    </>
  );
}

async function page(c: ConsoleContext, form: FormState, state: SettingsState, status = 200): Promise<Response> {
  const { users } = await c.get("console").api.need<BoxStatus>("/status");
  const rows = (area: string) => state.settings.filter((row) => row.area === area);
  return await ownerPage(
    c,
    { step: "users", title: t("users"), lead: t("users.lead"), status },
    <Form state={form} class="form wide" label={t("users")}>
      <EnterButton value="users" />
      <Card title={t("users.join")} id="join">
        {rows("signup").map((row) => <SettingField row={row} form={form} acts plain />)}
      </Card>
      <Card title={t("users.defaults")} id="defaults">
        <div class="settings-grid">
          {rows("profile").map((row) => <SettingField row={row} form={form} acts plain />)}
        </div>
      </Card>
      <Card title={t("users.first")} id="first">
        {users > 0 && <p class="hint">{t("users.count", { n: users })}</p>}
        <Textarea
          form={form}
          name="names"
          label={t("users.names")}
          hint={t("users.names.hint", { most: MOST })}
          rows={6}
          maxlength={10_000}
        />
        <p>
          <ButtonLink href="/admin/users/import" kind="quiet" icon="upload">{t("users.import")}</ButtonLink>
        </p>
      </Card>
      <StepFoot
        step="users"
        next={<Button kind="primary" name={DO} value="users" icon="next">{t("users.do")}</Button>}
      />
    </Form>,
  );
}
