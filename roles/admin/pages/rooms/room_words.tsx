import { Badge, type Tone } from "../../../../web/ui/mod.ts";
import type { RoomPerson, RoomSort, RoomView } from "../../services/mod.ts";
import { userPath } from "../users/user_state.tsx";
import { t } from "./texts.ts";

export const HERE = "/admin/rooms";
export const PUBLIC = `${HERE}/public`;

/** A room's page. */
export function roomPath(id: string): string {
  return `${HERE}/${encodeURIComponent(id)}`;
}

/** What a room is called: its name, its group, else that it has no name. */
export function roomName({ name, group }: Pick<RoomView, "name" | "group">): string {
  return name || group || t("room.nameless");
}

const KINDS: Readonly<Record<RoomSort, Tone>> = { "ad-hoc": "plain", group: "plain", public: "info" };

export function KindBadge({ room: { kind, hides_identity } }: { room: Pick<RoomView, "kind" | "hides_identity"> }) {
  return (
    <>
      <Badge tone={KINDS[kind]}>{t(`kind.${kind}`)}</Badge> {hides_identity && <Badge tone="plain">{t("hides")}</Badge>}
    </>
  );
}

const STANDINGS: Readonly<Record<RoomPerson["standing"], Tone>> = {
  pending: "plain",
  "dialing-out": "info",
  alerting: "info",
  "dialing-in": "info",
  connected: "ok",
  absent: "warning",
  disconnected: "plain",
};

export function StandingBadge({ person: { standing, left_by } }: { person: RoomPerson }) {
  return <Badge tone={STANDINGS[standing]}>{left_by === null ? t(`standing.${standing}`) : t(`left.${left_by}`)}
  </Badge>;
}

/** An address; of a user of this box it leads to the user's page. */
export function Party({ uri, domains }: { uri: string; domains: readonly string[] }) {
  const shown = <bdi dir="ltr">{uri}</bdi>;
  const own = domains.includes(uri.slice(uri.lastIndexOf("@") + 1).toLowerCase());
  return own ? <a href={userPath(uri)}>{shown}</a> : shown;
}
