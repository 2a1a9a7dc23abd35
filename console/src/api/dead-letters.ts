// Dead letters: deliveries that ended in error or were cancelled, with the event and the reason.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Space } from "../app/space";
import type { AskedLetters, ErrorClass } from "../lib/dead-letters";
import { get, segment } from "./client";

type Where = Pick<Space, "api">;

export interface DeadLetter {
  id: string;
  integration: { id: string; name: string; deleted: boolean } | null;
  product: { id: number; slug: string | null; name: string | null } | null; // null: the sandbox
  event: {
    id: string;
    name: string;
    published_at: string;
    coreid: string; // the device that published, or "api"
    data_bytes: number;
    data?: string | null; // where one letter is asked for
  };
  version: number;
  attempts: number;
  status: number | null;
  error: ErrorClass | null;
  reason: string;
  ended_at: string;
  replay: number | null; // the replay that it is of
  replayed: number | null; // the newest replay that took it
}

export interface LetterPage {
  dead_letters: DeadLetter[];
  next_behind?: string;
  searched_to?: string;
}

export const kLettersPerPage = 50;
export const deadLettersKey = ["dead-letters"];

// Newest first. A page may be short or empty while there is more to look through.
export function useDeadLetters(space: Where, asked: AskedLetters) {
  return useInfiniteQuery({
    queryKey: [...deadLettersKey, space.api, asked],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ ...asked, per_page: String(kLettersPerPage) });
      if (pageParam !== "") query.set("behind", pageParam);
      return get<LetterPage>(`${space.api}/dead_letters?${query}`, signal);
    },
    getNextPageParam: (last) => last.next_behind,
    // New each time it is opened, and not under one's eyes: what was searched for long would be searched for again.
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

export function useDeadLetter(space: Where, id: string) {
  return useQuery({
    queryKey: [...deadLettersKey, space.api, "one", id],
    queryFn: ({ signal }) =>
      get<{ dead_letter: DeadLetter }>(`${space.api}/dead_letters/${segment(id)}`, signal).then(
        (answer) => answer.dead_letter,
      ),
  });
}

// All of them, a line of JSON each.
export function exportPath(space: Where, asked: AskedLetters): string {
  const query = new URLSearchParams(asked).toString();
  return `${space.api}/dead_letters/export${query === "" ? "" : `?${query}`}`;
}
