// A form begins with what the server has now, not with what was shown before; what comes later does not start it anew.
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

export function useLoaded<T>(query: UseQueryResult<T>): UseQueryResult<T> {
  const [ready, setReady] = useState(false);
  if (!ready && query.data !== undefined && !query.isFetching) setReady(true);
  return ready || query.data === undefined
    ? query
    : ({ ...query, data: undefined, isError: false } as UseQueryResult<T>);
}
