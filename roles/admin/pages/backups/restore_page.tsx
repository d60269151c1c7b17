import {
  Alert,
  Button,
  ButtonLink,
  Card,
  failedForm,
  Field,
  FileField,
  Form,
  type FormState,
  newForm,
  PageError,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { BackupView, BoxStatus, RecoveryView } from "../../services/mod.ts";
import { type Answer, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { keyHeader, type Restored, restoreUpload, uploadForm } from "./restore_upload.ts";
import { t } from "./texts.ts";

const BACKUPS = "/admin/backups";
const HERE = `${BACKUPS}/restore`;
/** Seconds after which the browser looks for the restarted box. */
const RESTART_S = 8;

/** Restoring: an uploaded file (`/restore`), or one of the box (`/restore/{name}`). */
export function restorePages(app: ConsoleApp): void {
  app.get(HERE, needs("backups.carry"), (c) => uploadPage(c, newForm(), 200));

  app.post(HERE, needs("backups.carry"), async (c) => {
    const { api } = c.get("console");
    const upload = await uploadForm(c.req.raw);
    const { posted, file, discard } = upload;
    const word = await wordOf(c);
    const wrong = async (form: FormState, status: number) => {
      await discard(256 * 1_048_576);
      return await uploadPage(c, form, status);
    };
    const values = { recovery_key: posted.text("recovery_key"), word: posted.text("word") };
    if (values.word !== word) {
      return await wrong({ values, errors: { word: t("confirm.wrong", { word }) }, alert: "" }, 422);
    }
    if (file === null) return await wrong({ values, errors: { file: t("upload.missing") }, alert: "" }, 422);
    const answer = await restoreUpload(api, "/restore", upload, { "recovery-key": keyHeader(values.recovery_key) });
    if (answer.ok) return await restoring(c, answer.data);
    return await uploadPage(c, refusedUpload(values, answer), answer.status);
  });

  app.get(`${HERE}/:name`, needs("backups.carry"), (c) => namedPage(c, newForm(), 200));

  app.post(`${HERE}/:name`, needs("backups.carry"), async (c) => {
    const posted = c.get("posted");
    const word = await wordOf(c);
    if (posted.text("word") !== word) {
      const form = { values: posted.values(), errors: { word: t("confirm.wrong", { word }) }, alert: "" };
      return await namedPage(c, form, 422);
    }
    const answer = await c.get("console").api.post<Restored>(`/backups/${segment(c.req.param("name")!)}/restore`, {
      recovery_key: posted.text("recovery_key"),
    });
    if (answer.ok) return await restoring(c, answer.data);
    return await namedPage(c, failedForm(posted, answer.problem), answer.status);
  });
}

/** The form of an upload again, with REST's refusal beside the key where that was it. */
export function refusedUpload(
  values: Readonly<Record<string, string>>,
  { problem }: Extract<Answer<Restored>, { ok: false }>,
): FormState {
  const detail = problem.errors.length > 0 ? problem.errors.map(({ message }) => message).join(" · ") : problem.detail;
  const key = /\bkey\b/i.test(detail);
  return { values, errors: key ? { recovery_key: detail } : {}, alert: key ? "" : detail };
}

/** What is typed to confirm. */
async function wordOf(c: ConsoleContext): Promise<string> {
  const { domains } = await c.get("console").api.need<BoxStatus>("/status");
  return domains[0] ?? "parley";
}

async function restoring(c: ConsoleContext, restored: Restored): Promise<Response> {
  c.header("refresh", `${RESTART_S}; url=/admin/log-in`);
  return await consolePage(
    c,
    { title: t("restoring"), lead: t("restoring.lead"), here: BACKUPS },
    <Card>
      <RestoredWords restored={restored} />
      <p>
        <ButtonLink href="/admin/log-in" kind="primary" icon="next">{t("restoring.log-in")}</ButtonLink>
      </p>
    </Card>,
  );
}

/** What was found in the backup, and what happens now. */
export function RestoredWords({ restored: { created_at, users, deferred_messages } }: { restored: Restored }) {
  const { format } = useUi();
  return (
    <Alert tone="ok" title={t("restoring")}>
      {t("restoring.text", {
        date: format.dateTime(created_at),
        users: t("inside.users", { n: users }),
        messages: t("inside.messages", { n: deferred_messages }),
      })}
    </Alert>
  );
}

async function uploadPage(c: ConsoleContext, form: FormState, status: number): Promise<Response> {
  const word = await wordOf(c);
  const again = form.alert !== "" || Object.keys(form.errors).length > 0;
  return await consolePage(
    c,
    {
      title: t("upload"),
      lead: t("upload.text"),
      here: BACKUPS,
      status,
      crumb: { href: BACKUPS, label: t("title") },
    },
    <Card tone="danger">
      <Danger />
      <Form action={HERE} state={form} streamed label={t("upload")}>
        <KeyField form={form} />
        <WordField form={form} word={word} />
        <FileField
          form={form}
          name="file"
          label={t("upload.file")}
          hint={again ? t("upload.again") : undefined}
          accept=".parley"
          required
        />
        <div class="actions">
          <Button kind="danger-primary" icon="upload">{t("restore.do")}</Button>
        </div>
      </Form>
    </Card>,
  );
}

async function namedPage(c: ConsoleContext, form: FormState, status: number): Promise<Response> {
  const { api } = c.get("console");
  const name = c.req.param("name") ?? "";
  const { backups } = await api.need<{ backups: BackupView[] }>("/backups");
  const backup = backups.find((one) => one.name === name);
  if (backup === undefined) throw new PageError(404, "");
  const recovery = await api.need<RecoveryView>("/recovery");
  const own = backup.recovery_key === "" || backup.recovery_key === recovery.id;
  return await consolePage(
    c,
    {
      title: t("restore.title"),
      lead: <bdi dir="ltr">{name}</bdi>,
      here: BACKUPS,
      status,
      crumb: { href: BACKUPS, label: t("title") },
    },
    <Card tone="danger">
      <Danger />
      <Form state={form} label={t("restore.named", { name })}>
        <KeyField form={form} own={own} id={backup.recovery_key} />
        <WordField form={form} word={await wordOf(c)} />
        <div class="actions">
          <Button kind="danger-primary">{t("restore.do")}</Button>
        </div>
      </Form>
    </Card>,
  );
}

function Danger() {
  return <Alert tone="critical" title={t("restore.danger")}>{t("restore.danger.text")}</Alert>;
}

/** Where a recovery key is typed. Not as a password: it is long, and must be read while it is typed. */
export function KeyField({ form, own = false, id = "" }: { form: FormState; own?: boolean; id?: string }) {
  return (
    <Field
      form={form}
      name="recovery_key"
      label={t("upload.key")}
      hint={own ? t("upload.key.own") : (
        <>
          {id !== "" && <>{t("upload.key.id", { id })}{" "}</>}
          {t("upload.key.hint")}
        </>
      )}
      autocomplete="off"
      maxlength={200}
      mono
    />
  );
}

function WordField({ form, word }: { form: FormState; word: string }) {
  return (
    <Field form={form} name="word" label={t("confirm", { word })} autocomplete="off" mono required maxlength={253} />
  );
}
