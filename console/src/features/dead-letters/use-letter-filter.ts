// The filter of the screen, in its address.
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useIntegrations } from "../../api/integrations";
import { useProducts } from "../../api/products";
import { useSpace } from "../../app/space";
import { askedOf, filterOf, type LetterNames, withoutFilter } from "../../lib/dead-letters";
import { nameOf } from "../../lib/integration";

export function useLetterFilter() {
  const [parameters, setParameters] = useSearchParams();
  const filter = useMemo(() => filterOf(parameters), [parameters]);
  const asked = useMemo(() => askedOf(filter), [filter]);
  const clear = useCallback(() => setParameters(withoutFilter, { replace: true }), [setParameters]);
  return { filter, asked, clear };
}

// Names for what a filter has ids of; an id where nothing has it any more.
export function useLetterNames(): LetterNames {
  const space = useSpace();
  const integrations = useIntegrations(space);
  const products = useProducts(space);
  return {
    integration: (id) => {
      const found = integrations.data?.find((one) => one.id === id);
      return found === undefined ? `integration ${id}` : nameOf(found);
    },
    product: (idOrSlug) => {
      const found = products.data?.find((one) => one.slug === idOrSlug || String(one.id) === idOrSlug);
      return found?.name ?? `product ${idOrSlug}`;
    },
  };
}
