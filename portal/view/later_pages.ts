/**
 * What the page shows only when somebody goes there or asks for it, in one script behind the first one: each alone would be loaded sooner, and
 * all of them together be larger by half, for they have much in common.
 */
export { PeoplePage } from "./people/people_page.tsx";
export { RoomsPage } from "./rooms/rooms_page.tsx";
export { HistoryPage } from "./history/history_page.tsx";
export { SettingsPage } from "./settings/settings_page.tsx";
export { Asking } from "./asks/asking.tsx";
export { RecordingCard } from "./asks/recording_card.tsx";
export { StartDialog } from "./start/start_dialog.tsx";
export { LocationDialog } from "./conversation/compose/location_dialog.tsx";
export { MembersPanel } from "./conversation/room/members_panel.tsx";
