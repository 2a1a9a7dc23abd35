// Who changed what, newest first, in pages.
import { useInfiniteQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { AuditEntry } from "./types";

interface AuditPage {
  audit: AuditEntry[];
  next_before?: number;
}

export function useAudit(api: string, target: string, all: boolean) {
  return useInfiniteQuery({
    queryKey: ["audit", api, target, all],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: "50" });
      if (pageParam > 0) query.set("before", String(pageParam));
      if (target !== "") query.set("target", target);
      if (all) query.set("all", "true");
      return get<AuditPage>(`${api}/audit?${query}`, signal);
    },
    getNextPageParam: (last) => last.next_before,
  });
}
