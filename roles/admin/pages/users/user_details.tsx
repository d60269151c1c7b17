import type { Child } from "hono/jsx";
import {
  Button,
  Card,
  Confirm,
  Facts,
  Field,
  Form,
  FormEnd,
  type FormState,
  Meter,
  newForm,
  type Posted,
  Select,
  Textarea,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { HistoryUsage, UserDetail, UserPatch } from "../../services/mod.ts";
import { t } from "../texts/users.ts";

const DEFERRALS = ["offline", "always", "never"] as const;

/** What is known of a user, and how much waits for them. */
export function Overview({ user, recorded }: { user: UserDetail; recorded: HistoryUsage | null }) {
  const { format } = useUi();
  const { waiting, limits, note } = user;
  return (
    <Card title={t("user.facts")} id="facts">
      <Facts
        of={[
          [t("column.number"), user.e164 === "" ? "–" : <bdi dir="ltr" class="num">{user.e164}</bdi>],
          [t("deferral"), t(`deferral.${user.deferral}`)],
          [t("user.created"), <Time at={user.created_at} exact />],
          [t("user.changed"), <Time at={user.changed_at} />],
          user.state === "barred"
            ? [
              t("user.barred-until"),
              user.barred_until === 0 ? t("user.no-end") : <Time at={user.barred_until} exact />,
            ]
            : null,
          recorded === null ? null : [
            t("user.recorded"),
            t("user.recorded.size", { n: recorded.conversations, octets: format.octets(recorded.octets) }),
          ],
          note === "" ? null : [t("field.note"), <span class="pre">{note}</span>],
        ]}
      />
      <div class="grid tight">
        <Meter label={t("quota.messages")} used={waiting.messages} limit={limits.messages} />
        <Meter
          label={t("quota.octets")}
          used={waiting.octets}
          limit={limits.octets}
          say={(octets) => format.octets(octets)}
        />
      </div>
    </Card>
  );
}

/** The edit form's values for a user as stored. */
export function formOf(user: UserDetail): FormState {
  return newForm({
    display_name: user.display_name,
    e164: user.e164,
    deferral: user.deferral,
    quota_messages: user.quota === null ? "" : String(user.quota.messages),
    quota_octets: user.quota === null ? "" : String(user.quota.octets),
    note: user.note,
  });
}

/** What the edit form asks for; `patch` null where a field cannot be read, and then the form says which. */
export function patchOf(posted: Posted): { patch: UserPatch | null; form: FormState } {
  const errors: Record<string, string> = {};
  const quotaNames = ["quota_messages", "quota_octets"] as const;
  const [messages, octets] = quotaNames.map((name) => {
    const text = posted.text(name);
    if (text !== "" && !/^[0-9]{1,15}$/.test(text)) errors[name] = t("quota.number");
    return text === "" ? null : Number(text);
  });
  if ((messages === null) !== (octets === null)) {
    errors[messages === null ? "quota_messages" : "quota_octets"] ??= t("quota.both");
  }
  const form = { values: posted.values(), errors, alert: "" };
  if (Object.keys(errors).length > 0) return { patch: null, form };
  const deferral = DEFERRALS.find((one) => one === posted.text("deferral"));
  const patch: UserPatch = {
    display_name: posted.text("display_name"),
    e164: posted.text("e164"),
    ...(deferral === undefined ? {} : { deferral }),
    quota: messages === null || octets === null ? null : { messages, octets },
    note: posted.raw("note"),
  };
  return { patch, form };
}

/** Everything of a user that can be changed at once. `etag`: the version that was looked at. */
export function EditForm({ path, form, etag }: { path: string; form: FormState; etag: string }) {
  return (
    <Card title={t("user.edit")} id="edit">
      <Form action={path} state={form} label={t("user.edit")}>
        <input type="hidden" name="do" value="save" />
        <input type="hidden" name="etag" value={etag} />
        <Field form={form} name="display_name" label={t("field.display_name")} autocomplete="off" maxlength={128} />
        <Field
          form={form}
          name="e164"
          label={t("field.e164")}
          hint={t("field.e164.hint")}
          type="tel"
          autocomplete="off"
          maxlength={40}
        />
        <Select
          form={form}
          name="deferral"
          label={t("deferral")}
          options={DEFERRALS.map((value) => ({ value, label: t(`deferral.${value}`) }))}
        />
        <fieldset class="stack tight">
          <legend class="strong">{t("quota.own")}</legend>
          <p class="hint">{t("quota.own.hint")}</p>
          <div class="grid tight">
            <Field
              form={form}
              name="quota_messages"
              label={t("quota.field.messages")}
              inputmode="numeric"
              autocomplete="off"
              maxlength={15}
              bare
            />
            <Field
              form={form}
              name="quota_octets"
              label={t("quota.field.octets")}
              inputmode="numeric"
              autocomplete="off"
              maxlength={15}
              bare
            />
          </div>
        </fieldset>
        <Textarea
          form={form}
          name="note"
          label={t("field.note")}
          hint={t("field.note.hint")}
          rows={3}
          maxlength={2000}
        />
        <FormEnd label={t("user.save")} icon="check" />
      </Form>
    </Card>
  );
}

/** Password and state: what opens and closes the service to the user. Each asks before it acts. */
export function AccessCard(
  { path, user, writes, etag, bar }: { path: string; user: UserDetail; writes: boolean; etag: string; bar?: FormState },
) {
  const { uri, state } = user;
  return (
    <Card title={t("access")} id="access">
      <div class="stack tight">
        <Ask path={path} etag={etag} what="reset" label={t("password.reset")} text={t("password.reset.text")}>
          <Button kind="primary" icon="key">{t("password.reset.do")}</Button>
        </Ask>
        {writes && state !== "active" && (
          <Form action={path} class="form bare">
            <input type="hidden" name="do" value="resume" />
            <input type="hidden" name="etag" value={etag} />
            <Button icon="check">{t("resume")}</Button>
          </Form>
        )}
        {writes && state === "active" && (
          <>
            <Ask path={path} etag={etag} what="suspend" label={t("suspend")} text={t("suspend.text")}>
              <Button kind="danger-primary">{t("suspend.do")}</Button>
            </Ask>
            <Ask
              path={path}
              etag={etag}
              what="bar"
              label={t("bar")}
              text={t("bar.text")}
              form={bar ?? newForm()}
              open={bar !== undefined}
            >
              <Field form={bar ?? newForm()} name="until" label={t("bar.until")} type="date" autocomplete="off" />
              <Button kind="danger-primary">{t("bar.do")}</Button>
            </Ask>
          </>
        )}
        {writes && (
          <Ask path={path} etag={etag} what="remove" label={t("remove")} text={t("remove.text", { uri })} danger>
            <Button kind="danger-primary" icon="trash">{t("remove.do")}</Button>
          </Ask>
        )}
      </div>
    </Card>
  );
}

/** A button that opens to what it means, and the form that does it. */
function Ask(props: {
  path: string;
  etag: string;
  /** Value of `do`. */
  what: string;
  label: string;
  text: string;
  form?: FormState;
  open?: boolean;
  danger?: boolean;
  children?: Child;
}) {
  const { path, etag, what, label, text, form, open, danger, children } = props;
  return (
    <Confirm
      label={label}
      open={open}
      tone={what === "reset" ? "plain" : "danger"}
      look={{ kind: danger ? "danger" : "secondary" }}
    >
      <Form action={path} class="form" state={form} label={label}>
        <input type="hidden" name="do" value={what} />
        <input type="hidden" name="etag" value={etag} />
        <p>{text}</p>
        {children}
      </Form>
    </Confirm>
  );
}
