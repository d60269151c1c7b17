/**
 * An IM client as a library (OMA SIMPLE IM 2.0: the IM Client on IM-1, IM-7 and IM-9): registration, service settings, pager
 * messages, chats, rooms, files, the messages of Large Message Mode, recorded conversations, and what the service itself says. It stands
 * on `transport` only and uses no API of a runtime, so that it runs in a browser; whoever uses it brings the wires.
 *
 * RFC 3261, 3428, 3515, 3862, 3903, 3994, 4575, 4579, 4975, 4976, 5365, 5366, 5373, 5438, 5547, 6086, 6135, 7701, 7977.
 */
export { type Account, fromText } from "./account.ts";
export { Credentials, unicode } from "./credentials.ts";
export { ImClient } from "./im_client.ts";
export type { ImClientParts } from "./im_client_parts.ts";
export type { ImUser, MessageMode, Reason, ReceivedMessage, SentMessage, SentState } from "./im_user.ts";
export { Chat, type ChatState } from "./chat.ts";
export type { RoomAnswer, RoomWish } from "./chat_room.ts";
export type { RoomRoster } from "./room_roster.ts";
export { type MessageIdentity, newMessageIdentity } from "./message_identity.ts";
export type { Party } from "./inbox.ts";
export type { Invitation } from "./invitation.ts";
export type { FileAsked, FileOffered } from "./file_invitation.ts";
export type { FileSink, FileSource, FileTransfer } from "./file_transfer.ts";
export { type ClientLimits, type Decoder, DEFAULT_CLIENT_LIMITS } from "./client_world.ts";
export { hiddenName, type MediaPlace, type OwnEnd, type Seat, type SeatUser } from "./media_place.ts";
export { DirectPlace, type DirectPlaceOptions } from "./direct_place.ts";
export { RelayPlace, type RelayPlaceUser } from "./relay_place.ts";
export { type ClientGround, ClientHistory } from "./history.ts";
export { LISTED, type Listed, type RecordingPage } from "./history_listing.ts";
export type { ListedRecording } from "./listed_recording.ts";
export type { Retrieval, RetrievalOptions } from "./history_retrieval.ts";
export type { RecordedHead, RecordedMessage } from "./recorded_message.ts";
export type { Asked } from "./service_request.ts";
export type { SystemMessage } from "./system_messages.ts";
export type { OwnSettings } from "./publication.ts";
export type { WatchedUser } from "./watching.ts";
export { CLIENT_ALLOW, SipLine } from "./sip_line.ts";
