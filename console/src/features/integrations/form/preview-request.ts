// What is asked of the server for a preview: which route, which settings, which event. Pure.
import type { PreviewRequest } from "../../../api/integrations";
import type { JsonObject } from "../../../api/types";
import { sameText } from "../../../lib/json-text";
import type { Sample } from "./form-state";
import { mergedSettings, sentSettings } from "./settings-model";

export interface PreviewAsked {
  // null: an integration that is not saved yet.
  id: string | null;
  body: PreviewRequest;
}

export function previewAsked(
  saved: { id: string; settings: JsonObject; products: number[] } | null,
  settings: JsonObject,
  sample: Sample,
  products: number[] | null,
): PreviewAsked {
  const body: PreviewRequest = {};
  if (sample.eventId.trim() !== "") {
    body.event_id = sample.eventId.trim();
  } else {
    body.event = { data: sample.data };
    if (sample.data === "") delete body.event.data;
    if (sample.name !== "") body.event.name = sample.name;
    if (sample.deviceId.trim() !== "") body.event.device_id = sample.deviceId.trim();
  }
  if (products !== null) body.product_ids = products;
  // On a product that the integration does not run on yet it is as good as a new one.
  const known = saved !== null && (products ?? []).every((id) => saved.products.includes(id));
  if (!known || saved === null) return { id: null, body: { ...body, settings: sentSettings(settings) } };
  // What is saved is not sent: who may not see its credentials could not.
  if (sameText(settings, saved.settings)) return { id: saved.id, body };
  return { id: saved.id, body: { ...body, settings: mergedSettings(saved.settings, settings) } };
}
