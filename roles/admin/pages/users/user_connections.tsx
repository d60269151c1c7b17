import {
  ActionForm,
  Badge,
  Button,
  Card,
  Confirm,
  EmptyState,
  Field,
  Form,
  type FormState,
  Icon,
  newForm,
  Said,
  severityWord,
  Table,
  Time,
  TONE_ICONS,
} from "../../../../web/ui/mod.ts";
import type { DeviceView, InviteView, Reachability } from "../../services/mod.ts";
import { t } from "../texts/users.ts";

/** The user's registered devices, each to be signed out. */
export function Devices({ path, devices, helps }: { path: string; devices: readonly DeviceView[]; helps: boolean }) {
  return (
    <Card title={t("devices")} id="devices">
      {devices.length === 0
        ? <EmptyState icon="phone" title={t("devices.empty")}>{t("devices.empty.text")}</EmptyState>
        : (
          <Table
            caption={t("devices.caption")}
            quiet
            rows={devices}
            columns={[
              {
                label: t("device.client"),
                head: true,
                cell: ({ user_agent, contact, live }) => (
                  <>
                    <bdi>{user_agent === "" ? contact : user_agent}</bdi>{" "}
                    <Badge tone={live ? "ok" : "plain"}>{t(live ? "device.live" : "device.dead")}</Badge>
                    <bdi dir="ltr" class="sub">{contact}</bdi>
                  </>
                ),
              },
              {
                label: t("device.from"),
                cell: ({ source, transport }) => <bdi dir="ltr">{`${source} (${transport})`}</bdi>,
              },
              { label: t("device.since"), cell: ({ registered_at }) => <Time at={registered_at} /> },
              { label: t("device.until"), cell: ({ expires_at }) => <Time at={expires_at} /> },
              ...(helps
                ? [{
                  label: t("device.revoke"),
                  bare: true,
                  cell: ({ id, user_agent, contact }: DeviceView) => (
                    <ActionForm action={path} fields={{ do: "revoke", id }}>
                      <Button
                        small
                        kind="quiet-danger"
                        label={t("device.revoke.what", { what: user_agent === "" ? contact : user_agent })}
                      >
                        {t("device.revoke")}
                      </Button>
                    </ActionForm>
                  ),
                }]
                : []),
            ]}
          />
        )}
      {helps && devices.length > 1 && (
        <Confirm label={t("device.revoke-all")} look={{ small: true }}>
          <Form action={path} label={t("device.revoke-all")}>
            <input type="hidden" name="do" value="revoke-all" />
            <p>{t("device.revoke-all.text")}</p>
            <Button kind="danger-primary">{t("device.revoke-all")}</Button>
          </Form>
        </Confirm>
      )}
    </Card>
  );
}

const INVITE = newForm({ days: "7", max_uses: "5" });

/** Invites that are open, and a form for another (REG-3). */
export function Invites(
  { path, invites, form = INVITE }: { path: string; invites: readonly InviteView[]; form?: FormState },
) {
  return (
    <Card title={t("invites")} id="invites">
      <p class="soft">{t("invites.text")}</p>
      {invites.length > 0 && (
        <ul class="items" aria-label={t("invites.caption")}>
          {invites.map(({ id, expires_at, uses, max_uses, created_by }) => (
            <li class="item">
              <span class="sign info">
                <Icon name="link" />
              </span>
              <div>
                <p>
                  {t("invite.expires")} <Time at={expires_at} exact />
                </p>
                <p class="small soft">
                  {`${t("invite.used")}: ${t("invite.used.of", { uses, most: max_uses })} · ${
                    t("invite.by")
                  } ${created_by}`}
                </p>
                <ActionForm action={path} fields={{ do: "withdraw", id }}>
                  <Button small kind="quiet-danger">{t("invite.withdraw")}</Button>
                </ActionForm>
              </div>
            </li>
          ))}
        </ul>
      )}
      <Form action={path} state={form} label={t("invite.make")}>
        <input type="hidden" name="do" value="invite" />
        <div class="grid tight">
          <Field
            form={form}
            name="days"
            label={t("invite.days")}
            type="number"
            min={1}
            max={30}
            autocomplete="off"
            required
          />
          <Field
            form={form}
            name="max_uses"
            label={t("invite.uses")}
            type="number"
            min={1}
            max={100}
            autocomplete="off"
            required
          />
        </div>
        <div class="actions">
          <Button kind="primary" icon="link">{t("invite.make")}</Button>
        </div>
      </Form>
    </Card>
  );
}

/** "Why can this user not be reached?": one press, and everything that was looked at. */
export function Reach({ path, result }: { path: string; result: Reachability | null }) {
  return (
    <Card title={t("reach")} id="reach">
      {result === null ? <p class="soft">{t("reach.text")}</p> : (
        <>
          <p>
            <Badge tone={result.reachable ? "ok" : "critical"} icon={result.reachable ? "check" : "cross"}>
              {t(result.reachable ? "reach.yes" : "reach.no")}
            </Badge>
          </p>
          <p class="strong" role="status">
            <Said text={result.summary} />
          </p>
          <ul class="items">
            {result.findings.map(({ severity, text, repair }) => (
              <li class="item">
                <span class={`sign ${severity}`}>
                  <Icon name={TONE_ICONS[severity]} />
                </span>
                <div>
                  <p>
                    <span class="unseen">{`${severityWord(severity)}: `}</span>
                    <Said text={text} />
                  </p>
                  {repair !== "" && (
                    <p class="small soft">
                      <Said text={repair} />
                    </p>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="actions">
        <ActionForm action={`${path}#reach`} fields={{ do: "reach" }}>
          <Button icon="search">{t("reach.run")}</Button>
        </ActionForm>
      </div>
    </Card>
  );
}
