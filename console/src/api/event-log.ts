// Events that are kept, and what became of one: its deliveries with their attempts, and what it did not fire.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Space } from "../app/space";
import type { ErrorClass } from "../lib/dead-letters";
import type { DeliveryState } from "../lib/trace";
import { get, segment } from "./client";

type Where = Pick<Space, "api">;

export interface ProductLabel {
  id: number;
  slug: string | null;
  name: string | null;
}
export interface IntegrationLabel {
  id: string;
  name: string;
  deleted: boolean;
}

export interface KeptEvent {
  id: string;
  name: string;
  data: string | null; // in a list its first bytes
  data_bytes: number;
  published_at: string;
  coreid: string; // the device that published, or "api"
  device_name: string | null;
  product: ProductLabel | null; // null: the sandbox
  replay: number | null; // the replay that brought it again
}

export interface AskedDevice {
  id: string;
  known: boolean;
  name?: string | null;
  last_heard?: string | null;
}

export interface EventPage {
  events: KeptEvent[];
  device?: AskedDevice;
  next_behind?: string;
  searched_to?: string;
}

export interface Try {
  id: string;
  time: string;
  attempt: number;
  version: number;
  method: string | null;
  url: string | null;
  duration_ms: number;
  status: number | null;
  error: ErrorClass | null;
  message: string | null;
}

export interface TracedDelivery {
  integration: IntegrationLabel | null;
  product: ProductLabel | null;
  replay: number | null;
  version: number;
  state: DeliveryState;
  attempts: number;
  status: number | null;
  error: ErrorClass | null;
  ended_at: string | null;
  took_ms: number | null;
  next_attempt_at: string | null;
  waits_for: string | null;
  dead_letter: string | null;
  tries: Try[];
}

export interface NotFired {
  integration: IntegrationLabel;
  verdict: string;
  why: string;
}

export interface EventTrace {
  event: KeptEvent & { ttl: number; version: string | null; os_version: string | null };
  deliveries: TracedDelivery[];
  not_fired: NotFired[];
}

export interface WholeAttempt extends Try {
  product: ProductLabel | null;
  event: { id: string; name: string; data?: string | null; published_at: string; coreid: string };
  request: { method: string; url: string; headers: Record<string, string>; body: string };
  response: { statusCode: number; headers: Record<string, string>; body: string } | null;
  notes?: string[];
}

export const kEventsPerPage = 50;

// Newest first. A page may be short or empty while there is more to look through.
export function useEventLog(space: Where, asked: Record<string, string>) {
  return useInfiniteQuery({
    queryKey: ["event-log", space.api, asked],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ ...asked, per_page: String(kEventsPerPage) });
      if (pageParam !== "") query.set("behind", pageParam);
      return get<EventPage>(`${space.api}/event_log?${query}`, signal);
    },
    getNextPageParam: (last) => last.next_behind,
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

// What waits is asked for again.
export function useEventTrace(space: Where, id: string) {
  return useQuery({
    queryKey: ["event-log", space.api, "one", id],
    queryFn: ({ signal }) => get<EventTrace>(`${space.api}/event_log/${segment(id)}`, signal),
    refetchInterval: (query) => {
      const ended = query.state.data?.deliveries.every((one) => one.ended_at !== null) ?? false;
      return ended ? false : 5000;
    },
  });
}

export function useAttempt(space: Where, id: string) {
  return useQuery({
    queryKey: ["attempts", space.api, id],
    queryFn: ({ signal }) =>
      get<{ attempt: WholeAttempt }>(`${space.api}/attempts/${segment(id)}`, signal).then((answer) => answer.attempt),
    staleTime: Number.POSITIVE_INFINITY, // it has ended
  });
}
