import type { ConversationModel, PortalModel } from "../../model/mod.ts";
import { fakeAsks } from "./fake_asks.ts";
import { fakeHistory } from "./fake_history.ts";
import { fakePeople } from "./fake_people.ts";
import { fakeRooms } from "./fake_rooms.ts";
import { fakeSettings } from "./fake_settings.ts";

/** Livelier parts of the fake model, for the pages beside the conversations. `begin`: comes into a room of that address. */
export function demoParts(begin: (address: string) => ConversationModel | null = () => null): Partial<PortalModel> {
  const now = Date.now();
  return {
    people: fakePeople(now),
    rooms: fakeRooms(begin),
    history: fakeHistory(now),
    settings: fakeSettings(),
    asks: fakeAsks(),
  };
}
