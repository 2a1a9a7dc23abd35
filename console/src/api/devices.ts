// Devices: of a product by pages, and one's own.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, segment, send } from "./client";
import { groupsKey } from "./products";
import type { Device } from "./types";

export const kDevicesPerPage = 100;

export interface DevicesAsked {
  page: number;
  search: { in: "id" | "name"; text: string };
  group: string;
  sort: string; // "", "deviceName", "firmwareVersion"
  descending: boolean;
}
export interface DevicePage {
  devices: Device[];
  meta: { page: number; per_page: number; total_pages: number; total: number };
}

export function useDevices(productApi: string, asked: DevicesAsked) {
  return useQuery({
    queryKey: ["devices", productApi, asked],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ page: String(asked.page), perPage: String(kDevicesPerPage) });
      if (asked.search.text !== "") query.set(asked.search.in === "id" ? "deviceId" : "deviceName", asked.search.text);
      if (asked.group !== "") query.set("groups", asked.group);
      if (asked.sort !== "") query.set("sortAttr", asked.sort);
      if (asked.descending) query.set("sortDir", "desc");
      return get<DevicePage>(`${productApi}/devices?${query}`, signal);
    },
    placeholderData: (before) => before,
    refetchInterval: 30_000,
  });
}

// After a change of devices: the lists, the groups, and the products that count them.
function useChange<Given, Answer>(productApi: string, change: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["devices"] }),
        client.invalidateQueries({ queryKey: ["my-devices"] }),
        client.invalidateQueries({ queryKey: groupsKey(productApi) }),
        client.invalidateQueries({ queryKey: ["product"] }),
        client.invalidateQueries({ queryKey: ["products"] }),
      ]),
  });
}
const at = (productApi: string, id: string) => `${productApi}/devices/${segment(id)}`;

export type DeviceChange = { name?: string; development?: boolean; groups?: string[] };
export function useUpdateDevice(productApi: string) {
  return useChange(productApi, ({ id, change }: { id: string; change: DeviceChange }) =>
    send<Device>("PUT", at(productApi, id), change),
  );
}
export function useChangeGroups(productApi: string) {
  return useChange(productApi, ({ ids, add, remove }: { ids: string[]; add: string[]; remove: string[] }) =>
    send("PUT", `${productApi}/devices`, { action: "groups", devices: ids, metadata: { add, remove } }),
  );
}
export function useDeleteGroup(productApi: string) {
  return useChange(productApi, (group: string) => send("DELETE", `${productApi}/groups/${segment(group)}`));
}
export function useRemoveDevices(productApi: string) {
  return useChange(productApi, async (ids: string[]) => {
    for (const id of ids) await send("DELETE", at(productApi, id));
  });
}
export function useReleaseDevice(productApi: string) {
  return useChange(productApi, (id: string) => send("DELETE", `${at(productApi, id)}/owner`));
}

export interface ImportReport {
  updated: number;
  existingDeviceIds: string[];
  nonmemberDeviceIds: string[];
  invalidDeviceIds: string[];
  protectedDeviceIds: string[]; // claimed by another member than claim_user
}
const kIdsAtOnce = 10_000;
export function useImportDevices(productApi: string, onProgress: (done: number) => void) {
  return useChange(
    productApi,
    async ({ ids, claimFor }: { ids: string[]; claimFor: string }): Promise<ImportReport> => {
      const all: ImportReport = {
        updated: 0,
        existingDeviceIds: [],
        nonmemberDeviceIds: [],
        invalidDeviceIds: [],
        protectedDeviceIds: [],
      };
      for (let from = 0; from < ids.length; from += kIdsAtOnce) {
        const report = await send<ImportReport>("POST", `${productApi}/devices`, {
          ids: ids.slice(from, from + kIdsAtOnce),
          claim_user: claimFor === "" ? undefined : claimFor,
        });
        all.updated += report.updated;
        all.existingDeviceIds.push(...report.existingDeviceIds);
        all.nonmemberDeviceIds.push(...report.nonmemberDeviceIds);
        all.invalidDeviceIds.push(...report.invalidDeviceIds);
        all.protectedDeviceIds.push(...report.protectedDeviceIds);
        onProgress(Math.min(from + kIdsAtOnce, ids.length));
      }
      return all;
    },
  );
}

// --- one's own

export function useMyDevices() {
  return useQuery({
    queryKey: ["my-devices"],
    queryFn: ({ signal }) => get<Device[]>("/v1/devices", signal),
    refetchInterval: 30_000,
  });
}
export function useClaimDevice(productApi = "/v1") {
  return useChange(productApi, (id: string) => send<{ id: string }>("POST", "/v1/devices", { id }));
}
export function useReleaseMyDevice() {
  return useChange("/v1", (id: string) => send("DELETE", `/v1/devices/${segment(id)}`));
}
