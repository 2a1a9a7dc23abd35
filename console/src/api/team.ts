// The team of an organization or a product: people with roles, and API users with scopes.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, segment, send } from "./client";
import { useOnce } from "./once";
import type { ApiUser, Invited, Role, TeamMember } from "./types";

export function useTeam(api: string) {
  return useQuery({
    queryKey: ["team", api],
    queryFn: ({ signal }) =>
      get<{ team: (TeamMember | ApiUser)[] }>(`${api}/team`, signal).then((answer) => ({
        people: answer.team.filter((one): one is TeamMember => !("is_programmatic" in one) && !one.invite_pending),
        invited: answer.team.filter(
          (one): one is TeamMember => !("is_programmatic" in one) && one.invite_pending === true,
        ),
        apiUsers: answer.team.filter((one): one is ApiUser => "is_programmatic" in one),
      })),
  });
}

function useChange<Input, Answer>(api: string, change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["team", api] }),
  });
}

// Not by a key that may be used again: the answer has a code, which the server does not keep.
export function useInvite(api: string) {
  return useChange(api, (input: { username: string; role: Role }) =>
    send<{ invited: Invited }>("POST", `${api}/team`, input).then((answer) => answer.invited),
  );
}
export function useRenewInvitation(api: string) {
  return useChange(api, (username: string) =>
    send<{ invited: Invited }>("POST", `${api}/team/${segment(username)}/invitation`, {}).then(
      (answer) => answer.invited,
    ),
  );
}
export function useChangeRole(api: string) {
  return useChange(api, (input: { username: string; role: Role }) =>
    send("PUT", `${api}/team/${segment(input.username)}`, { role: input.role }),
  );
}
export function useRemoveMember(api: string) {
  return useChange(api, (username: string) => send("DELETE", `${api}/team/${segment(username)}`));
}
export function useCreateApiUser(api: string) {
  const once = useOnce();
  return useChange(api, (input: { friendly_name: string; scopes: string[] }) =>
    once.post<{ created: ApiUser }>(`${api}/team`, input).then((answer) => answer.created),
  );
}
export function useChangeApiUser(api: string) {
  return useChange(api, (input: { username: string; friendly_name: string; scopes: string[] }) =>
    send<{ updated: ApiUser }>("PUT", `${api}/team/${segment(input.username)}`, {
      friendly_name: input.friendly_name,
      scopes: input.scopes,
    }).then((answer) => answer.updated),
  );
}
export function useReplaceToken(api: string) {
  return useChange(api, (username: string) =>
    send<{ updated: ApiUser }>("PUT", `${api}/team/${segment(username)}/token`).then((answer) => answer.updated),
  );
}

// Every scope that a route asks for, from the description of the API.
export function useScopes(enabled: boolean) {
  return useQuery({
    queryKey: ["scopes"],
    queryFn: async ({ signal }) => {
      const api = await get<{ paths: Record<string, Record<string, { "x-scopes"?: string[] }>> }>(
        "/openapi.json",
        signal,
      );
      const found = new Set<string>();
      for (const item of Object.values(api.paths)) {
        for (const operation of Object.values(item)) for (const scope of operation["x-scopes"] ?? []) found.add(scope);
      }
      return [...found].sort();
    },
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
