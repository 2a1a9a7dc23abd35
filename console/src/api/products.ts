// Products: of an organization, of oneself, and one with its groups and traffic.
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { queryClient } from "../app/query-client";
import { sessionKey } from "../app/session";
import type { Space } from "../app/space";
import { get, segment, send } from "./client";
import { useOnce } from "./once";
import type { DeviceGroup, Product } from "./types";

type Where = Pick<Space, "api" | "kind" | "product">;

// Those that events and integrations of the space can be of: an organization's, the product itself, one's own.
export function productsQuery(space: Where) {
  return queryOptions({
    queryKey: ["products", space.api],
    queryFn: async ({ signal }) => {
      if (space.product !== null) return [space.product];
      const { products } = await get<{ products: Product[] }>(`${space.api}/products`, signal);
      return space.kind === "sandbox" ? products.filter((one) => one.organization_id === undefined) : products;
    },
    staleTime: 30_000,
  });
}
export function useProducts(space: Where) {
  return useQuery(productsQuery(space));
}
// All that events and devices of the space may be of, for their names: one's own devices are in others' products too.
export function useNamedProducts(space: Where) {
  const all = {
    queryKey: ["products", "all"],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<{ products: Product[] }>("/v1/products", signal).then((answer) => answer.products),
    staleTime: 60_000,
  };
  const own = useQuery({ ...productsQuery(space), enabled: space.kind !== "sandbox" });
  const every = useQuery({ ...all, enabled: space.kind === "sandbox" });
  return space.kind === "sandbox" ? every : own;
}

export interface NewProduct {
  name: string;
  slug: string;
  platform_id: number;
  description: string;
}
export type ProductChange = Partial<Pick<Product, "name" | "slug" | "description">>;

// A product that comes, goes or is called otherwise is in lists, in the session, and in everything that names it.
async function refreshProducts() {
  await Promise.all([
    queryClient.refetchQueries({ queryKey: sessionKey }),
    queryClient.invalidateQueries({ queryKey: ["products"] }),
    queryClient.invalidateQueries({ queryKey: ["integrations"] }),
    queryClient.invalidateQueries({ queryKey: ["integration"] }),
  ]);
}

export function useCreateProduct(space: Where) {
  const once = useOnce();
  return useMutation({
    mutationFn: (product: NewProduct) =>
      once.post<{ product: Product }>(`${space.api}/products`, { product }).then((answer) => answer.product),
    onSuccess: refreshProducts,
  });
}
export function useUpdateProduct(product: Product) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: ProductChange) =>
      send<{ product: Product }>("PUT", `/v1/products/${product.id}`, change).then((answer) => answer.product),
    onSuccess: async (changed) => {
      client.setQueryData(["product", changed.slug], changed);
      await refreshProducts();
    },
  });
}
// `organization` null: to oneself.
export function moveProduct(product: Product, organization: string | null): Promise<Product> {
  return send<{ product: Product }>("POST", `/v1/products/${product.id}/move`, { organization }).then(
    async (answer) => {
      await refreshProducts();
      await queryClient.invalidateQueries({ queryKey: ["product"] });
      return answer.product;
    },
  );
}
// How many deliveries that cancelled.
export async function deleteProduct(product: Product): Promise<number> {
  const { cancelled } = await send<{ cancelled: number }>("DELETE", `/v1/products/${product.id}`);
  await refreshProducts();
  return cancelled;
}

export const groupsKey = (api: string) => ["groups", api];
export function useGroups(api: string) {
  return useQuery({
    queryKey: groupsKey(api),
    queryFn: ({ signal }) => get<{ groups: DeviceGroup[] }>(`${api}/groups`, signal).then((answer) => answer.groups),
  });
}

export interface TrafficBucket {
  time: string;
  success?: number;
  failure?: number;
  sleep?: number;
  cancelled?: number;
}
export interface TrafficQuery {
  seconds: number; // back from now
  bucket: number; // seconds
  firmware: string;
  os: string;
  group: string;
}
export function useTraffic(productApi: string, asked: TrafficQuery) {
  return useQuery({
    queryKey: ["traffic", productApi, asked],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({
        bucket_size: String(asked.bucket),
        start_date: new Date(Date.now() - asked.seconds * 1000).toISOString(),
      });
      if (asked.firmware !== "") query.set("product_fw", asked.firmware);
      if (asked.os !== "") query.set("device_os_version", asked.os);
      if (asked.group !== "") query.set("device_group", asked.group);
      return get<{ integrations: TrafficBucket[] }>(`${productApi}/metrics/integration?${query}`, signal).then(
        (answer) => answer.integrations,
      );
    },
    placeholderData: (before) => before,
    refetchInterval: asked.seconds <= 3600 ? 10_000 : 60_000,
  });
}

export const productPath = (slug: string) => `/products/${segment(slug)}`;
