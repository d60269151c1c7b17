import {
  ActionForm,
  Badge,
  Button,
  Card,
  Confirm,
  Facts,
  Form,
  type FormState,
  LOCALE_NAMES,
  LOCALES,
  newForm,
  PasswordField,
  Select,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { AdminView, SessionView } from "../../services/mod.ts";
import { RoleBadge } from "../admins/roles.tsx";
import { SessionTable } from "../admins/session_table.tsx";
import { t } from "./texts.ts";

/** One's own account. */
export function Account({ me, sessions, password }: {
  me: AdminView;
  sessions: readonly SessionView[];
  password: FormState;
}) {
  const current = sessions.find((session) => session.current);
  return (
    <>
      <Card>
        <Facts
          of={[
            [t("name"), me.name],
            me.display_name === "" ? null : [t("display_name"), <bdi>{me.display_name}</bdi>],
            [t("role"), <RoleBadge role={me.role} />],
            current === undefined ? null : [t("since"), <Time at={current.created_at} exact />],
            current === undefined ? null : [t("from"), <span dir="ltr">{current.source}</span>],
          ]}
        />
      </Card>
      <div class="grid">
        <Password form={password} />
        <div class="stack">
          <SecondFactor on={me.totp} />
          <Look />
        </div>
      </div>
      <Card
        title={t("sessions")}
        id="sessions"
        actions={sessions.length > 1 && (
          <ActionForm fields={{ do: "sessions" }}>
            <Button kind="danger" small icon="log-out">{t("sessions.others")}</Button>
          </ActionForm>
        )}
      >
        <p class="soft">{t("sessions.words")}</p>
        <SessionTable caption={t("sessions")} sessions={sessions} mayEnd />
      </Card>
    </>
  );
}

function Password({ form }: { form: FormState }) {
  return (
    <Card title={t("password")} id="password">
      <Form state={form} label={t("password")}>
        <input type="hidden" name="do" value="password" />
        <PasswordField form={form} name="old" label={t("password.old")} autocomplete="current-password" required />
        <PasswordField
          form={form}
          name="new"
          label={t("password.new")}
          hint={t("password.new.hint")}
          autocomplete="new-password"
          maxlength={256}
          required
        />
        <PasswordField form={form} name="again" label={t("password.again")} autocomplete="new-password" required />
        <p class="hint">{t("password.others")}</p>
        <div class="actions">
          <Button kind="primary">{t("password.change")}</Button>
        </div>
      </Form>
    </Card>
  );
}

function SecondFactor({ on }: { on: boolean }) {
  return (
    <Card title={t("totp")} id="totp">
      <p>
        {on
          ? <Badge tone="ok" icon="check">{t("totp.on")}</Badge>
          : <Badge tone="warning" icon="warning">{t("totp.off")}</Badge>}
      </p>
      <p>{t(on ? "totp.on.words" : "totp.off.words")}</p>
      {on && <p class="hint">{t("totp.again.words")}</p>}
      <div class="actions">
        <ActionForm fields={{ do: "totp-begin" }}>
          <Button kind={on ? "secondary" : "primary"} icon="phone">{t(on ? "totp.again" : "totp.begin")}</Button>
        </ActionForm>
        {on && (
          <Confirm label={t("totp.take")}>
            <p>{t("totp.take.words")}</p>
            <ActionForm fields={{ do: "totp-take" }}>
              <Button kind="danger-primary">{t("totp.take.do")}</Button>
            </ActionForm>
          </Confirm>
        )}
      </div>
    </Card>
  );
}

/** Kept in cookies by the frame, so it posts where the footer's menus do. */
function Look() {
  const { preferences, locale, theme, density } = useUi();
  const form = newForm({ locale, theme, density });
  return (
    <Card title={t("look")} id="look">
      <p class="soft">{t("look.words")}</p>
      <Form action={preferences} label={t("look")}>
        <input type="hidden" name="back" value="/admin/me" />
        <Select
          form={form}
          name="locale"
          label={t("language")}
          options={LOCALES.map((value) => ({ value, label: LOCALE_NAMES[value] }))}
        />
        <Select
          form={form}
          name="theme"
          label={t("theme")}
          options={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`theme.${value}`) }))}
        />
        <Select
          form={form}
          name="density"
          label={t("density")}
          options={(["roomy", "compact"] as const).map((value) => ({ value, label: t(`density.${value}`) }))}
        />
        <div class="actions">
          <Button>{t("keep")}</Button>
        </div>
      </Form>
    </Card>
  );
}
