/** Pieces that all pages are made of. Names and texts go in as text; what is pressed comes out as a call. */
export { Avatar } from "./avatar.tsx";
export { Button, type ButtonProps } from "./button.tsx";
export { Bytes, bytesText } from "./bytes.tsx";
export { Choice, type ChoiceProps } from "./choice.tsx";
export { Dialog, type DialogProps } from "./dialog.tsx";
export { Empty } from "./empty.tsx";
export { Field, type FieldProps, Select, type SelectProps } from "./field.tsx";
export { Icon, type IconName, Mark } from "./icon.tsx";
export { Menu, type MenuItem, type MenuProps, moveFocus } from "./menu.tsx";
export { Notice, type NoticeProps, ProblemNotice } from "./notice.tsx";
export { plainName } from "./plain_name.ts";
export { presenceText } from "./presence_text.ts";
export { problemText } from "./problem_text.ts";
export { type Roving, RovingList, type RovingListProps } from "./roving_list.tsx";
export { Spinner } from "./spinner.tsx";
export { TabList, type TabListProps, TabPanel } from "./tab_list.tsx";
export { Toggle, type ToggleProps } from "./toggle.tsx";
export { dayOf, When, type WhenLook, whenText } from "./when.tsx";
/** Words that every page shares: close, cancel, retry, save, remove, loading, names of statuses. */
export { t as kitText } from "./texts.ts";
