// One cache of answers. Only what may go away by itself is tried again: no answer, and 5xx.
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";

export function worthRetrying(count: number, problem: Error): boolean {
  if (count >= 2) return false;
  return problem instanceof ApiError && (problem.status === 0 || problem.status >= 500);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: worthRetrying, staleTime: 5_000, refetchOnWindowFocus: true, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
