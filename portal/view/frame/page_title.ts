import type { PortalModel } from "../../model/mod.ts";
import { plainName } from "../kit/mod.ts";
import { route } from "../route.ts";
import { t } from "./texts.ts";

/** The title of the window: how much is unread, and where one is. */
export function pageTitle(model: PortalModel): string {
  const unread = model.conversations.unread.value;
  return `${unread > 0 ? `(${unread}) ` : ""}${placeName(model)} – Parley`;
}

/** Where one is, in words. */
export function placeName({ conversations }: PortalModel): string {
  const at = route.value;
  if (at.page === "list") return t("conversations");
  if (at.page !== "with") return t(at.page);
  return plainName(conversations.find(at.key)?.title.value ?? at.key.replace(/^\w+:/, ""));
}
