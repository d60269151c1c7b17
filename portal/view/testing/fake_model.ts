import { computed, type Signal, signal } from "@preact/signals-core";
import type { Alert, LinkState, PortalLimits, PortalModel } from "../../model/mod.ts";
import { FakeConversation } from "./fake_conversation.ts";
import { fakeAsks, fakeHistory, fakePeople, fakeRooms, fakeSettings } from "./fake_parts.ts";
import { demoConversations } from "./fake_scenes.ts";

/** A model of a stage: everything that the page may show, without a service. What a test changes shows at once. */
export interface FakeModel extends PortalModel {
  readonly link: {
    readonly state: Signal<LinkState>;
    readonly retryAt: Signal<number>;
    readonly reason: Signal<string>;
    retry(): void;
  };
  readonly limits: Signal<PortalLimits>;
  readonly list: Signal<readonly FakeConversation[]>;
  /** The conversation whose key has this in it. */
  with(part: string): FakeConversation;
  tell(alert: Alert): void;
}

/** `parts`: stands in the place of what is made here. */
export function fakeModel(parts: Partial<PortalModel> = {}, now = Date.now()): FakeModel {
  const list = signal<readonly FakeConversation[]>(demoConversations(now));
  const listeners = new Set<(alert: Alert) => void>();
  const link = {
    state: signal<LinkState>("online"),
    retryAt: signal(0),
    reason: signal(""),
    retry: () => void (link.state.value = "online"),
  };
  const find = (key: string) => list.peek().find((one) => one.key === key) ?? null;
  const open = (address: string) => {
    const key = address.includes(":") ? address : `sip:${address}`;
    if (!/^sips?:[^@\s]+@[^@\s]+$|^tel:\+?\d+$/.test(key)) return null;
    const found = find(key) ?? new FakeConversation({ key, title: key.replace(/^\w+:/, "") });
    if (!list.peek().includes(found)) list.value = [found, ...list.peek()];
    return found;
  };
  return {
    me: { uri: "sip:ada@example.test", name: "Ada Lovelace", domain: "example.test" },
    limits: signal<PortalLimits>({ message: 20_000, file: 10_000_000, fileTypes: [] }),
    link,
    list,
    conversations: {
      list,
      unread: computed(() => list.value.reduce((sum, one) => sum + (one.muted.value ? 0 : one.unread.value), 0)),
      state: signal("ready" as const),
      queued: computed(() =>
        list.value.reduce(
          (sum, one) => sum + one.messages.value.filter(({ state }) => state.value === "queued").length,
          0,
        )
      ),
      open,
      find,
      sendToMany: (people, text) => {
        for (const address of people) open(address)?.send(text);
        return null;
      },
    },
    people: fakePeople(),
    rooms: fakeRooms(list),
    history: fakeHistory(),
    settings: fakeSettings(),
    asks: fakeAsks(),
    onAlert(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    signOut() {
      link.state.value = "signed-out";
      return Promise.resolve();
    },
    with(part) {
      const found = list.peek().find(({ key }) => key.includes(part));
      if (found === undefined) throw new Error(`no conversation with "${part}" on the stage`);
      return found;
    },
    tell(alert) {
      for (const listener of listeners) listener(alert);
    },
    ...parts,
  } as FakeModel;
}
