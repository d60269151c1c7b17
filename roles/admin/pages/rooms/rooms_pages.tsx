import { ButtonLink, PageError, setFlash } from "../../../../web/ui/mod.ts";
import type { BoxStatus, PublicGroupView, RoomDetail, RoomPerson, RoomView } from "../../services/mod.ts";
import { segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { EndRoom, RoomFacts, RoomRulesCard } from "./room_details.tsx";
import { type ListPage, LiveRoomList, PublicRoomList, RoomViews } from "./room_lists.tsx";
import { RoomPeople } from "./room_people.tsx";
import { HERE, KindBadge, PUBLIC, roomName, roomPath } from "./room_words.tsx";
import { t } from "./texts.ts";

const PER_PAGE = "50";

/** What lists of REST have in common. */
interface Listed {
  readonly next: string;
  readonly total: number;
}

/** Chats of many: which there are, who is in them, never what is said (CHAT-2, CHAT-5, ADM-1). */
export function roomPages(app: ConsoleApp): void {
  app.get(HERE, needs("users.read"), (c) => liveRooms(c));
  app.get(PUBLIC, needs("users.read"), (c) => publicRooms(c));
  app.get(`${HERE}/:id`, needs("users.read"), (c) => oneRoom(c, c.req.param("id")));
  app.post(`${HERE}/:id`, needs("users.help"), (c) => act(c, c.req.param("id")));
}

async function liveRooms(c: ConsoleContext): Promise<Response> {
  const { query, pageOf, here } = asked(c, HERE);
  const page = await c.get("console").api.need<Listed & { rooms: RoomView[] }>(`/rooms?${query}`);
  return await consolePage(
    c,
    {
      title: t("title"),
      lead: t("lead"),
      here: HERE,
      actions: <ButtonLink href={here} small icon="refresh">{t("refresh")}</ButtonLink>,
    },
    <>
      <RoomViews of="now" />
      <LiveRoomList rooms={page.rooms} page={pageOf(page)} />
    </>,
  );
}

async function publicRooms(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const { query, pageOf } = asked(c, PUBLIC);
  const [page, { domains }] = await Promise.all([
    api.need<Listed & { groups: PublicGroupView[] }>(`/rooms/public?${query}`),
    api.need<BoxStatus>("/status"),
  ]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE },
    <>
      <RoomViews of="public" />
      <PublicRoomList groups={page.groups} page={pageOf(page)} domains={domains} />
    </>,
  );
}

/** What is looked for, and where the pages of that are. */
function asked(c: ConsoleContext, path: string) {
  const search = (c.req.query("search") ?? "").trim().slice(0, 200);
  const after = (c.req.query("after") ?? "").slice(0, 400);
  const link = (after: string) => {
    const filter = new URLSearchParams({ ...(search === "" ? {} : { search }), ...(after === "" ? {} : { after }) });
    return filter.size === 0 ? path : `${path}?${filter}`;
  };
  const pageOf = ({ total, next }: Listed): ListPage => ({
    search,
    total,
    first: after === "" ? null : link(""),
    next: next === "" ? null : link(next),
  });
  return { query: new URLSearchParams({ search, after, limit: PER_PAGE }), pageOf, here: link(after) };
}

async function oneRoom(c: ConsoleContext, id: string): Promise<Response> {
  const { api, may } = c.get("console");
  const path = roomPath(id);
  const gone = c.req.query("gone") === "true";
  const after = /^\d{1,9}$/.test(c.req.query("after") ?? "") ? c.req.query("after")! : "0";
  const query = new URLSearchParams({ gone: String(gone), after, limit: PER_PAGE });
  const [room, people, { domains }] = await Promise.all([
    api.need<RoomDetail>(`/rooms/${segment(id)}`),
    api.need<{ people: RoomPerson[]; next: number; total: number }>(`/rooms/${segment(id)}/people?${query}`),
    api.need<BoxStatus>("/status"),
  ]);
  const link = (after: string) => placeOf(path, gone, after);
  const helps = may("users.help");
  const page = {
    ...people,
    gone,
    first: after === "0" ? null : link("0"),
    next: people.next === 0 ? null : link(String(people.next)),
  };
  return await consolePage(
    c,
    {
      title: roomName(room),
      lead: <KindBadge room={room} />,
      here: HERE,
      crumb: { href: HERE, label: t("title") },
      actions: <ButtonLink href={link(after)} small icon="refresh">{t("refresh")}</ButtonLink>,
    },
    <>
      <RoomFacts room={room} domains={domains} />
      <RoomPeople
        id={id}
        page={page}
        action={link(after)}
        hides={room.hides_identity}
        domains={domains}
        helps={helps}
      />
      <RoomRulesCard room={room} />
      {helps && <EndRoom room={room} action={path} />}
    </>,
  );
}

function placeOf(path: string, gone: boolean, after: string): string {
  const query = new URLSearchParams({ ...(gone ? { gone: "true" } : {}), ...(after === "0" ? {} : { after }) });
  return query.size === 0 ? path : `${path}?${query}`;
}

/** Puts somebody out, or ends it. Where the room is over with that, the way leads to the list. */
async function act(c: ConsoleContext, id: string): Promise<Response> {
  const { api } = c.get("console");
  const posted = c.get("posted");
  const path = `/rooms/${segment(id)}`;
  const what = posted.text("do");
  if (what !== "end" && what !== "expel") throw new PageError(400, `"${what.slice(0, 40)}"`);
  const ends = what === "end";
  const answer = await api.delete(ends ? path : `${path}/people/${segment(posted.text("person"))}`);
  const done = ends ? t("ended") : t("expelled", { name: posted.text("name").slice(0, 200) });
  setFlash(c, answer.ok ? "ok" : "warning", answer.ok ? done : answer.problem.detail);
  const stands = !ends && (await api.get(path)).ok;
  return c.redirect(stands ? placeOf(roomPath(id), false, "0") : HERE, 303);
}
