import { Alert, ButtonLink, useUi } from "../../web/ui/mod.ts";
import type { Fault } from "./join_routes.tsx";
import { PublicFrame } from "./public_frame.tsx";
import { t } from "./texts.ts";

/** Why a link does not work, and what to do about it. */
export function LinkFaultPage({ state, invite }: Pick<Fault, "state" | "invite">) {
  const time = invite === null ? "" : useUi().format.dateTime(invite.expires_at);
  const [title, lead] = {
    unknown: [t("unknown_title"), t("unknown_lead")],
    throttled: [t("throttled_title"), t("throttled_lead")],
    withdrawn: [t("withdrawn_title"), t("withdrawn_lead")],
    expired: [
      t("expired_title"),
      invite?.kind === "device" ? t("expired_device_lead", { time }) : t("expired_lead", { time }),
    ],
  }[state];
  return (
    <PublicFrame title={title}>
      <Alert tone="warning">{lead}</Alert>
      <p>
        <ButtonLink href="/account" icon="user">{t("browser_open")}</ButtonLink>
      </p>
    </PublicFrame>
  );
}
