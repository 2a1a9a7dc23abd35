// The names that are completed in templates: what the variables of the chosen products are, what the sample's data has.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, segment } from "../../../api/client";
import type { PlacementVariables } from "../../../api/integrations";
import type { Space } from "../../../app/space";
import { type TemplateName, templateNames } from "./completions";
import type { SettingsForm } from "./form-state";

const kProductsMax = 10;

// Effective variables: the organization's, the product's over them, and those of the integration there over both.
export function useNames(
  space: Space,
  form: SettingsForm,
  savedOn: { id: string; products: number[] } | null,
): TemplateName[] {
  const paths =
    space.kind === "sandbox"
      ? []
      : space.kind === "product"
        ? [`${space.api}/variables`]
        : [
            `${space.api}/variables`,
            ...(form.products ?? [])
              .slice(0, kProductsMax)
              .map((id) =>
                savedOn?.products.includes(id)
                  ? `${space.api}/integrations/${segment(savedOn.id)}/products/${id}/variables`
                  : `/v1/products/${id}/variables`,
              ),
          ];
  const variables = useQueries({
    queries: paths.map((path) => ({
      queryKey: ["names-of-variables", path],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<Partial<PlacementVariables>>(path, signal),
      staleTime: 30_000,
      retry: false,
    })),
    combine: (results) => {
      const all: { [name: string]: string } = {};
      for (const { data } of results) {
        Object.assign(all, data?.variables);
        for (const [name, one] of Object.entries(data?.effective ?? {})) all[name] = one.value;
      }
      return JSON.stringify(all);
    },
  });
  const { secrets } = form.draft;
  const { data } = form.sample;
  return useMemo(() => templateNames(secrets, JSON.parse(variables), data), [secrets, variables, data]);
}
