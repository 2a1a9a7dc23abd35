// Invitations that wait for oneself. Those that one makes are part of the team (team.ts).
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { sessionKey } from "../app/session";
import { get, segment, send } from "./client";
import type { Invitation } from "./types";

const key = ["invitations"];

export function useInvitations() {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      get<{ invitations: Invitation[] }>("/v1/user/invitations", signal).then((answer) => answer.invitations),
    staleTime: 60_000,
  });
}

export function useAcceptInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, code }: { id: string; code?: string }) =>
      send<{ accepted: Invitation }>("POST", `/v1/user/invitations/${segment(id)}/accept`, { code }),
    onSuccess: async () => {
      // The session names the roles: without the new one everything would look forbidden there.
      await client.refetchQueries({ queryKey: sessionKey });
      await client.invalidateQueries({ queryKey: key });
    },
  });
}
export function useDeclineInvitation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send("POST", `/v1/user/invitations/${segment(id)}/decline`),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}
