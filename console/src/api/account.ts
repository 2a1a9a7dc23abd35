// Oneself: names, password, tokens and sessions.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { sessionKey } from "../app/session";
import { get, segment, send } from "./client";
import type { AccessToken } from "./types";

export interface Account {
  id: string;
  username: string;
  account_info: { first_name?: string; last_name?: string; company?: string; [name: string]: unknown };
}

export function useAccount() {
  return useQuery({ queryKey: ["account"], queryFn: ({ signal }) => get<Account>("/v1/user", signal) });
}
export function useTokens() {
  return useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) =>
      get<{ tokens: AccessToken[] }>("/v1/access_tokens", signal).then((answer) => answer.tokens),
  });
}

export interface AccountChange {
  account_info?: Account["account_info"];
  username?: string;
  password?: string;
  current_password?: string;
  keep_tokens?: boolean; // with a new password: it ends sessions only
}
export function useChangeAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: AccountChange) => send("PUT", "/v1/user", change),
    // A new password comes with a new session, so with a new proof too.
    onSuccess: () =>
      Promise.all([["account"], ["tokens"], sessionKey].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
export function useEndToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send("DELETE", `/v1/access_tokens/by-id/${segment(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
}
export function endEverything() {
  return send("DELETE", "/v1/access_tokens");
}
export function deleteAccount(password: string) {
  return send("DELETE", "/v1/user", { password });
}
