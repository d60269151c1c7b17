import {
  ActionForm,
  Alert,
  Badge,
  Button,
  ButtonLink,
  Card,
  Confirm,
  EmptyState,
  Facts,
  Form,
  FormEnd,
  type FormState,
  PasswordField,
  Table,
  Time,
  useUi,
} from "../../web/ui/mod.ts";
import { HistoryCard, type HistoryModel } from "./account_history.tsx";
import { NewPasswordFields } from "./new_password_fields.tsx";
import type { DeviceView, UserDetail } from "../admin/services/mod.ts";
import { LinphoneCard } from "./client_card.tsx";
import { MIN_PASSWORD } from "./join_requests.ts";
import { PasswordOf, PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";

/** What the user's own page shows. */
export interface AccountModel {
  readonly user: UserDetail;
  readonly devices: readonly DeviceView[];
  /** The user is not in the service, and comes in by an own word alone. */
  readonly mustConfirm: boolean;
  readonly password: FormState;
  /** A link for one more device, made just now and told this once. */
  readonly link: { readonly url: string; readonly expires_at: number } | null;
  /** Null where the box keeps no conversations. */
  readonly history: HistoryModel | null;
}

export function AccountPage(model: AccountModel) {
  const { user } = model;
  return (
    <PublicFrame
      title={user.display_name === "" ? t("account_title") : user.display_name}
      lead={<span dir="ltr">{user.uri}</span>}
    >
      <MeCard {...model} />
      <DevicesCard devices={model.devices} />
      <AddCard link={model.link} />
      {model.history !== null && <HistoryCard model={model.history} />}
      <PasswordCard uri={user.uri} form={model.password} />
      {user.state === "active" && <LeaveCard />}
    </PublicFrame>
  );
}

function MeCard({ user, mustConfirm }: AccountModel) {
  const { format } = useUi();
  return (
    <Card
      title={t("account_title")}
      id="me"
      actions={
        <>
          <ButtonLink href="/portal" icon="message" small>{t("portal_open")}</ButtonLink>
          <ActionForm action="/account/sign-out">
            <Button small icon="log-out">{t("sign_out")}</Button>
          </ActionForm>
        </>
      }
    >
      <Facts
        of={[
          [t("your_address"), <strong class="break" dir="ltr">{user.uri}</strong>],
          user.e164 === "" ? null : [t("account_number"), <span dir="ltr">{user.e164}</span>],
          [t("account_state"), <State user={user} />],
          [t("account_waiting"), format.number(user.waiting.messages)],
        ]}
      />
      {user.state === "unsubscribed" && (
        <>
          <p>{mustConfirm ? t("confirm_lead") : t("confirm_first_use")}</p>
          <ActionForm action="/account/confirm">
            <Button kind="primary" icon="check">{t("confirm_do")}</Button>
          </ActionForm>
        </>
      )}
    </Card>
  );
}

function State({ user: { state, barred_until } }: { user: UserDetail }) {
  const { format, now } = useUi();
  switch (state) {
    case "active":
      return <Badge tone="ok">{t("state_active")}</Badge>;
    case "unsubscribed":
      return <Badge tone="info">{t("state_unsubscribed")}</Badge>;
    case "suspended":
      return <Badge tone="critical">{t("state_suspended")}</Badge>;
    case "barred":
      if (barred_until > 0 && barred_until <= now) return <Badge tone="ok">{t("state_active")}</Badge>;
      return (
        <Badge tone="warning">
          {barred_until === 0 ? t("state_barred") : t("state_barred_until", { time: format.dateTime(barred_until) })}
        </Badge>
      );
  }
}

function DevicesCard({ devices }: { devices: readonly DeviceView[] }) {
  return (
    <Card title={t("devices_title")} id="devices">
      {devices.length === 0 ? <EmptyState icon="phone" title={t("devices_none")} /> : (
        <Table
          caption={t("devices_title")}
          quiet
          columns={[
            {
              label: t("device_client"),
              head: true,
              cell: (device: DeviceView) => (
                <>
                  {nameOf(device)}
                  <span class="sub" dir="ltr">{device.contact}</span>
                </>
              ),
            },
            { label: t("device_where"), cell: ({ source, transport }: DeviceView) => `${source} (${transport})` },
            { label: t("device_since"), cell: ({ registered_at }: DeviceView) => <Time at={registered_at} /> },
            { label: t("device_until"), cell: ({ expires_at }: DeviceView) => <Time at={expires_at} /> },
            {
              label: t("device_end"),
              bare: true,
              cell: (device: DeviceView) => (
                <ActionForm action="/account/devices/end" fields={{ id: device.id }}>
                  <Button small kind="danger" label={t("device_end_long", { name: nameOf(device) })}>
                    {t("device_end")}
                  </Button>
                </ActionForm>
              ),
            },
          ]}
          rows={devices}
        />
      )}
    </Card>
  );
}

function nameOf({ user_agent }: DeviceView): string {
  return user_agent === "" ? t("device_unknown") : user_agent;
}

function AddCard({ link }: { link: AccountModel["link"] }) {
  const { format } = useUi();
  if (link !== null) {
    return (
      <>
        <Alert tone="ok" title={t("add_made")}>{t("link_until", { time: format.dateTime(link.expires_at) })}</Alert>
        <LinphoneCard url={`${link.url}/linphone.xml`} />
        <p class="break">
          {`${t("add_link")}: `}
          <a href={link.url} dir="ltr">{link.url}</a>
        </p>
      </>
    );
  }
  return (
    <Card title={t("add_title")} id="add">
      <p>{t("add_lead")}</p>
      <ActionForm action="/account/device-link">
        <Button icon="plus">{t("add_do")}</Button>
      </ActionForm>
    </Card>
  );
}

function PasswordCard({ uri, form }: { uri: string; form: FormState }) {
  return (
    <Card title={t("account_password_title")} id="password">
      <p>{t("password_lead", { count: MIN_PASSWORD })}</p>
      <Form action="/account/password" state={form}>
        <PasswordOf uri={uri} />
        <PasswordField
          form={form}
          name="old"
          label={t("password_old")}
          autocomplete="current-password"
          maxlength={256}
          required
        />
        <NewPasswordFields form={form} label={t("password_new")} />
        <FormEnd label={t("password_save")} icon="lock" />
      </Form>
    </Card>
  );
}

/** Asks first: the button that does it is inside what the first one opens. */
function LeaveCard() {
  return (
    <Card title={t("leave_title")} id="leave">
      <p>{t("leave_lead")}</p>
      <Confirm label={t("leave_do")}>
        <ActionForm action="/account/leave">
          <Button kind="danger-primary">{t("leave_sure")}</Button>
        </ActionForm>
      </Confirm>
    </Card>
  );
}
