import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { ConfirmDialog } from "../doing/ask_dialogs.tsx";
import { Button, Icon, Notice } from "../kit/mod.ts";
import { addressShown } from "../start/address.ts";
import { t } from "./texts.ts";

/** Where the user's own page of this host is: password, devices and sessions. */
const ACCOUNT_PATH = "/account";

/** Who is signed in, the way to their account, and the way out. */
export function AccountPart({ model }: { model: PortalModel }) {
  const leaving = useSignal(false);
  const waiting = model.conversations.queued.value;
  return (
    <>
      <p>
        {t("you-are")}{" "}
        <strong>
          <bdi>{model.me.name}</bdi>
        </strong>{" "}
        (<bdi>{addressShown(model.me.uri)}</bdi>).
      </p>
      <h3>{t("devices")}</h3>
      <p>{t("devices-text")}</p>
      <p>
        <a class="button plain" href={ACCOUNT_PATH}>
          <Icon name="link" /> <span>{t("to-account")}</span>
        </a>
      </p>
      <h3>{t("sign-out")}</h3>
      <p>{t("sign-out-text")}</p>
      <Button look="danger" icon="leave" label={t("sign-out")} onPress={() => void (leaving.value = true)} />
      {leaving.value && (
        <ConfirmDialog
          title={t("sign-out-title")}
          label={t("sign-out")}
          onConfirm={() => model.signOut().then(() => null)}
          onClose={() => void (leaving.value = false)}
        >
          {waiting > 0 && <Notice tone="warn">{t("sign-out-waiting", { n: waiting })}</Notice>}
          <p>{t("sign-out-text")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
