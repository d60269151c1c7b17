import type { Child } from "hono/jsx";
import {
  ActionForm,
  Alert,
  Badge,
  Button,
  Card,
  Confirm,
  Facts,
  Field,
  Form,
  FormEnd,
  type FormState,
  PasswordField,
  Radios,
  Time,
} from "../../../../web/ui/mod.ts";
import type { AdminView, SessionView } from "../../services/mod.ts";
import { RoleBadge, roleChoices } from "./roles.tsx";
import { SessionTable } from "./session_table.tsx";
import { t } from "./texts.ts";

interface DetailProps {
  readonly admin: AdminView;
  readonly sessions: readonly SessionView[];
  readonly lastOwner: boolean;
  /** Who looks is this admin. */
  readonly isViewer: boolean;
  readonly mayWrite: boolean;
  readonly details: FormState;
  readonly password: FormState;
  /** What went wrong with an action that has no fields; "" for nothing. */
  readonly alert: string;
}

/** One admin, with all that can be done to it. */
export function AdminDetail(props: DetailProps) {
  const { admin, sessions, lastOwner, mayWrite, alert } = props;
  const { name } = admin;
  return (
    <>
      {alert !== "" && <Alert tone="critical">{alert}</Alert>}
      {lastOwner && <Alert tone="info" title={t("last_owner")}>{t("last_owner.words")}</Alert>}
      <Card>
        <Facts
          of={[
            [t("display_name"), admin.display_name === "" ? "–" : <bdi>{admin.display_name}</bdi>],
            [t("role"), <RoleBadge role={admin.role} />],
            [t("last_login"), <Time at={admin.last_login_at} />],
            [t("added"), <Time at={admin.created_at} exact />],
          ]}
        />
      </Card>
      <div class="grid">
        {mayWrite && <Details {...props} />}
        <div class="stack">
          {mayWrite && <Password {...props} />}
          <SecondFactor {...props} />
        </div>
      </div>
      <Card
        title={t("sessions")}
        id="sessions"
        actions={mayWrite && sessions.length > 1 && (
          <ActionForm fields={{ do: "sessions" }}>
            <Button kind="danger" small icon="log-out">{t("sessions.all")}</Button>
          </ActionForm>
        )}
      >
        {sessions.length === 0
          ? <p class="soft">{t("sessions.none", { name })}</p>
          : <SessionTable caption={t("sessions")} sessions={sessions} mayEnd={mayWrite} />}
      </Card>
      {mayWrite && !lastOwner && <Removal admin={admin} />}
      {!mayWrite && <p class="hint">{t("look_only")}</p>}
    </>
  );
}

/** A form about what the page showed: the version goes along. */
function Versioned({ admin, what, state, children }: {
  admin: AdminView;
  what: string;
  state?: FormState;
  children?: Child;
}) {
  return (
    <Form state={state}>
      <input type="hidden" name="do" value={what} />
      <input type="hidden" name="version" value={String(admin.version)} />
      {children}
    </Form>
  );
}

function Details({ admin, details, lastOwner }: DetailProps) {
  const options = roleChoices().map((role) => ({ ...role, disabled: lastOwner && role.value !== "owner" }));
  return (
    <Card title={t("details")} id="details">
      <Versioned admin={admin} what="details" state={details}>
        <Field form={details} name="display_name" label={t("display_name")} autocomplete="off" maxlength={128} />
        <Radios form={details} name="role" label={t("role")} options={options} />
        <FormEnd label={t("save")} />
      </Versioned>
    </Card>
  );
}

function Password({ admin, password }: DetailProps) {
  return (
    <Card title={t("password")} id="password">
      <Versioned admin={admin} what="password" state={password}>
        <PasswordField
          form={password}
          name="password"
          label={t("password.new")}
          hint={t("password.new.hint")}
          autocomplete="new-password"
          maxlength={256}
        />
        <div class="actions">
          <Button>{t("password.set")}</Button>
        </div>
      </Versioned>
    </Card>
  );
}

function SecondFactor({ admin, mayWrite }: DetailProps) {
  const { name, totp } = admin;
  return (
    <Card title={t("totp")} id="totp">
      <p>
        {totp
          ? <Badge tone="ok" icon="check">{t("totp.on")}</Badge>
          : <Badge tone="warning" icon="warning">{t("totp.off")}</Badge>}
      </p>
      <p>{t(totp ? "totp.is_on" : "totp.is_off", { name })}</p>
      {totp && mayWrite && (
        <Confirm label={t("totp.take")}>
          <p>{t("totp.take.words")}</p>
          <Versioned admin={admin} what="totp">
            <div class="actions">
              <Button kind="danger-primary">{t("totp.take.do")}</Button>
            </div>
          </Versioned>
        </Confirm>
      )}
    </Card>
  );
}

function Removal({ admin }: { admin: AdminView }) {
  const { name } = admin;
  return (
    <Card title={t("remove")} id="remove" tone="danger">
      <p>{t("remove.words", { name })}</p>
      <Confirm label={t("remove")} look={{ icon: "trash" }}>
        <p>{t("remove.words", { name })}</p>
        <Versioned admin={admin} what="remove">
          <div class="actions">
            <Button kind="danger-primary" icon="trash">{t("remove.do", { name })}</Button>
          </div>
        </Versioned>
      </Confirm>
    </Card>
  );
}
