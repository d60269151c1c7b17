import type { Subscriber } from "../../storage/mod.ts";
import { Alert, Button, ButtonLink, Card, Facts, Form, FormEnd, type FormState, useUi } from "../../web/ui/mod.ts";
import { NewPasswordFields } from "./new_password_fields.tsx";
import { LinphoneCard, SettingsCard } from "./client_card.tsx";
import type { ClientDoor } from "./client_door.ts";
import type { InviteKind } from "./invites.ts";
import { MIN_PASSWORD } from "./join_requests.ts";
import { PasswordOf, PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";

/** What the page of an invitation shows. */
export interface InviteModel {
  readonly user: Subscriber;
  /** As it is at this moment. */
  readonly state: Subscriber["state"];
  /** The user is not in the service, and comes in by an own word alone. */
  readonly mustConfirm: boolean;
  /** The link, absolute, and as a path. */
  readonly url: string;
  readonly path: string;
  readonly kind: InviteKind;
  /** It configures nothing any more. */
  readonly used: boolean;
  /** Devices that it may still configure. */
  readonly left: number;
  readonly expires_at: number;
  /** Null: no door is open for clients. */
  readonly door: ClientDoor | null;
  readonly xcapRoot: string;
  readonly baresip: string | null;
  readonly passwordSaved: boolean;
  readonly form: FormState;
}

/** What an invitation's link leads to: who one is, and every way to a client that works. */
export function InvitePage(model: InviteModel) {
  const { user, kind, path, url, used, left, door } = model;
  const { format } = useUi();
  const title = user.displayName === "" ? t("join_title_plain") : t("join_title", { name: user.displayName });
  return (
    <PublicFrame title={title} lead={kind === "device" ? t("join_device_lead") : t("join_lead")}>
      {model.passwordSaved && (
        <Alert tone="ok" title={t("password_saved")}>
          {model.baresip === null || door === null ? "" : <p>{t("password_once")}</p>}
          <p>{t("portal_after")}</p>
          <ButtonLink href="/portal" icon="message" kind="primary">{t("portal_open")}</ButtonLink>
        </Alert>
      )}
      {model.state !== "active" && <StateCard {...model} state={model.state} />}
      <Card>
        <Facts
          of={[
            [t("your_address"), <strong class="break" dir="ltr">{user.aor}</strong>],
            user.displayName === "" ? null : [t("your_name"), user.displayName],
            [t("link_title"), format.dateTime(model.expires_at)],
            used ? null : [t("left_title"), format.number(left)],
          ]}
        />
      </Card>
      {door === null && <Alert tone="critical">{t("no_door")}</Alert>}
      {used && <Alert tone="info" title={t("used_title")}>{t("used_lead")}</Alert>}
      {!used && door !== null && <LinphoneCard url={`${url}/linphone.xml`} />}
      {door !== null && (
        <SettingsCard
          user={user}
          door={door}
          xcapRoot={model.xcapRoot}
          baresip={model.baresip}
          baresipUrl={`${path}/baresip`}
        />
      )}
      {kind === "invitation" && !used && <PasswordCard uri={user.aor} path={path} form={model.form} />}
      <Card title={t("browser_title")} id="browser">
        <p>{t("browser_lead")}</p>
        <div class="actions">
          <ButtonLink href="/portal" icon="message">{t("portal_open")}</ButtonLink>
          <ButtonLink href="/account" icon="user">{t("browser_open")}</ButtonLink>
        </div>
      </Card>
    </PublicFrame>
  );
}

/** Whoever is not in the service learns it first, with what can be done. */
function StateCard(
  { state, mustConfirm, path }: InviteModel & { state: Exclude<Subscriber["state"], "active"> },
) {
  switch (state) {
    case "suspended":
      return <Alert tone="warning">{t("invite_suspended")}</Alert>;
    case "barred":
      return <Alert tone="warning">{t("invite_barred")}</Alert>;
    case "unsubscribed":
      if (!mustConfirm) return <Alert tone="info">{t("confirm_first_use")}</Alert>;
      return (
        <Card title={t("confirm_title")} id="confirm">
          <p>{t("confirm_lead")}</p>
          <Form action={`${path}/confirm`}>
            <div class="actions">
              <Button kind="primary" icon="check">{t("confirm_do")}</Button>
            </div>
          </Form>
        </Card>
      );
  }
}

function PasswordCard({ uri, path, form }: { uri: string; path: string; form: FormState }) {
  return (
    <Card title={t("password_title")} id="password">
      <p>{t("password_lead", { count: MIN_PASSWORD })}</p>
      <Form action={`${path}/password`} state={form}>
        <PasswordOf uri={uri} />
        <NewPasswordFields form={form} label={t("password_new")} />
        <FormEnd label={t("password_save")} icon="lock" />
      </Form>
    </Card>
  );
}
