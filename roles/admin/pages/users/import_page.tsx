import type { Child } from "hono/jsx";
import {
  ActionForm,
  Alert,
  Button,
  ButtonLink,
  Card,
  Checkbox,
  FileField,
  Form,
  FormEnd,
  type FormState,
  newForm,
  PageError,
  Table,
  Textarea,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { Clock } from "../../../../foundation/mod.ts";
import type { ApiProblem } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { Held } from "../frame/held.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/users.ts";

const PATH = "/admin/users/import";
const LIFE_MS = 15 * 60_000;
const EXAMPLE = "uri,password,display_name,e164\nsip:alice@example.test,,Alice,+15551234567";
const SHOWN_FAULTS = 200;

interface Report {
  readonly added: number;
  readonly replaced: number;
  readonly warnings: readonly string[];
  readonly passwords: readonly { readonly uri: string; readonly password: string }[];
}

/** A file that was checked and waits for the word. */
interface Checked {
  readonly csv: string;
  readonly replace: boolean;
}

/** Many users from a CSV file: checked first, imported whole or not at all. */
export function importPages(app: ConsoleApp, { clock }: { readonly clock: Clock }): void {
  const checked = new Held<Checked>(clock, { life_ms: LIFE_MS, most: 10, octets: 32 * 1_048_576 });
  const passwords = new Held<Report["passwords"]>(clock, { life_ms: LIFE_MS, most: 10, octets: 500_000 });

  app.get(PATH, needs("users.write"), (c) => importPage(c, newForm(), 200));

  app.post(PATH, needs("users.write"), async (c) => {
    const posted = c.get("posted");
    const ticket = posted.text("ticket");
    if (ticket !== "") return await carryOut(c, checked, passwords, ticket);
    const file = posted.file("file");
    const csv = file === null ? posted.raw("text") : await file.text();
    const replace = posted.flag("replace");
    const form = { values: { text: posted.raw("text"), replace: replace ? "on" : "" }, errors: {}, alert: "" };
    if (csv.trim() === "") {
      return await importPage(c, { ...form, errors: { file: t("import.nothing") } }, 422);
    }
    const answer = await send(c, { csv, replace }, true);
    if (!answer.ok) return await importPage(c, form, answer.status, <Faults problem={answer.problem} />);
    const held = checked.put({ csv, replace }, useUi().csrf, csv.length);
    return await checkedPage(c, answer.data, held);
  });

  // A POST: a link would be followed by whoever looks ahead, and the file is there once.
  app.post(`${PATH}/passwords`, needs("users.write"), (c) => {
    const ticket = c.get("posted").text("ticket");
    const found = passwords.get(ticket, useUi().csrf);
    if (found === null) throw new PageError(404, t("import.gone"));
    passwords.drop(ticket);
    const lines = found.map(({ uri, password }) => `${field(uri)},${field(password)}\r\n`);
    return c.body(`uri,password\r\n${lines.join("")}`, 200, {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="passwords.csv"',
    });
  });
}

function send(c: ConsoleContext, { csv, replace }: Checked, dry: boolean) {
  const query = new URLSearchParams({ dry_run: String(dry), replace: String(replace) });
  return c.get("console").api.send<Report>("POST", `/users/import?${query}`, "text/csv", csv);
}

async function carryOut(
  c: ConsoleContext,
  checked: Held<Checked>,
  passwords: Held<Report["passwords"]>,
  ticket: string,
): Promise<Response> {
  const { csrf } = useUi();
  const found = checked.get(ticket, csrf);
  if (found === null) return await importPage(c, { ...newForm(), alert: t("import.late") }, 409);
  const answer = await send(c, found, false);
  checked.drop(ticket);
  if (!answer.ok) return await importPage(c, newForm(), answer.status, <Faults problem={answer.problem} />);
  const report = answer.data;
  const made = report.passwords.length;
  const held = made === 0 ? "" : passwords.put(report.passwords, csrf, made);
  return await donePage(c, report, held);
}

async function importPage(c: ConsoleContext, form: FormState, status: number, faults?: Child): Promise<Response> {
  return await consolePage(
    c,
    {
      title: t("import.title"),
      lead: t("import.lead"),
      here: "/admin/users",
      crumb: { href: "/admin/users", label: t("title") },
      status,
    },
    <>
      {faults}
      <Card>
        <Form action={PATH} state={form} files>
          <p class="soft">{t("import.columns")}</p>
          <FileField form={form} name="file" label={t("import.file")} accept=".csv,text/csv" />
          <Textarea
            form={form}
            name="text"
            label={t("import.text")}
            placeholder={EXAMPLE}
            rows={8}
            mono
          />
          <Checkbox form={form} name="replace" label={t("import.replace")} hint={t("import.replace.hint")} />
          <FormEnd label={t("import.check")} icon="check" cancel="/admin/users" />
        </Form>
      </Card>
    </>,
  );
}

/** Each line's fault; a refusal of another kind in its own words. */
function Faults({ problem }: { problem: ApiProblem }) {
  const { errors, detail } = problem;
  if (errors.length === 0) return <Alert tone="critical">{detail}</Alert>;
  return (
    <>
      <Alert tone="critical">{t("import.faults", { n: errors.length })}</Alert>
      <Table
        caption={errors.length > SHOWN_FAULTS ? t("import.faults.more", { n: SHOWN_FAULTS }) : t("import.fault")}
        quiet={errors.length <= SHOWN_FAULTS}
        columns={[
          {
            label: t("import.line"),
            head: true,
            cell: ({ line, field = "" }) => line === undefined ? field : String(line),
          },
          { label: t("import.fault"), cell: ({ message }) => <bdi>{message}</bdi> },
        ]}
        rows={errors.slice(0, SHOWN_FAULTS)}
      />
    </>
  );
}

async function checkedPage(c: ConsoleContext, report: Report, ticket: string): Promise<Response> {
  const { added, replaced, warnings } = report;
  return await consolePage(
    c,
    { title: t("import.title"), here: "/admin/users", crumb: { href: PATH, label: t("import.title") } },
    <Card>
      <Alert tone="ok" title={t("import.good")}>{t("import.good.text", { added, replaced })}</Alert>
      <Warnings warnings={warnings} />
      <div class="actions">
        <ActionForm action={PATH} fields={{ ticket }}>
          <Button kind="primary" icon="upload">{t("import.go")}</Button>
        </ActionForm>
        <ButtonLink href={PATH} kind="quiet">{t("import.check")}</ButtonLink>
      </div>
    </Card>,
  );
}

async function donePage(c: ConsoleContext, report: Report, ticket: string): Promise<Response> {
  const { added, replaced, warnings, passwords } = report;
  return await consolePage(
    c,
    { title: t("import.done"), here: "/admin/users", crumb: { href: "/admin/users", label: t("title") } },
    <Card>
      <Alert tone="ok">{t("import.done.text", { added, replaced })}</Alert>
      <Warnings warnings={warnings} />
      {ticket !== "" && <p>{t("import.passwords", { n: passwords.length })}</p>}
      <div class="actions">
        {ticket !== "" && (
          <ActionForm action={`${PATH}/passwords`} fields={{ ticket }}>
            <Button kind="primary" icon="download">{t("import.download")}</Button>
          </ActionForm>
        )}
        <ButtonLink href="/admin/users">{t("import.list")}</ButtonLink>
      </div>
    </Card>,
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Alert tone="warning" title={t("import.warnings")}>
      <ul>{warnings.slice(0, 50).map((warning) => <li>{warning}</li>)}</ul>
    </Alert>
  );
}

/** A field of RFC 4180. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
