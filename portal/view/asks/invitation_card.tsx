import { useId } from "preact/hooks";
import type { InvitationAsked } from "../../model/mod.ts";
import { Avatar, Button } from "../kit/mod.ts";
import { addressShown } from "../start/address.ts";
import { t } from "./texts.ts";
import { isolated } from "../doing/isolated.ts";

/** Somebody invites: the way to see and answer it (NOT-1). */
export function InvitationCard({ invitation }: { invitation: InvitationAsked }) {
  const { from, fromName, subject, isRoom } = invitation;
  const heading = useId();
  return (
    <div class="ask" role="group" aria-labelledby={heading}>
      <div role="status" class="ask-who">
        <Avatar name={fromName} uri={from} />
        <div>
          <p id={heading}>
            <strong>{t(isRoom ? "invites-room" : "invites", { name: isolated(fromName) })}</strong>
          </p>
          <p class="hint">
            <bdi>{addressShown(from)}</bdi>
          </p>
          {subject !== "" && (
            <p>
              {t("about")}: <bdi>{subject}</bdi>
            </p>
          )}
          {isRoom && <p class="hint">{t("room-note")}</p>}
        </div>
      </div>
      <div class="answers-row">
        <Button
          look="primary"
          icon="check"
          label={t("accept")}
          onPress={() => invitation.accept()}
          more={{ "aria-label": t("accept-from", { name: fromName }) }}
        />
        <Button
          label={t("refuse")}
          onPress={() => invitation.refuse()}
          more={{ "aria-label": t("refuse-from", { name: fromName }) }}
        />
      </div>
    </div>
  );
}
