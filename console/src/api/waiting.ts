// How integrations fare, the outages of their receivers, and what people do with deliveries that wait.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Space } from "../app/space";
import { get, segment, send } from "./client";
import type { IntegrationLabel, ProductLabel } from "./event-log";
import { integrationKey } from "./integrations";

type Where = Pick<Space, "api">;

export interface Outage {
  id: string;
  destination: string | null; // null: no request could be made
  version: number;
  began_at: string;
  ended_at: string | null; // null: it lasts
  failures: number;
  status: number | null;
  error_class: string;
  error: string;
}
export interface NamedOutage extends Outage {
  integration: IntegrationLabel | null;
  product: ProductLabel | null;
}

export interface Destination {
  destination: string | null; // null: nothing was sent yet
  failing: boolean;
  in_memory: number;
  in_flight: number;
  more_on_disk: boolean;
  next_attempt_at: string | null;
  breaker: { state: "open" | "half_open"; since: string; reason: string; next_try_at: string } | null;
}

export interface PlacementHealth {
  product: ProductLabel | null; // null: the sandbox
  health: "healthy" | "failing" | "quiet";
  last_success_at: string | null;
  last_error_at: string | null;
  waiting: number;
  held: number;
  outages: Outage[];
  destinations: Destination[];
}

// Asked for again and again: it is about what happens now.
export function useHealth(space: Where, id: string) {
  return useQuery({
    queryKey: [...integrationKey(space, id), "health"],
    queryFn: ({ signal }) =>
      get<{ placements: PlacementHealth[] }>(`${space.api}/integrations/${segment(id)}/health`, signal).then(
        (answer) => answer.placements,
      ),
    refetchInterval: 5000,
  });
}

export function useOutages(space: Where, integration: string) {
  return useQuery({
    queryKey: [...integrationKey(space, integration), "outages"],
    queryFn: ({ signal }) =>
      get<{ outages: NamedOutage[] }>(
        `${space.api}/outages?integration=${encodeURIComponent(integration)}&per_page=10`,
        signal,
      ).then((answer) => answer.outages),
    refetchInterval: 30_000,
  });
}

export type WaitingCommand = "try_now" | "move" | "cancel";
export interface WaitingCount {
  deliveries: number;
  held: number;
}

// To what waits of an integration: on `products`, or on all of it where one is.
export function useWaitingCommand(space: Where, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ command, products }: { command: WaitingCommand; products?: number[] }) =>
      send<WaitingCount>("POST", `${space.api}/integrations/${segment(id)}/waiting/${command}`, {
        product_ids: products,
      }),
    onSuccess: () => void client.invalidateQueries({ queryKey: integrationKey(space, id) }),
  });
}

// To the delivery of one event to one integration.
export function useEventCommand(space: Where, event: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ command, integration }: { command: "try_now" | "cancel"; integration: string }) =>
      send<WaitingCount>("POST", `${space.api}/event_log/${segment(event)}/${command}`, { integration }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["event-log", space.api, "one", event] }),
  });
}
