// Replays: dead letters, or events of a time range, that are delivered again, many at a time.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Space } from "../app/space";
import type { TakenLetters } from "../lib/dead-letters";
import { lookAgainIn, type ReplayNumbers } from "../lib/replay";
import { get, segment, send } from "./client";
import { deadLettersKey } from "./dead-letters";
import { useOnce } from "./once";

type Where = Pick<Space, "api">;

export interface Replay extends ReplayNumbers {
  number: number;
  created_at: string;
  ended_at: string | null;
  by: { id: string | null; username: string };
  filter: { [name: string]: unknown } | null;
  events: { [name: string]: string } | null; // of the log, in place of letters
  ids: number | null; // how many were chosen one by one
  integration: { id: string; name: string } | null; // that it sends to instead
  version: "present" | "same";
  rate: number;
}

// Which letters, one of the two.
export type ReplayOf = { ids: string[] } | { filter: TakenLetters };
// Which events: `from` is needed, and an integration with it.
export type AskedEvents = { [name: string]: string };
export type NewReplay = (ReplayOf | { events: AskedEvents }) & {
  integration?: string;
  version?: "present" | "same";
  rate?: number;
};
export interface ReplayCount {
  would_replay: number;
  complete: boolean; // false: at least so many
}

const replaysKey = (space: Where) => ["replays", space.api];

export function useReplays(space: Where) {
  return useQuery({
    queryKey: replaysKey(space),
    queryFn: ({ signal }) =>
      get<{ replays: Replay[] }>(`${space.api}/replays`, signal).then((answer) => answer.replays),
    refetchInterval: ({ state }) => lookAgainIn(state.data ?? []),
  });
}
export function useReplay(space: Where, number: string) {
  return useQuery({
    queryKey: [...replaysKey(space), number],
    queryFn: ({ signal }) =>
      get<{ replay: Replay }>(`${space.api}/replays/${segment(number)}`, signal).then((answer) => answer.replay),
    refetchInterval: ({ state }) => lookAgainIn(state.data === undefined ? [] : [state.data]),
  });
}

// How many it would take. Nothing is sent.
export function useReplayCount(space: Where, asked: NewReplay, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["replay-count", space.api, asked],
    queryFn: () => send<ReplayCount>("POST", `${space.api}/replays`, { ...asked, dry_run: true }),
    gcTime: 0,
  });
}

// What is taken by a replay stands elsewhere among the letters.
function useRefresh(space: Where) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: replaysKey(space) });
    void client.invalidateQueries({ queryKey: deadLettersKey });
  };
}

export function useStartReplay(space: Where) {
  const once = useOnce();
  const refresh = useRefresh(space);
  return useMutation({
    mutationFn: (asked: NewReplay) =>
      once.post<{ replay: Replay }>(`${space.api}/replays`, asked).then((answer) => answer.replay),
    onSuccess: refresh,
  });
}

export type ReplayAction = "pause" | "resume" | "cancel";
export function useReplayAction(space: Where, number: number) {
  const refresh = useRefresh(space);
  return useMutation({
    mutationFn: (action: ReplayAction) =>
      send<{ replay: Replay }>("POST", `${space.api}/replays/${number}/${action}`).then((answer) => answer.replay),
    onSuccess: refresh,
  });
}
