import {
  ActionForm,
  Alert,
  Button,
  Card,
  Checkbox,
  failedForm,
  Form,
  type FormState,
  newForm,
  PageError,
  setFlash,
} from "../../../../web/ui/mod.ts";
import type { BackupSchedule, BoxStatus, RecoveryView } from "../../services/mod.ts";
import { scheduleValues, When } from "../backups/schedule_form.tsx";
import { t as b } from "../backups/texts.ts";
import { pageErrorOf } from "../frame/api_client.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { confirmSheet, newSheet, RecoverySheet, type Sheet } from "../recovery/recovery_sheet.tsx";
import { t as r } from "../recovery/texts.ts";
import { goOn, ownerPage, StepFoot } from "./set_up_page.tsx";
import { SET_UP, stepPath } from "./steps.tsx";
import { t } from "./texts.ts";

export async function actOnRecovery(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  switch (posted.text("do")) {
    case "new": {
      const made = await newSheet(api);
      if (!made.ok) throw pageErrorOf(made.status, made.problem);
      return await sheetPage(c, made.sheet, 200);
    }
    case "confirm": {
      const left = await confirmSheet(api, posted);
      if (left === "stale") return await recoveryStep(c, { ...newForm(), alert: r("check.wrong") }, 409);
      if (left !== null) return await sheetPage(c, left, 422);
      setFlash(c, "ok", r("checked"));
      return c.redirect(stepPath("recovery"), 303);
    }
    case "schedule": {
      const present = await api.need<BackupSchedule>("/backups/schedule");
      const body = { ...present, enabled: posted.flag("enabled"), every: posted.text("every"), at: posted.text("at") };
      const answer = await api.put("/backups/schedule", body);
      if (!answer.ok) return await recoveryStep(c, failedForm(posted, answer.problem), answer.status);
      return goOn(c, "recovery");
    }
    default:
      throw new PageError(400, "");
  }
}

/** No redirect to it: the key must stand in no address and no cookie. */
async function sheetPage(c: ConsoleContext, sheet: Sheet, status: number): Promise<Response> {
  const { domains } = await c.get("console").api.need<BoxStatus>("/status");
  return await ownerPage(
    c,
    { step: "recovery", title: r("sheet.title"), lead: r("sheet.lead"), status },
    <>
      <RecoverySheet sheet={sheet} box={domains[0] ?? ""} action={`${SET_UP}?step=recovery`} />
      <StepFoot step="recovery" />
    </>,
  );
}

export async function recoveryStep(c: ConsoleContext, form: FormState | null = null, status = 200): Promise<Response> {
  const { api } = c.get("console");
  const [recovery, schedule] = await Promise.all([
    api.need<RecoveryView>("/recovery"),
    api.need<BackupSchedule>("/backups/schedule"),
  ]);
  const confirmed = recovery.confirmed_at > 0;
  const shown = form ?? newForm(scheduleValues(schedule));
  return await ownerPage(
    c,
    { step: "recovery", title: t("recovery"), lead: t("recovery.lead"), status },
    confirmed
      ? (
        <>
          <Alert tone="ok" title={t("recovery.done")}>{t("recovery.done.text", { id: recovery.id })}</Alert>
          <Form state={shown} class="form wide" label={t("recovery.schedule")}>
            <Card title={t("recovery.schedule")} id="schedule">
              <Checkbox form={shown} name="enabled" label={b("schedule.enabled")} />
              <When form={shown} />
            </Card>
            <StepFoot
              step="recovery"
              next={<Button kind="primary" name="do" value="schedule" icon="next">{t("recovery.go")}</Button>}
            />
          </Form>
        </>
      )
      : (
        <>
          {form !== null && form.alert !== "" && <Alert tone="critical">{form.alert}</Alert>}
          <Card>
            <p>{t("recovery.why")}</p>
            <ActionForm>
              <Button kind="primary" name="do" value="new" icon="key">{t("recovery.make")}</Button>
            </ActionForm>
          </Card>
          <StepFoot step="recovery" />
        </>
      ),
  );
}
