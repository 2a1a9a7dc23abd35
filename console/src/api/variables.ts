// Variables of an organization, of a product, or of an integration on one product (`api` ends before "/variables").
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "./client";
import type { Variables } from "./types";

export function useVariables(api: string, enabled = true) {
  return useQuery({
    queryKey: ["variables", api],
    queryFn: ({ signal }) =>
      get<{ variables: Variables }>(`${api}/variables`, signal).then((answer) => answer.variables),
    enabled,
  });
}

// `set` holds what is new or different, and null for what goes.
export function usePatchVariables(api: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (set: { [name: string]: string | null }) =>
      send<{ variables: Variables }>("PATCH", `${api}/variables`, { variables: set }),
    onSuccess: (answer) => {
      client.setQueryData(["variables", api], answer.variables);
      // What an integration sends on a product may read them.
      client.invalidateQueries({ queryKey: ["integration"] });
    },
  });
}
