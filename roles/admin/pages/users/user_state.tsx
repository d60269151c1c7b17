import { Badge, type Tone } from "../../../../web/ui/mod.ts";
import type { UserDetail } from "../../services/mod.ts";
import { t } from "../texts/users.ts";

export const USER_STATES = ["active", "suspended", "barred", "unsubscribed"] as const;
export type UserState = UserDetail["state"];

const TONES: Readonly<Record<UserState, Tone>> = {
  active: "ok",
  suspended: "warning",
  barred: "critical",
  unsubscribed: "plain",
};

export function StateBadge({ state }: { state: UserState }) {
  return <Badge tone={TONES[state]}>{t(`state.${state}`)}</Badge>;
}

/** A user's page. */
export function userPath(uri: string): string {
  return `/admin/users/${encodeURIComponent(uri)}`;
}
