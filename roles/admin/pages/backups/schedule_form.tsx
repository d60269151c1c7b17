import {
  Button,
  Checkbox,
  Field,
  Form,
  type FormState,
  PasswordField,
  type Posted,
  Radios,
  Select,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { BackupSchedule, BackupTarget } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** The form's values of a schedule. The target's secret is never among them. */
export function scheduleValues({ enabled, at, every, keep, test, target }: BackupSchedule): Record<string, string> {
  return {
    enabled: enabled ? "on" : "",
    at,
    every,
    keep: String(keep),
    test: test ? "on" : "",
    kind: target.kind,
    url: target.kind === "none" ? "" : target.url,
    user: target.kind === "webdav" ? target.user : "",
    region: target.kind === "s3" ? target.region : "",
    access_key: target.kind === "s3" ? target.access_key : "",
  };
}

/** What was typed, for REST to judge. `secret` is absent where none was typed: the one that is there stays. */
export function readSchedule(posted: Posted): BackupSchedule & { readonly secret?: string } {
  const secret = posted.raw("secret");
  return {
    enabled: posted.flag("enabled"),
    at: posted.text("at"),
    every: posted.text("every") as BackupSchedule["every"],
    keep: posted.number("keep"),
    test: posted.flag("test"),
    target: targetOf(posted),
    ...(secret === "" ? {} : { secret }),
  };
}

function targetOf(posted: Posted): BackupTarget {
  const url = posted.text("url");
  switch (posted.text("kind")) {
    case "webdav":
      return { kind: "webdav", url, user: posted.text("user") };
    case "s3":
      return { kind: "s3", url, region: posted.text("region"), access_key: posted.text("access_key") };
    default:
      return { kind: "none" };
  }
}

/** REST's names of fields, where the form's differ. */
export const SCHEDULE_NAMES = {
  "target.url": "url",
  "target.user": "user",
  "target.region": "region",
  "target.access_key": "access_key",
  "target.kind": "kind",
} as const;

/** When backups are made, how many are kept, where they go. `short`: without the target. */
export function ScheduleForm({ form, short, action }: { form: FormState; short?: boolean; action?: string }) {
  return (
    <Form state={form} action={action} label={t("schedule")}>
      <Checkbox form={form} name="enabled" label={t("schedule.enabled")} />
      <When form={form} />
      <Field form={form} name="keep" label={t("schedule.keep")} autocomplete="off" inputmode="numeric" required />
      <Checkbox form={form} name="test" label={t("schedule.test")} hint={t("schedule.test.hint")} />
      {!short && <Target form={form} />}
      <div class="actions">
        <Button kind="primary" name="do" value="schedule">{t("save")}</Button>
        {!short && <Button name="do" value="schedule-untested">{t("save.untested")}</Button>}
      </div>
      {!short && <p class="hint">{t("save.hint")}</p>}
    </Form>
  );
}

/** How often and at what time. */
export function When({ form }: { form: FormState }) {
  const { now } = useUi();
  const time = new Date(now).toISOString().slice(11, 16);
  return (
    <div class="options">
      <Select
        form={form}
        name="every"
        label={t("schedule.every")}
        options={(["day", "week"] as const).map((value) => ({ value, label: t(`schedule.${value}`) }))}
      />
      <Field
        form={form}
        name="at"
        type="time"
        label={t("schedule.at")}
        hint={t("schedule.at.now", { time })}
        autocomplete="off"
        required
      />
    </div>
  );
}

function Target({ form }: { form: FormState }) {
  return (
    <div class="stack tight target">
      <Radios
        form={form}
        name="kind"
        label={t("target")}
        options={[
          { value: "none", label: t("target.none"), hint: t("target.none.hint") },
          { value: "webdav", label: t("target.webdav") },
          { value: "s3", label: t("target.s3") },
        ]}
      />
      <div class="stack of-target">
        <Field
          form={form}
          name="url"
          label={t("target.url")}
          hint={t("target.url.hint")}
          autocomplete="off"
          inputmode="url"
          maxlength={1000}
          mono
        />
        <div class="stack of-webdav">
          <Field form={form} name="user" label={t("target.user")} autocomplete="off" maxlength={200} />
        </div>
        <div class="stack of-s3">
          <Field form={form} name="region" label={t("target.region")} autocomplete="off" maxlength={100} mono />
          <Field form={form} name="access_key" label={t("target.access")} autocomplete="off" maxlength={200} mono />
        </div>
        <PasswordField
          form={form}
          name="secret"
          label={t("target.secret")}
          hint={t("target.secret.hint")}
          autocomplete="new-password"
          maxlength={1000}
        />
      </div>
    </div>
  );
}
