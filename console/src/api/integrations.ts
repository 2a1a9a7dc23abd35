// Integrations: what is asked of the server about them, and what is changed. Every hook works in the space one is in; a
// change makes all lists and views of integrations stale, since a shared one stands in several.
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Space } from "../app/space";
import { get, segment, send } from "./client";
import { useOnce } from "./once";
import type {
  HourCounts,
  Integration,
  IntegrationDetail,
  IntegrationSettings,
  ListCounters,
  Override,
  PauseMode,
  Preview,
  SavedIntegration,
  Variables,
  VersionDetail,
  VersionSummary,
  Warning,
} from "./types";

type Where = Pick<Space, "api">;

export const integrationsKey = (space: Where) => ["integrations", space.api];
export const integrationKey = (space: Where, id: string) => ["integration", space.api, id];

const at = (space: Where, id: string) => `${space.api}/integrations/${segment(id)}`;

// --- reading

export function integrationsQuery(space: Where) {
  return queryOptions({
    queryKey: integrationsKey(space),
    queryFn: ({ signal }) => get<Integration[]>(`${space.api}/integrations`, signal),
    // It can be megabytes: what a change of one's own makes stale is asked again anyway.
    staleTime: 30_000,
    structuralSharing: false,
  });
}
export function useIntegrations(space: Where) {
  return useQuery(integrationsQuery(space));
}

export interface TodaysCounters {
  date: string;
  revision: number; // another one: somebody changed something, perhaps a row of the list
  counters: { [id: string]: ListCounters };
}
// Today's numbers of all integrations that have any. While they are watched, the list is asked for again when it may
// have changed.
export function useTodaysCounters(space: Where) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["integration-counters", space.api],
    queryFn: ({ signal }) => get<TodaysCounters>(`${space.api}/integrations/counters`, signal),
    refetchInterval: 5_000,
  });
  const revision = query.data?.revision;
  const seen = useRef(revision);
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== revision) {
      client.invalidateQueries({ queryKey: ["integrations", space.api] });
    }
    seen.current = revision;
  }, [client, space.api, revision]);
  return query;
}

export const kDaysIdsMax = 200;
export interface DaysOfMany {
  first_day: string;
  days: { [id: string]: [success: number, error: number, sleep: number, cancelled: number][] };
}
// The last 30 days of at most kDaysIdsMax integrations.
export function getDays(space: Where, ids: string[], signal?: AbortSignal): Promise<DaysOfMany> {
  return get<DaysOfMany>(`${space.api}/integrations/counters?ids=${ids.map(segment).join(",")}&days=30`, signal);
}

export function integrationQuery(space: Where, id: string) {
  return queryOptions({
    queryKey: integrationKey(space, id),
    queryFn: ({ signal }) =>
      get<{ integration: IntegrationDetail }>(at(space, id), signal).then((answer) => answer.integration),
  });
}
export function useIntegration(space: Where, id: string, refetchInterval: number | false = false) {
  return useQuery({ ...integrationQuery(space, id), refetchInterval });
}

export interface HourHistory {
  hours: HourCounts[];
  // On an organization's path only.
  products?: { id: number; slug?: string; name?: string; removed?: boolean; hours: HourCounts[] }[];
}
// The last 7 days by hour.
export function useHourHistory(space: Where, id: string, enabled: boolean) {
  return useQuery({
    queryKey: [...integrationKey(space, id), "history"],
    queryFn: ({ signal }) => get<HourHistory>(`${at(space, id)}/history`, signal),
    enabled,
    refetchInterval: 30_000,
  });
}

export interface VersionPage {
  versions: VersionSummary[];
  next_before?: number;
}
export function getVersions(space: Where, id: string, before: number | null, signal?: AbortSignal) {
  const page = before === null ? "" : `&before=${before}`;
  return get<VersionPage>(`${at(space, id)}/versions?limit=50${page}`, signal);
}
export const versionsKey = (space: Where, id: string) => [...integrationKey(space, id), "versions"];

// A version, and how it differs from `against` (null: from the current one).
export function useVersion(space: Where, id: string, version: number | null, against: number | null) {
  return useQuery({
    queryKey: [...integrationKey(space, id), "version", version, against],
    queryFn: ({ signal }) =>
      get<{ version: VersionDetail }>(
        `${at(space, id)}/versions/${version}${against === null ? "" : `?against=${against}`}`,
        signal,
      ).then((answer) => answer.version),
    enabled: version !== null,
  });
}

export interface PlacementVariables {
  variables: Variables;
  effective: { [name: string]: { value: string; from: string } };
}
export const placementVariablesKey = (organizationApi: string, id: string, product: number) => [
  "placement-variables",
  organizationApi,
  id,
  product,
];
// Variables of an integration on one product; only at the organization's address.
export function usePlacementVariables(organizationApi: string, id: string, product: number) {
  return useQuery({
    queryKey: placementVariablesKey(organizationApi, id, product),
    queryFn: ({ signal }) =>
      get<PlacementVariables>(`${organizationApi}/integrations/${segment(id)}/products/${product}/variables`, signal),
  });
}

// --- changing

export function useRefreshIntegrations() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["integrations"] }),
      client.invalidateQueries({ queryKey: ["integration"] }),
      client.invalidateQueries({ queryKey: ["integration-counters"] }),
    ]);
}
// A change of integrations: afterwards everything shown of them is asked again.
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const refresh = useRefreshIntegrations();
  return useMutation({ mutationFn: change, onSuccess: () => void refresh() });
}

export type SentSettings = Partial<IntegrationSettings> & { product_ids?: (number | string)[] };
export interface EditAnswer {
  integration: Integration;
  identical_to?: string[];
  warnings?: Warning[];
}

export function useCreateIntegration(space: Where) {
  const once = useOnce();
  return useChange((settings: SentSettings) => once.post<SavedIntegration>(`${space.api}/integrations`, settings));
}

// `replace`: what is left out goes back to its default; otherwise null does that. A stale `version` is a 409 with code
// version_mismatch.
export function useEditIntegration(space: Where, id: string) {
  return useChange(({ settings, version, replace }: { settings: SentSettings; version?: number; replace?: boolean }) =>
    send<EditAnswer>(replace ? "PUT" : "PATCH", at(space, id), { ...settings, version }),
  );
}

export interface PauseAnswer {
  dropped?: number; // where that was asked for
  paused: { product_id: number | null; mode: PauseMode; since: string; by: string; waiting: number }[];
}
// On `products`, else on all of it (the path's one).
export function usePauseIntegration(space: Where, id: string) {
  return useChange(({ mode, products, drop }: { mode: PauseMode; products?: number[]; drop?: boolean }) =>
    send<PauseAnswer>("POST", `${at(space, id)}/pause`, { mode, product_ids: products, drop_held: drop }),
  );
}
export function useResumeIntegration(space: Where, id: string) {
  return useChange(({ products }: { products?: number[] }) =>
    send<PauseAnswer>("POST", `${at(space, id)}/resume`, { product_ids: products }),
  );
}

// `override` null: the product runs the shared settings again.
export function useSetOverride(space: Where & Pick<Space, "kind">, id: string) {
  return useChange(
    ({ product, override, version }: { product: number; override: Override | null; version?: number }) => {
      const path =
        space.kind === "organization" ? `${at(space, id)}/products/${product}/override` : `${at(space, id)}/override`;
      return override === null
        ? send<EditAnswer>("DELETE", path, { version })
        : send<EditAnswer>("PUT", path, { ...override, version });
    },
  );
}

export interface Staging {
  product_ids: (number | string)[];
  settings: SentSettings;
  error_percent_max?: number;
  outcomes_min?: number;
  version?: number;
}
export function useStage(space: Where, id: string) {
  return useChange((staging: Staging) => send<EditAnswer>("POST", `${at(space, id)}/stage`, staging));
}
export function usePromote(space: Where, id: string) {
  return useChange(() => send<EditAnswer>("POST", `${at(space, id)}/promote`, {}));
}
export function useDiscard(space: Where, id: string) {
  return useChange(() => send<EditAnswer>("POST", `${at(space, id)}/discard`, {}));
}
export function useRollback(space: Where, id: string) {
  return useChange(({ to, version }: { to: number; version?: number }) =>
    send<EditAnswer>("POST", `${at(space, id)}/rollback`, { to, version }),
  );
}

export interface TestRequest {
  data?: string;
  device_id?: string;
  product_id?: number; // at an organization
}
export interface TestResult {
  pass: boolean;
  data?: string | null;
  error?: string;
  warnings?: Warning[];
}
export function useTestIntegration(space: Where, id: string) {
  return useChange((test: TestRequest) => send<TestResult>("POST", `${at(space, id)}/test`, test));
}

// On a product's path of a shared one only that product leaves.
export function useDeleteIntegration(space: Where, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send<{ cancelled: number }>("DELETE", at(space, id)),
    // Not asked again itself: it is gone here.
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["integrations"] });
      void client.invalidateQueries({ queryKey: ["integration-counters"] });
      void client.invalidateQueries({ queryKey: ["integration"], refetchType: "none" });
    },
  });
}
// The one of the path stays, `other` ends in it. At an organization.
export function useMergeIntegration(space: Where, id: string) {
  return useChange(({ other }: { other: string }) =>
    send<{ integration: Integration; merged: string }>("POST", `${at(space, id)}/merge`, { with: other }),
  );
}
// In a product: its own copy, with at least one field changed (409 nothing_changed otherwise).
export function useSeparateIntegration(space: Where, id: string) {
  const once = useOnce();
  return useChange((settings: SentSettings & { version?: number }) =>
    once.post<SavedIntegration>(`${at(space, id)}/separate`, settings),
  );
}

// --- looking without touching

export interface PreviewRequest {
  event?: { name?: string; data?: string; device_id?: string };
  event_id?: string;
  settings?: SentSettings;
  product_ids?: (number | string)[];
}
export interface PreviewAnswer {
  previews: Preview[];
  warnings?: Warning[];
}
export function previewIntegration(space: Where, id: string, asked: PreviewRequest): Promise<PreviewAnswer> {
  return send<PreviewAnswer>("POST", `${at(space, id)}/preview`, asked);
}
