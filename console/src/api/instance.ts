// The installation: for its administrators.
import { useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { Instance, InstanceUser } from "./types";

export function useInstance() {
  return useQuery({
    queryKey: ["instance"],
    queryFn: ({ signal }) => get<Instance>("/v1/instance", signal),
    refetchInterval: 5_000,
  });
}
export function useInstanceUsers() {
  return useQuery({
    queryKey: ["instance-users"],
    queryFn: ({ signal }) => get<{ users: InstanceUser[] }>("/v1/users", signal).then((answer) => answer.users),
  });
}
