import type { Talk } from "../talk.ts";

/** Why nothing can be written here now; "" where it can. */
export function closedBecause(
  { conversation, model }: Talk,
): "" | "service" | "question" | "asked" | "alias" | "joining" | "lost" | "out" {
  const { key, kind, room } = conversation;
  if (kind === "service") return "service";
  if (model.asks.questions.value.some(({ blocking }) => blocking)) return "question";
  if (room === null) {
    // Until they agree the service refuses whatever we send (GM-5).
    return model.people.contacts.value.some(({ uri, pending }) => pending && uri === key) ? "asked" : "";
  }
  const state = room.state.value;
  if (state !== "in") return state;
  return room.isPublic && room.alias.value === "" ? "alias" : "";
}
