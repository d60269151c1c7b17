import type { Subscriber } from "../../storage/mod.ts";
import { Alert, ButtonLink, Card, Copyable, Facts, Qr } from "../../web/ui/mod.ts";
import type { ClientDoor } from "./client_door.ts";
import { clientSettings } from "./client_settings.ts";
import { linphoneLink } from "./linphone_link.ts";
import { t } from "./texts.ts";

/** Linphone by one press, or by its camera. `url`: of the provisioning document. */
export function LinphoneCard({ url }: { url: string }) {
  return (
    <Card title={t("linphone_title")} id="linphone">
      <p>{t("linphone_lead")}</p>
      <div class="grid">
        <Qr text={url} label={t("linphone_qr")} />
        <div class="stack">
          <p>
            <ButtonLink kind="primary" icon="phone" href={linphoneLink(url)}>{t("linphone_open")}</ButtonLink>
          </p>
          <p class="hint">{t("linphone_url")}</p>
          <Copyable id="linphone-url" text={url} what={t("linphone_url")} />
        </div>
      </div>
      <Alert tone="plain">{t("linphone_private")}</Alert>
    </Card>
  );
}

/** What is typed into any other client. `baresip` null: the password cannot stand in such a line. */
export function SettingsCard(
  { user, door, xcapRoot, baresip, baresipUrl }: {
    user: Subscriber;
    door: ClientDoor;
    /** Of all XCAP URIs: contact lists of other clients are kept below it. */
    xcapRoot: string;
    baresip: string | null;
    baresipUrl: string;
  },
) {
  const settings = clientSettings(user, door);
  const rows = [
    ["address", t("row_address"), settings.address],
    ["username", t("row_username"), settings.username],
    ["domain", t("row_domain"), settings.domain],
    ["server", t("row_server"), settings.server],
    ["transport", t("row_transport"), settings.transport],
    ["xcap", t("row_xcap"), xcapRoot],
  ] as const;
  return (
    <Card title={t("other_title")} id="other">
      <p>{t("other_lead")}</p>
      <Facts
        long
        of={rows.map(([id, name, text]) => [name, <Copyable id={`row-${id}`} text={text} what={name} />] as const)}
      />
      {baresip === null ? <Alert tone="warning">{t("baresip_none")}</Alert> : (
        <Facts
          long
          of={[[t("row_baresip"), <Copyable id="row-baresip" text={baresip} what={t("row_baresip")} />]]}
        />
      )}
      <p>
        <a href={baresipUrl}>{t("baresip_download")}</a>
      </p>
    </Card>
  );
}
