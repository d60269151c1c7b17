import { OperationError } from "../../operations/mod.ts";
import type { Documents } from "../../storage/mod.ts";
import { escapeXml } from "../../transport/xml/mod.ts";
import type { DocumentService } from "./document_service.ts";
import { operationError } from "./problem_of.ts";
import type { DocumentKey } from "./usage.ts";
import { type Group, readGroup } from "./usages/group_reader.ts";
import { IDENTIFIERS, NS } from "./usages/identifiers.ts";
import { foldedAddress } from "./usages/references.ts";
import type { DocumentVersion } from "./xdm_events.ts";

/** What an operator says of a public room (CHAT-2, CHAT-5, CHAT-18). */
export interface PublicRoom {
  /** SIP URI of a domain served here, under which it is joined. */
  readonly uri: string;
  readonly display_name: string;
  /** What it is about. */
  readonly subject: string;
  /** Years; 0: any (PRI-5). */
  readonly minimum_age: number;
  /** 0: as many as the settings allow. */
  readonly max_participants: number;
  /** Whether users find it (CHAT-3). */
  readonly searchable: boolean;
  /** Whether two people there may write to each other alone, where the settings allow it (ADM-2). */
  readonly private_messages: boolean;
  /** Who may put out others: SIP or tel URIs. */
  readonly moderators: readonly string[];
  /** Who may not come in (ADM-1). */
  readonly blocked: readonly string[];
}

export interface PublicRoomView extends PublicRoom {
  /** Of its document: `[a-z0-9._-]`. */
  readonly name: string;
  readonly etag: string;
}

/** The operator's public rooms. Rejects with OperationError. `etag`: the version that was seen; null for whatever there is. */
export interface PublicRoomService {
  /** In order of name. */
  list(): Promise<PublicRoomView[]>;
  put(name: string, room: PublicRoom, etag: string | null, by: string): Promise<PublicRoomView>;
  remove(name: string, etag: string | null, by: string): Promise<void>;
}

export interface PublicRoomsParts {
  readonly documents: Pick<Documents, "list" | "find">;
  readonly service: DocumentService;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

const { auid, mediaType } = IDENTIFIERS.groups;
/** Rules of a room's document, by their ids. */
const MODERATORS = "moderators", BLOCKED = "blocked", EVERYBODY = "everybody";
const MOST_ROOMS = 1000;

/** Public rooms of the operator, as documents of groups in the global tree. */
export class PublicRooms implements PublicRoomService {
  readonly #parts: PublicRoomsParts;

  constructor(parts: PublicRoomsParts) {
    this.#parts = parts;
  }

  async list(): Promise<PublicRoomView[]> {
    const { documents, service } = this.#parts;
    const views: PublicRoomView[] = [];
    for (const { name } of documents.list("", auid)) {
      const version = await service.read(keyOf(name)).catch(refuse);
      const group = version === null ? undefined : readGroup(version.document)[0];
      if (version !== null && group !== undefined) views.push(viewOf(name, version, group));
    }
    return views.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  async put(name: string, room: PublicRoom, etag: string | null, by: string): Promise<PublicRoomView> {
    const { documents, service, audit } = this.#parts;
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
      throw new OperationError("invalid", "a room's name is up to 64 of a-z, 0-9, dots, hyphens and underscores");
    }
    for (const uri of [...room.moderators, ...room.blocked]) {
      if (foldedAddress(uri) === "") throw new OperationError("invalid", `"${uri.slice(0, 200)}" is no SIP or tel URI`);
    }
    if (documents.find(auid, "", name) === undefined && documents.list("", auid).length >= MOST_ROOMS) {
      throw new OperationError("conflict", `there are ${MOST_ROOMS} rooms of the operator already, and may be no more`);
    }
    const conditions = {
      ifMatch: etag === null || etag === "" ? null : [etag],
      ifNoneMatch: etag === "" ? ["*"] : null,
    };
    const content = { mediaType, octets: new TextEncoder().encode(textOf(room)) };
    await service.put({ kind: "operator", name: by }, keyOf(name), null, content, conditions).catch(refuse);
    audit("room.write", by, { room: name });
    const version = await service.read(keyOf(name)).catch(refuse);
    if (version === null) throw new OperationError("not-found", `room "${name}" was removed meanwhile`);
    return viewOf(name, version, readGroup(version.document)[0]);
  }

  async remove(name: string, etag: string | null, by: string): Promise<void> {
    const { service, audit } = this.#parts;
    const conditions = { ifMatch: etag === null ? null : [etag], ifNoneMatch: null };
    await service.remove({ kind: "operator", name: by }, keyOf(name), null, conditions).catch(refuse);
    audit("room.remove", by, { room: name });
  }
}

function keyOf(name: string): DocumentKey {
  return { auid, owner: "", name };
}

function textOf(room: PublicRoom): string {
  const { uri, display_name, subject, minimum_age, max_participants, searchable, private_messages } = room;
  const others = ["join-handling", "allow-conference-state", "allow-anonymity"];
  const moderate = [...others, "allow-invite-users-dynamically", "is-key-participant"];
  const talk = private_messages ? ["allow-private-message"] : [];
  const rules = [
    room.moderators.length === 0 ? "" : ruleText(MODERATORS, identities(room.moderators), [
      ...moderate.map((name) => `<${name}>true</${name}>`),
      ...["allow-expelling", ...talk].map((name) => `<oxe:${name}>true</oxe:${name}>`),
    ]),
    room.blocked.length === 0
      ? ""
      : ruleText(BLOCKED, identities(room.blocked), ["<join-handling>false</join-handling>"]),
    ruleText(EVERYBODY, "<ocp:other-identity/>", [
      ...others.map((name) => `<${name}>true</${name}>`),
      ...talk.map((name) => `<oxe:${name}>true</oxe:${name}>`),
    ]),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<group xmlns="${NS.listService}" xmlns:cp="${NS.commonPolicy}" ` +
    `xmlns:ocp="${NS.omaCommonPolicy}" xmlns:oxe="${NS.omaExtensions}">\n<list-service uri="${escapeXml(uri)}">\n` +
    `<display-name>${escapeXml(display_name)}</display-name>\n<invite-members>false</invite-members>\n` +
    (max_participants === 0 ? "" : `<max-participant-count>${max_participants}</max-participant-count>\n`) +
    `<cp:ruleset>\n${rules.join("")}</cp:ruleset>\n<oxe:subject>${escapeXml(subject)}</oxe:subject>\n` +
    (minimum_age === 0
      ? ""
      : `<oxe:age-restrictions must-understand="true"><oxe:age from="${minimum_age}"/></oxe:age-restrictions>\n`) +
    `<oxe:searchable>${searchable}</oxe:searchable>\n</list-service>\n</group>\n`;
}

function ruleText(id: string, conditions: string, actions: readonly string[]): string {
  return `<cp:rule id="${id}"><cp:conditions>${conditions}</cp:conditions><cp:actions>${actions.join("")}` +
    `</cp:actions></cp:rule>\n`;
}

function identities(uris: readonly string[]): string {
  return `<cp:identity>${uris.map((uri) => `<cp:one id="${escapeXml(uri)}"/>`).join("")}</cp:identity>`;
}

function viewOf(name: string, { etag }: DocumentVersion, group: Group): PublicRoomView {
  return {
    name,
    etag,
    uri: group.uri,
    display_name: group.displayName,
    subject: group.subject,
    minimum_age: group.ages?.ages[0]?.from ?? 0,
    max_participants: group.maxParticipants ?? 0,
    searchable: group.searchable,
    private_messages: says(group, EVERYBODY, "allow-private-message"),
    moderators: namedBy(group, MODERATORS),
    blocked: namedBy(group, BLOCKED),
  };
}

function says({ rules }: Group, id: string, action: string): boolean {
  return (rules ?? []).some((rule) =>
    rule.id === id && rule.actions.some(({ name, value }) => name === action && value === "true")
  );
}

function namedBy({ rules }: Group, id: string): string[] {
  const conditions = (rules ?? []).filter((rule) => rule.id === id).flatMap((rule) => rule.conditions);
  return conditions.flatMap((condition) =>
    condition.kind === "identity"
      ? condition.any.flatMap((identity) => identity.kind === "one" ? [identity.uri] : [])
      : []
  );
}

function refuse(error: unknown): never {
  throw operationError(error);
}
