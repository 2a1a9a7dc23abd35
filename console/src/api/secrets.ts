// Secrets of an organization or of one's sandbox. Their values go in and never come back.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Space } from "../app/space";
import { get, segment, send } from "./client";
import type { Secret, SecretAnswer, SecretChange, SecretNew } from "./types";

// Where the secrets of a space are: a product's are its organization's, or its owner's.
export function secretsApi(space: Space): string {
  if (space.kind !== "product") return space.api;
  return space.organization === null ? "/v1" : `/v1/orgs/${segment(space.organization.slug)}`;
}

export function useSecrets(api: string, enabled = true) {
  return useQuery({
    queryKey: ["secrets", api],
    queryFn: ({ signal }) => get<{ secrets: Secret[] }>(`${api}/secrets`, signal).then((answer) => answer.secrets),
    enabled,
  });
}

function useChange<Input, Answer>(api: string, change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["secrets", api] }),
  });
}

export function useCreateSecret(api: string) {
  return useChange(api, (input: SecretNew) => send<SecretAnswer>("POST", `${api}/secrets`, input));
}
export function useChangeSecret(api: string) {
  return useChange(api, ({ name, ...change }: SecretChange & { name: string }) =>
    send<SecretAnswer>("PUT", `${api}/secrets/${segment(name)}`, change),
  );
}
export function useDeleteSecret(api: string) {
  return useChange(api, (name: string) => send("DELETE", `${api}/secrets/${segment(name)}`));
}
