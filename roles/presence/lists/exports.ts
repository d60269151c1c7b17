// What the door of presence shows of lists.
export { ListService, type ListServiceParts } from "./list_service.ts";
export { LIST_LIMITS, type ListLimits, type ListSettings } from "./list_settings.ts";
