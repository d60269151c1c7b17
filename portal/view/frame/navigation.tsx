import type { PortalModel } from "../../model/mod.ts";
import { Avatar, Icon, type IconName, Mark, presenceText } from "../kit/mod.ts";
import { hrefOf, type Route, route } from "../route.ts";
import { t } from "./texts.ts";

/** Ways to all pages, with what waits there. */
export function Navigation({ model }: { model: PortalModel }) {
  const { me, people, conversations } = model;
  const status = people.own.value.status;
  const requests = people.requests.value.filter(({ incoming }) => incoming).length;
  const unread = conversations.unread.value;
  return (
    <nav class="navigation" aria-label={t("pages")} data-region="pages">
      <span class="brand" aria-hidden="true">
        <Mark />
      </span>
      <ul class="places">
        <Place
          to={{ page: "list" }}
          icon="message"
          label={t("chats")}
          count={unread}
          says={t("unread", { n: unread })}
        />
        <Place
          to={{ page: "people" }}
          icon="users"
          label={t("people")}
          count={requests}
          says={t("requests", { n: requests })}
        />
        <Place to={{ page: "rooms" }} icon="room" label={t("rooms")} />
        <Place to={{ page: "history" }} icon="clock" label={t("history")} />
        <Place to={{ page: "settings", part: "" }} icon="settings" label={t("settings")} />
      </ul>
      <a class="me" href={hrefOf({ page: "people" })}>
        <Avatar name={me.name} uri={me.uri} presence={status} />
        <span class="unseen">{t("me", { name: me.name, status: presenceText(status) })}</span>
      </a>
    </nav>
  );
}

interface PlaceProps {
  readonly to: Route;
  readonly icon: IconName;
  readonly label: string;
  readonly count?: number;
  /** The count in words. */
  readonly says?: string;
}

function Place({ to, icon, label, count = 0, says }: PlaceProps) {
  const page = route.value.page;
  const here = page === to.page || page === "with" && to.page === "list";
  return (
    <li>
      <a href={hrefOf(to)} aria-current={here ? "page" : undefined}>
        <Icon name={icon} />
        <span class="place-name">{label}</span>
        {count > 0 && (
          <>
            <span class="badge num" aria-hidden="true">{count > 999 ? "999+" : count}</span>
            <span class="unseen">, {says}</span>
          </>
        )}
      </a>
    </li>
  );
}
