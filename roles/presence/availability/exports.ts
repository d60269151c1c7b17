// What the door of the room shows of availability.
export { type Availability, type AvailabilitySettings, DEFAULT_AVAILABILITY } from "./recipient_availability.ts";
export { RecipientAvailability, type RecipientAvailabilityParts } from "./recipient_availability.ts";
export { type Willingness, willingnessOf } from "./willingness.ts";
