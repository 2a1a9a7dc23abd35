// Publishing events, and asking what one would do.
import { useMutation } from "@tanstack/react-query";
import type { Space } from "../app/space";
import { segment, send } from "./client";
import { useOnce } from "./once";
import type { Explained } from "./types";

type Where = Pick<Space, "api" | "kind">;

export interface TypedEvent {
  product: string; // slug or id; "" where the space has one product or none
  name: string;
  data: string;
  device: string; // "" for none
}

// Where the events of a space stream.
export function streamPath(space: Where): string {
  return space.kind === "sandbox" ? "/v1/devices/events" : `${space.api}/events`;
}

export function publishRequest(space: Where, event: TypedEvent): { path: string; body: Record<string, string> } {
  const body: Record<string, string> = { name: event.name };
  if (event.data !== "") body.data = event.data;
  if (event.device !== "" && space.kind !== "sandbox") body.as_device_id = event.device;
  if (space.kind === "organization") return { path: `/v1/products/${segment(event.product)}/events`, body };
  return { path: streamPath(space), body };
}
export function usePublish(space: Where) {
  const once = useOnce();
  return useMutation({
    mutationFn: (event: TypedEvent) => {
      const { path, body } = publishRequest(space, event);
      return once.post<{ id: string }>(path, body);
    },
  });
}

export function explainEvent(space: Where, event: TypedEvent): Promise<Explained> {
  const members: Record<string, string> = { name: event.name };
  if (event.data !== "") members.data = event.data;
  if (event.device !== "") members.device_id = event.device;
  const body = space.kind === "organization" ? { product: event.product, event: members } : { event: members };
  return send("POST", `${space.api}/explain`, body);
}
