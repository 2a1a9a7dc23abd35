// The last 30 days of single integrations, for the rows in sight: what is wanted within a moment is asked for together,
// and kept for each by itself, so that another order or filter asks for nothing twice.
import { useQuery } from "@tanstack/react-query";
import { getDays, kDaysIdsMax } from "./integrations";
import type { DayCounts } from "./types";

type Days = DayCounts[];

interface Wanted {
  resolve: (days: Days) => void;
  reject: (problem: unknown) => void;
  signal: AbortSignal;
}

const kMomentMs = 120;
const kDayMs = 86_400_000;
const waiting = new Map<string, Map<string, Wanted>>(); // by the space's API, by id

function wait(api: string, id: string, signal: AbortSignal): Promise<Days> {
  return new Promise((resolve, reject) => {
    let ids = waiting.get(api);
    if (ids === undefined) {
      ids = new Map();
      waiting.set(api, ids);
      window.setTimeout(() => ask(api), kMomentMs);
    }
    ids.set(id, { resolve, reject, signal });
  });
}

function ask(api: string) {
  // Rows that were scrolled out of sight meanwhile are not asked for.
  const all = [...(waiting.get(api) ?? [])].filter(([, wanted]) => {
    if (!wanted.signal.aborted) return true;
    wanted.reject(new DOMException("No longer wanted", "AbortError"));
    return false;
  });
  waiting.delete(api);
  for (let from = 0; from < all.length; from += kDaysIdsMax) void askFor(api, all.slice(from, from + kDaysIdsMax));
}

async function askFor(api: string, wanted: [string, Wanted][]) {
  try {
    const answer = await getDays(
      { api },
      wanted.map(([id]) => id),
    );
    const first = Date.parse(answer.first_day);
    for (const [id, one] of wanted) {
      const days = answer.days[id] ?? [];
      one.resolve(
        days.map(([success, error, sleep, cancelled], index) => ({
          date: new Date(first + index * kDayMs).toISOString().slice(0, 10),
          success,
          error,
          sleep,
          cancelled,
        })),
      );
    }
  } catch (problem) {
    for (const [, one] of wanted) one.reject(problem);
  }
}

export function useDaysOf(api: string, id: string) {
  return useQuery({
    queryKey: ["integration-days", api, id],
    queryFn: ({ signal }) => wait(api, id, signal),
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
}
