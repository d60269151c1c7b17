import {
  ActionForm,
  Alert,
  Button,
  ButtonLink,
  Card,
  failedForm,
  type FormState,
  Icon,
  newForm,
  PageError,
  setFlash,
} from "../../../../web/ui/mod.ts";
import type { BackupSchedule, BackupView, RecoveryView, TestRestoreView } from "../../services/mod.ts";
import { needed, pageErrorOf, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { BackupList } from "./backup_list.tsx";
import { restorePages } from "./restore_page.tsx";
import { readSchedule, SCHEDULE_NAMES, ScheduleForm, scheduleValues } from "./schedule_form.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/backups";

/** Backups: the list, one more, tests, schedule and target; restoring has pages of its own. */
export function backupPages(app: ConsoleApp): void {
  app.get(HERE, needs("backups.read"), (c) => page(c, null, 200));
  app.post(HERE, needs("backups.write"), act);
  app.get(`${HERE}/files/:name`, needs("backups.carry"), async (c) => {
    const file = await c.get("console").api.raw("GET", `/backups/${segment(c.req.param("name"))}`);
    if (file.status === 404) throw new PageError(404, "");
    return file;
  });
  restorePages(app);
}

async function act(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const name = posted.text("name");
  const path = `/backups/${segment(name)}`;
  switch (posted.text("do")) {
    case "make": {
      const answer = await api.post<BackupView>("/backups");
      // The backup may be there while its target is not: the list says so.
      if (answer.ok) setFlash(c, "ok", t("made", { name: answer.data.name }));
      else if (answer.status === 503) setFlash(c, "warning", answer.problem.detail);
      else throw pageErrorOf(answer.status, answer.problem);
      break;
    }
    case "test":
      tellTest(c, needed(await api.post<TestRestoreView>(`${path}/test`)));
      break;
    case "remove":
      needed(await api.delete(path));
      setFlash(c, "ok", t("removed"));
      break;
    case "target": {
      const { target } = await api.need<BackupSchedule>("/backups/schedule");
      const { problem } = needed(await api.post<{ problem: string | null }>("/backups/schedule/test", { target }));
      if (problem === null) setFlash(c, "ok", t("target.works"));
      else setFlash(c, "critical", t("target.broken", { why: problem }));
      break;
    }
    case "schedule":
    case "schedule-untested": {
      const form = await saveSchedule(c, posted.text("do") === "schedule");
      if (form !== null) return await page(c, form, 422);
      break;
    }
    default:
      throw new PageError(400, "");
  }
  return c.redirect(HERE, 303);
}

function tellTest(c: ConsoleContext, { ok, reason, users, deferred_messages }: TestRestoreView): void {
  if (!ok) return setFlash(c, "critical", t("test.failed", { why: reason }));
  const words = { users: t("inside.users", { n: users }), messages: t("inside.messages", { n: deferred_messages }) };
  setFlash(c, "ok", t("test.done", words));
}

/** Null: saved. `tried`: only where its target works. */
async function saveSchedule(c: ConsoleContext, tried: boolean): Promise<FormState | null> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const { secret, ...schedule } = readSchedule(posted);
  const tries = tried && schedule.target.kind !== "none";
  if (tries) {
    const body = { target: schedule.target, ...(secret === undefined ? {} : { secret }) };
    const test = await api.post<{ problem: string | null }>("/backups/schedule/test", body);
    if (!test.ok) return withoutSecret(failedForm(posted, test.problem, SCHEDULE_NAMES));
    const { problem } = test.data;
    if (problem !== null) {
      return withoutSecret({
        values: posted.values(),
        errors: { url: t("target.broken", { why: problem }) },
        alert: "",
      });
    }
  }
  const answer = await api.put("/backups/schedule", { ...schedule, ...(secret === undefined ? {} : { secret }) });
  if (!answer.ok) return withoutSecret(failedForm(posted, answer.problem, SCHEDULE_NAMES));
  setFlash(c, "ok", t(tries ? "saved.tested" : "saved"));
  return null;
}

function withoutSecret(form: FormState): FormState {
  const { secret: _secret, ...values } = form.values;
  return { ...form, values };
}

async function page(c: ConsoleContext, form: FormState | null, status: number): Promise<Response> {
  const { api, may } = c.get("console");
  const [{ backups, inside }, schedule, recovery] = await Promise.all([
    api.need<{ backups: BackupView[]; inside: { included: string[]; left_out: string[] } }>("/backups"),
    api.need<BackupSchedule>("/backups/schedule"),
    api.need<RecoveryView>("/recovery"),
  ]);
  const rights = { write: may("backups.write"), carry: may("backups.carry") };
  return await consolePage(
    c,
    {
      title: t("title"),
      lead: t("lead"),
      here: HERE,
      status,
      actions: (
        <>
          {rights.carry && <ButtonLink href={`${HERE}/restore`} icon="upload">{t("upload")}</ButtonLink>}
          {rights.write && (
            <ActionForm action={HERE}>
              <Button kind="primary" name="do" value="make" icon="backup">{t("make")}</Button>
            </ActionForm>
          )}
        </>
      ),
    },
    <>
      {recovery.confirmed_at === 0 && <Unsealed />}
      {!rights.write && <Alert tone="info">{t("look-only")}</Alert>}
      <BackupList backups={backups} recovery={recovery} rights={rights} path={HERE} />
      <div class="grid">
        {rights.write && (
          <Card
            title={t("schedule")}
            id="schedule"
            actions={schedule.target.kind !== "none" && (
              <ActionForm>
                <Button small name="do" value="target" icon="bolt">{t("target.test")}</Button>
              </ActionForm>
            )}
          >
            <ScheduleForm form={form ?? newForm(scheduleValues(schedule))} />
          </Card>
        )}
        <Inside {...inside} />
      </div>
    </>,
  );
}

function Unsealed() {
  return (
    <Alert tone="warning" title={t("unsealed")}>
      <p>{t("unsealed.text")}</p>
      <p>
        <a href="/admin/recovery">{t("to-recovery")}</a>
      </p>
    </Alert>
  );
}

/** What is and what is not in a backup. */
export function Inside({ included, left_out }: { included: readonly string[]; left_out: readonly string[] }) {
  const lists = [
    { title: t("what.in"), entries: included, icon: "check", tone: "ok" },
    { title: t("what.out"), entries: left_out, icon: "cross", tone: "warning" },
  ] as const;
  return (
    <Card title={t("what")} id="inside">
      {lists.map(({ title, entries, icon, tone }) => (
        <div class="stack tight">
          <h3>{title}</h3>
          <ul class={`signed-list ${tone}`}>
            {entries.map((entry) => (
              <li>
                <Icon name={icon} />
                <span lang="en" dir="auto">{entry}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </Card>
  );
}
